"""A device or person that the organisation wants no more, in the middle of something."""

import pytest

from tests.support.one_process import Resident, a_call, until
from tui_call.control.actions import Administer, Call, CreateInvite, HangUp, Join
from tui_call.control.server import ActionRefused
from tui_call.engine.calls.call_watch import CallWatch
from tui_call.engine.service.link_state import LinkState
from tui_call.signaling.administration import (
    Change,
    encode,
)
from tui_call.signaling.operations import (
    DisablePerson,
    EnablePerson,
    Operation,
    RemovePerson,
    RevokeDevice,
)


async def change(administrator: Resident, operation: Operation) -> None:
    await administrator.order(Administer(encode(Change(operations=(operation,)))))


def state(person: Resident) -> LinkState:
    link = person.engine.membership.link
    assert link is not None
    return link.state


@pytest.mark.parametrize(
    ("takes", "code", "then"),
    [
        ("device", "R_REVOKED", LinkState.REVOKED),
        ("person", "R_REVOKED", LinkState.REVOKED),
        ("leave", "R_DISABLED", LinkState.DISABLED),
    ],
)
async def test_who_is_turned_out_in_a_call_hangs_up_and_says_why(
    ada: Resident, ben: Resident, takes: str, code: str, then: LinkState
) -> None:
    operations: dict[str, Operation] = {
        "device": RevokeDevice(device=ben.device),
        "person": RemovePerson(account=ben.account),
        "leave": DisablePerson(account=ben.account),
    }
    async with a_call(ada, ben):
        await change(ada, operations[takes])
        await until(lambda: ben.phase == "ended")
        assert ben.call.end_reason is not None
        assert ben.call.end_reason.code == code
        assert ben.account.partition("@")[2] in ben.call.end_reason.text
    assert ada.call.end_reason is not None
    assert ada.call.end_reason.code == "G_ENDED"
    assert state(ben) is then


async def test_a_device_that_is_revoked_while_it_rings_stops_ringing(
    ada: Resident, ben: Resident
) -> None:
    await ada.order(Call(ben.account))
    await until(lambda: ben.phase == "ringing")
    await change(ada, RevokeDevice(device=ben.device))
    await until(lambda: ben.phase in ("", "ended"))
    assert state(ben) is LinkState.REVOKED
    await ada.order(HangUp())


async def invite(administrator: Resident) -> str:
    return str((await administrator.order(CreateInvite()))["link"])


async def test_who_was_removed_comes_back_by_an_invite_without_another_start(
    ada: Resident, ben: Resident
) -> None:
    await change(ada, RemovePerson(account=ben.account))
    await until(lambda: state(ben) is LinkState.REVOKED)
    await ben.order(Join(await invite(ada)))
    assert state(ben) is LinkState.ONLINE


async def test_a_revoked_device_is_told_that_it_needs_a_new_profile(
    ada: Resident, ben: Resident
) -> None:
    await change(ada, RevokeDevice(device=ben.device))
    await until(lambda: state(ben) is LinkState.REVOKED)
    with pytest.raises(ActionRefused) as refused:
        await ben.order(Join(await invite(ada)))
    assert refused.value.sentence.code == "R_REVOKED"
    assert "--profile NAME join" in str(refused.value.sentence.remedies)


async def test_who_is_disabled_belongs_to_the_service_still(ada: Resident, ben: Resident) -> None:
    await change(ada, DisablePerson(account=ben.account))
    await until(lambda: state(ben) is LinkState.DISABLED)
    with pytest.raises(ActionRefused, match="belong to that service already"):
        await ben.order(Join(await invite(ada)))


async def test_who_is_let_in_again_comes_back_even_where_hanging_up_failed(
    ada: Resident, ben: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: CallWatch, __: object) -> None:
        raise RuntimeError("nobody foresaw this")

    monkeypatch.setattr(CallWatch, "turned_out", fail)
    await change(ada, DisablePerson(account=ben.account))
    await until(lambda: state(ben) is LinkState.DISABLED)
    await change(ada, EnablePerson(account=ben.account))
    link = ben.engine.membership.link
    assert link is not None
    link.retry_now()
    await until(lambda: state(ben) is LinkState.ONLINE)


async def test_who_was_removed_is_listed_no_more_after_the_next_login(
    ada: Resident, ben: Resident
) -> None:
    await until(lambda: any(known.account == ben.account for known in ada.snapshot.people))
    await change(ada, RemovePerson(account=ben.account))
    joined = ada.engine.account.joined
    assert joined is not None
    await ada.engine.membership.connect(joined, ada.engine.profile.identity)
    await until(lambda: all(known.account != ben.account for known in ada.snapshot.people))
