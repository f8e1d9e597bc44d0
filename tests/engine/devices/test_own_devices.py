"""Several devices of one person, as engines on a service: linked, renewed, removed."""

import asyncio
import time

import pytest

from tests.support.one_process import Resident, Village, a_call, until
from tests.support.own_devices import credential_of, devices
from tui_call.config.paths import ProfilePaths
from tui_call.control.actions import Call, LinkDevice, ListDevices, RemoveDevice, SetUp
from tui_call.control.server import ActionRefused
from tui_call.engine.devices import account_holder, credential_renewal, joining, own_devices
from tui_call.engine.devices.joining import (
    HolderAway,
    HolderSilent,
    LinkExpired,
    LinkFailed,
    LinkUnknown,
    LinkUsed,
)
from tui_call.engine.service.link_state import LinkState
from tui_call.errors import TuiCallError
from tui_call.profile.identity import CREDENTIAL_LIFE, RENEW_AFTER, NoAccountKey
from tui_call.profile.profile import Profile
from tui_call.profile.store import StoreUnavailable
from tui_call.service import enrolment, login
from tui_call.service.delivery import BusDelivery
from tui_call.service.own_account import AccountChanges
from tui_call.signaling import messages as signaling
from tui_call.signaling.device_link import DeviceLink, InvalidDeviceLink, parse_device_link


async def link_from(one: Resident) -> str:
    return str((await one.order(LinkDevice()))["link"])


async def refused_link(here: Village, link: str) -> TuiCallError:
    """Try a link on a new profile, which is as new afterwards."""
    engine = await here.engine("another")
    with pytest.raises(TuiCallError) as caught:
        await engine.handler.act(SetUp("", e2ee=True, invite=link, protection="plain", device="x"))
    assert engine.profile.state == "new"
    assert not [
        file for file in ProfilePaths("another").data_directory.iterdir() if file.name != "lock"
    ]
    await engine.close()
    return caught.value


def age(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Let the clock of this process, which all devices here share, be ahead."""
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + seconds)


# Linking


async def test_a_linked_device_is_listed_has_a_credential_and_calls(
    here: Village, ada: Resident
) -> None:
    ben = await here.resident("ben")
    laptop = await here.device(ada, "laptop")
    assert laptop.account == ada.account
    await until(lambda: len(devices(ada)) == len(devices(laptop)) == 2)
    await until(lambda: all(view.online for one in (ada, laptop) for view in devices(one).values()))
    assert devices(ada)["laptop"].linked
    assert not devices(ada)["laptop"].holds_key
    assert devices(laptop)["laptop"].here
    assert sum(view.holds_key for view in devices(laptop).values()) == 1
    assert ada.notices[-1] == laptop.notices[-1] == "D_LINKED"
    assert all("laptop" in one.engine.notices.all[-1].sentence.text for one in (ada, laptop))
    assert not laptop.engine.profile.identity.holds_account_key
    for one in (ada, laptop):
        credential_of(one).check(time.time())
        assert credential_of(one).device_id.hex() == one.device
    assert credential_of(laptop).identity_key == credential_of(ada).identity_key
    assert credential_of(laptop).device_key != credential_of(ada).device_key
    async with a_call(laptop, ben):
        assert ben.contacts.get(ada.account).identity_key == (credential_of(ada).identity_key)
    assert "traceback" not in here.log


async def test_a_linked_device_opens_again_with_what_it_was_given(
    here: Village, ada: Resident
) -> None:
    laptop = await here.device(ada, "laptop")
    before = credential_of(laptop)
    await laptop.engine.close()
    again = Resident(await here.engine("laptop"))
    assert credential_of(again) == before
    await until(lambda: again.engine.rights.own.on)


async def test_the_service_carries_nothing_that_it_could_read(here: Village, ada: Resident) -> None:
    link = parse_device_link(await link_from(ada))
    engine = await here.engine("laptop")
    await engine.handler.act(
        SetUp("", e2ee=True, invite=link.link, protection="plain", device="laptop")
    )
    seen = (
        b"".join(frame for frame, _ in here.gateway.received) + "".join(here.gateway.sent).encode()
    )
    identity = engine.profile.identity
    sealed = [message.payload for message in here.gateway.of(signaling.Send)]
    assert sealed
    assert {len(payload) for payload in sealed} == {322}
    for secret in (link.secret, identity.device_key, identity.identity_key):
        for form in (secret, secret.hex().encode()):
            assert form not in seen
            assert not any(form in payload for payload in sealed)


async def test_a_link_can_be_used_once(here: Village, ada: Resident) -> None:
    link = await link_from(ada)
    engine = await here.engine("laptop")
    await engine.handler.act(SetUp("", e2ee=True, invite=link, protection="plain", device="laptop"))
    assert isinstance(await refused_link(here, link), LinkUsed)
    assert len(ada.engine.profile.identity.linked) == 1


async def test_wrong_and_old_links_say_what_is_wrong(
    here: Village, ada: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    older, newer = await link_from(ada), await link_from(ada)
    assert isinstance(await refused_link(here, older), LinkUnknown)
    assert isinstance(await refused_link(here, newer[:-5]), InvalidDeviceLink)
    with monkeypatch.context() as patch:
        patch.setattr(enrolment, "LINK_LIFE_SECONDS", -1)
        assert isinstance(await refused_link(here, await link_from(ada)), LinkExpired)
    with monkeypatch.context() as patch:
        patch.setattr(account_holder, "LINK_SECONDS", -1.0)
        assert isinstance(await refused_link(here, await link_from(ada)), LinkExpired)
    assert ada.notices[-1] == "D_LINK_EXPIRED"
    assert ada.engine.profile.identity.linked == ()


async def test_who_fails_is_no_device_of_the_account(
    here: Village, ada: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(joining, "ANSWER_WITHIN", 1.0)
    link = parse_device_link(await link_from(ada))
    # It has the code, as the service has, and not the secret.
    made_up = DeviceLink(link.invite, bytes(32), link.holder)
    assert isinstance(await refused_link(here, made_up.link), HolderSilent)
    nobody = DeviceLink(parse_device_link(await link_from(ada)).invite, bytes(32), bytes(16))
    assert isinstance(await refused_link(here, nobody.link), HolderAway)
    await ada.order(ListDevices())
    assert len(devices(ada)) == 1


async def test_a_device_that_cannot_be_kept_gets_no_credential(
    here: Village, ada: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_profile: Profile, _changes: object) -> None:
        raise StoreUnavailable(path="history", reason="the disk is full")

    link = await link_from(ada)
    with monkeypatch.context() as patch:
        patch.setattr(Profile, "write", full)
        assert isinstance(await refused_link(here, link), LinkFailed)
    assert ada.notices[-1] == "D_LINK_FAILED"
    assert ada.engine.profile.identity.linked == ()


async def test_a_linked_device_neither_links_nor_removes_nor_moves(
    here: Village, ada: Resident
) -> None:
    laptop = await here.device(ada, "laptop")
    for action in (LinkDevice(), RemoveDevice(ada.device)):
        with pytest.raises(NoAccountKey):
            await laptop.order(action)
    with pytest.raises(ActionRefused, match="--profile NAME"):
        await laptop.order(SetUp("", e2ee=True, invite=await link_from(ada), protection="plain"))


# Credentials


async def test_a_credential_of_thirty_days_is_renewed_when_both_are_there(
    here: Village, ada: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    laptop = await here.device(ada, "laptop")
    before = credential_of(laptop)
    laptop.engine.own_devices.look_around(time.monotonic() + 2 * own_devices.LOOK_EVERY)
    await asyncio.sleep(0)
    assert credential_of(laptop) == before
    age(monkeypatch, RENEW_AFTER)
    laptop.engine.own_devices.look_around(time.monotonic() + 4 * own_devices.LOOK_EVERY)
    await until(lambda: credential_of(laptop) != before)
    assert credential_of(laptop).not_before >= before.not_before + RENEW_AFTER
    assert ada.engine.profile.identity.linked[0].not_before == credential_of(laptop).not_before


async def test_without_its_first_device_a_linked_one_works_until_its_credential_is_over(
    here: Village, ada: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    ben = await here.resident("ben")
    laptop = await here.device(ada, "laptop")
    await ada.engine.close()
    with monkeypatch.context() as patch:
        age(patch, RENEW_AFTER + 60)
        laptop.engine.own_devices.look_around(time.monotonic() + 2 * own_devices.LOOK_EVERY)
        assert laptop.engine.account.ready
        assert laptop.engine.rights.own.on
    with monkeypatch.context() as patch:
        age(patch, CREDENTIAL_LIFE)
        assert not laptop.engine.account.ready
        with pytest.raises(ActionRefused, match="Start tui-call on the one that linked it"):
            await laptop.order(Call(ben.account))
        assert laptop.snapshot.encryption.status.code == "OFF_DEVICE_EXPIRED"
        await ben.order(Call(laptop.account))
        await until(lambda: ben.phase == "setup")
        await until(lambda: here.gateway.of(signaling.Acknowledge))
        assert laptop.phase == ""
        assert laptop.engine.calls.records == {}


async def test_an_expired_device_is_renewed_as_soon_as_its_first_one_is_there(
    here: Village, ada: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    laptop = await here.device(ada, "laptop")
    await ada.engine.close()
    age(monkeypatch, CREDENTIAL_LIFE + 1)
    monkeypatch.setattr(login, "LARGEST_CLOCK_DIFFERENCE", 2 * CREDENTIAL_LIFE)
    assert not laptop.engine.account.ready
    again = Resident(await here.engine("ada"))
    await until(lambda: laptop.engine.account.ready)
    assert laptop.notices[-1] == "D_RENEWED"
    assert again.account == laptop.account


# Removing


async def test_a_removed_device_is_turned_away_and_refused_and_the_others_get_the_new_epoch(
    here: Village, ada: Resident
) -> None:
    ben = await here.resident("ben")
    laptop, desk = await here.device(ada, "laptop"), await here.device(ada, "desk")
    async with a_call(laptop, ben):
        pass
    stolen = laptop.engine.account.identity()
    result = await ada.order(RemoveDevice("laptop"))
    assert (result["name"], result["told"]) == ("laptop", 1)
    await until(lambda: laptop.engine.membership.link.state is LinkState.REVOKED)
    await until(lambda: credential_of(desk).epoch == 1)
    assert credential_of(ada).epoch == 1
    await until(lambda: set(devices(ada)) == {"desk", joining.device_name()})
    assert laptop.snapshot.service.problem.code == "R_REVOKED"
    with pytest.raises(ActionRefused, match="This device was removed from"):
        await laptop.order(Call(ben.account))

    async with a_call(desk, ben):
        assert ben.contacts.get(ada.account).epoch == 1
    # Whoever saw the new epoch refuses what the removed device still holds.
    assert stolen.credential.epoch < ben.contacts.get(ada.account).epoch
    for name in ("laptop", ada.device):
        with pytest.raises(ActionRefused, match="No other device of yours") as refused:
            await ada.order(RemoveDevice(name))
        assert refused.value.code == "not_found"


@pytest.mark.lengthy
async def test_a_removed_device_cannot_call_even_where_the_service_is_on_its_side(
    here: Village, ada: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The service lets it log in and carries what it says; who saw the new epoch refuses it."""

    async def keep(*_: object) -> None: ...

    ben = await here.resident("ben")
    laptop = await here.device(ada, "laptop")
    monkeypatch.setattr(AccountChanges, "revoke", keep)
    monkeypatch.setattr(BusDelivery, "turn_out", lambda *_: None)
    await ada.order(RemoveDevice("laptop"))
    async with a_call(ada, ben):
        pass
    assert ben.contacts.get(ada.account).epoch == 1
    assert laptop.engine.membership.link.state is LinkState.ONLINE
    assert credential_of(laptop).epoch == 0
    rung = len(ben.history.calls)
    await laptop.order(Call(ben.account))
    await until(lambda: ben.engine.calls.records)
    await laptop.order(ListDevices())
    await until(lambda: laptop.phase == "ended" or not ben.engine.calls.records)
    assert ben.phase in ("", "ended")
    assert len(ben.history.calls) == rung


async def test_who_was_away_gets_the_new_epoch_when_it_is_back(
    here: Village, ada: Resident
) -> None:
    laptop, desk = await here.device(ada, "laptop"), await here.device(ada, "desk")
    await desk.engine.close()
    await until(lambda: not devices(ada)["desk"].online)
    await ada.order(RemoveDevice("laptop"))
    assert laptop.engine is not None
    again = Resident(await here.engine("desk"))
    assert credential_of(again).epoch == 0
    await until(lambda: credential_of(again).epoch == 1)


async def test_a_removal_without_the_service_holds_and_is_told_later(
    here: Village, ada: Resident
) -> None:
    await here.device(ada, "laptop")
    await ada.engine.membership.disconnect()
    result = await ada.order(RemoveDevice("laptop"))
    assert result["told"] == 0
    assert ada.notices[-1] == "D_REMOVED_LATER"
    assert set(devices(ada)) == {joining.device_name()}
    await ada.engine.close()
    again = Resident(await here.engine("ada"))
    await until(lambda: again.engine.profile.identity.stored.removed == ())
    await again.order(ListDevices())
    assert set(devices(again)) == {joining.device_name()}


async def test_a_removed_device_that_asks_gets_nothing(here: Village, ada: Resident) -> None:
    """Even with the service on its side, which lets it log in and carries what it says."""
    laptop = await here.device(ada, "laptop")
    identity = laptop.engine.profile.identity
    await ada.order(RemoveDevice("laptop"))
    sent = len(here.gateway.of(signaling.Send))
    asked = credential_renewal.ask(
        identity.stored.link.secret,
        identity.pair(laptop.account),
        identity.device_private,
        credential_renewal.Holding(0, 0),
        credential_renewal.SystemEntropy(),
    )
    thread = credential_renewal.thread_of_pair(identity.stored.link.secret)
    here.say(ada, signaling.Deliver(thread.hex(), 9, ada.account, identity.device_id.hex(), asked))
    await ada.order(ListDevices())
    assert len(here.gateway.of(signaling.Send)) == sent


async def test_two_devices_of_one_name_are_told_apart_by_their_ids(
    here: Village, ada: Resident
) -> None:
    first, second = await here.device(ada, "laptop"), Resident(await here.engine("b"))
    await second.order(
        SetUp("", e2ee=True, invite=await link_from(ada), protection="plain", device="laptop")
    )
    with pytest.raises(ActionRefused, match="Give the id") as refused:
        await ada.order(RemoveDevice("laptop"))
    assert refused.value.code == "invalid"
    await ada.order(RemoveDevice(first.device[:8]))
    left = [one.device_id.hex() for one in ada.engine.profile.identity.linked]
    assert left == [second.device]


async def test_more_than_four_devices_are_refused_before_a_link_is_made(
    here: Village, ada: Resident
) -> None:
    for number in range(account_holder.MOST_DEVICES - 1):
        await here.device(ada, f"laptop-{number}")
    with pytest.raises(ActionRefused, match="at most 4 devices"):
        await ada.order(LinkDevice())


async def test_nonsense_between_own_devices_is_dropped(here: Village, ada: Resident) -> None:
    laptop = await here.device(ada, "laptop")
    for payload in (b"", b"\x01\x20" + bytes(320), b"\x01\x22" + bytes(320), bytes(322)):
        for to in (ada, laptop):
            here.say(to, signaling.Deliver("00" * 16, 0, ada.account, laptop.device, payload))
            here.say(to, signaling.Deliver("nonsense", 0, ada.account, "x", payload))
    for one in (ada, laptop):
        await one.order(ListDevices())
    assert len(ada.engine.profile.identity.linked) == 1
    assert "traceback" not in here.log
