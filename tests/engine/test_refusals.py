"""Calls that do not come about: each side reads why, and no more than it may know."""

import contextlib
import sqlite3

import pytest
from msgspec.structs import replace

from tests.support.one_process import SERVICE, Resident, Village, a_call, until
from tui_call.control.actions import (
    AcceptKey,
    AddContact,
    Answer,
    Block,
    Call,
    ChangeAccountSetting,
    ChangeSetting,
    Decline,
    HangUp,
    SetPresence,
)
from tui_call.control.server import ActionRefused
from tui_call.e2ee.messages import MessageType, peek
from tui_call.engine.service.door import cut
from tui_call.service import login
from tui_call.service.routing import Router
from tui_call.service.session import ClientSession
from tui_call.signaling.messages import Acknowledge, MissedCall, Send


async def try_to_call(caller: Resident, callee: Resident) -> str:
    """Call until that has ended, and return the code of the end."""
    await caller.order(Call(callee.account))
    await until(lambda: caller.phase == "ended")
    assert caller.call.end_reason is not None
    return caller.call.end_reason.code


async def call_in_silence(here: Village, caller: Resident, callee: Resident) -> None:
    """Call until the invite has come twice, since nothing acknowledges it, and give up."""
    await caller.order(Call(callee.account))
    call = caller.call.id
    await until(lambda: [sent.call for sent in here.gateway.of(Send)].count(call) > 2)
    assert call not in [message.call for message in here.gateway.of(Acknowledge)]
    assert (caller.phase, callee.phase in ("", "ended")) == ("setup", True)
    await caller.order(HangUp())


async def test_a_refusal_counts_only_from_a_known_key(ada: Resident, ben: Resident) -> None:
    await ben.order(ChangeSetting("e2ee.calls", "off"))
    assert await try_to_call(ada, ben) == "R_UNSIGNED"
    assert ada.call.shield.code == "SH_NO_CALL"
    await ben.order(ChangeSetting("e2ee.calls", None))
    async with a_call(ada, ben):
        pass
    await ben.order(ChangeAccountSetting("off"))
    await until(lambda: not ben.engine.rights.own.on)
    assert await try_to_call(ada, ben) == "R_NO_STANDARD"
    assert ada.call.end_reason is not None
    assert ada.call.end_reason.whole == (
        "No call: E2EE is off for Ben. There are no standard calls here. "
        "Not E2EE: the E2EE setting of Ben is off."
    )
    assert ben.notices == ["R_NO_STANDARD"]  # once an hour
    assert ben.engine.notices.all[-1].sentence.whole == (
        "Ada could not call: E2EE is off for you. Not E2EE: your E2EE setting is off."
    )
    assert ben.phase in ("", "ended")


async def test_a_refusal_that_the_service_lost_is_said_again(
    ada: Resident, ben: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost: set[int] = set()  # the first of each: an invite that came twice is refused twice
    send = Router.send

    async def losing(router: Router, sender: ClientSession, message: Send) -> None:
        if peek(message.payload).type is MessageType.REFUSE and message.sequence not in lost:
            lost.add(message.sequence)
        else:
            await send(router, sender, message)

    monkeypatch.setattr(Router, "send", losing)
    await ben.order(ChangeSetting("e2ee.calls", "off"))
    assert await try_to_call(ada, ben) == "R_UNSIGNED"
    assert lost


async def test_a_setting_that_was_turned_off_in_a_call_lets_it_go_on(
    ada: Resident, ben: Resident
) -> None:
    async with a_call(ada, ben):
        await ada.order(ChangeSetting("e2ee.calls", "off"))
        await ada.hears_more()
        assert ada.phase == "active"
    with pytest.raises(ActionRefused, match="E2EE is off for you"):
        await ada.order(Call(ben.account))


async def test_who_calls_while_two_wait_is_told_busy(
    here: Village, ada: Resident, ben: Resident
) -> None:
    cleo, *waiting = [await here.resident(name) for name in ("cleo", "dan", "eve")]
    async with a_call(ada, ben):
        for number, person in enumerate(waiting, 2):
            await person.order(Call(ben.account))
            await until(lambda most=number: len(ben.snapshot.calls) == most)
        assert await try_to_call(cleo, ben) == "R_BUSY"
        assert ben.call.member.account == ada.account
        await ben.hears_more()
        for person in waiting:
            await person.order(HangUp())
        await until(lambda: len(ben.snapshot.calls) == 1)
    assert {(past.member.account, past.direction) for past in ben.history.calls} == {
        *((person.account, "missed") for person in (cleo, *waiting)),
        (ada.account, "incoming"),
    }
    assert ben.notices == ["R_BUSY", "R_CANCELLED", "R_CANCELLED"]
    busy = "Cleo called while you were in another call. Kept as a missed call."
    assert ben.engine.notices.all[0].sentence.text == busy
    assert busy in [past.end_reason.text for past in ben.snapshot.history]


@pytest.mark.parametrize("way", ["declined", "not to be disturbed"])
async def test_who_did_not_take_a_call_is_named_on_both_sides(
    ada: Resident, ben: Resident, way: str
) -> None:
    await until(lambda: ben.engine.people.name_of(ada.account) == "Ada")
    if way == "declined":
        await ada.order(Call(ben.account))
        await until(lambda: ben.phase == "ringing")
        await ben.order(Decline())
        await until(lambda: ada.phase == "ended")
        expected = "Ben declined.", "You declined the call of Ada."
    else:
        await ben.order(SetPresence("do_not_disturb"))
        assert await try_to_call(ada, ben) == "R_DND"
        expected = (
            "Ben does not want to be disturbed.",
            "Ada called while you were not to be disturbed. A missed call.",
        )
    for person, words in zip((ada, ben), expected, strict=True):
        assert person.snapshot.history[0].end_reason.text.startswith(words)


async def test_whose_invites_are_not_answered_gets_silence(
    here: Village, ada: Resident, ben: Resident
) -> None:
    await ben.order(ChangeSetting("e2ee.answer_invites", "contacts"))
    await call_in_silence(here, ada, ben)
    assert ben.notices == ["R_UNKNOWN"]
    await ben.order(AddContact(ada.account, "Ada"))
    async with a_call(ada, ben):
        pass
    await ben.order(Block(ada.account))
    await call_in_silence(here, ada, ben)
    assert ben.notices == ["R_UNKNOWN"]


async def test_who_is_blocked_leaves_nothing_anywhere(
    here: Village, ada: Resident, ben: Resident
) -> None:
    await ben.order(AddContact(ada.account, "Ada"))
    long_ago = MissedCall("00" * 16, ada.account, "Ada", 1000)
    here.say(ben, long_ago)
    await until(lambda: ben.history.calls)
    await ben.order(Block(ada.account))
    here.say(ben, replace(long_ago, call="01" * 16, time=9000))
    here.say(ben, replace(long_ago, call="02" * 16, time=9000, from_account="cleo@elsewhere"))
    await until(lambda: len(ben.history.calls) > 1)
    callers = [past.member.account for past in ben.history.calls]
    assert callers == ["cleo@elsewhere", ada.account]
    (seen,) = [one for one in ben.snapshot.people if one.account == ada.account]
    assert (seen.missed, ben.notices) == (0, [])


async def test_blocking_a_caller_ends_the_call_that_rings(ada: Resident, ben: Resident) -> None:
    await ada.order(Call(ben.account))
    await until(lambda: ben.phase == "ringing")
    await ben.order(Block(ada.account))
    assert ben.phase == ""
    await until(lambda: ada.phase == "ended")
    assert [past.direction for past in ben.history.calls] == ["incoming"]
    assert ben.notices == []


async def test_another_key_than_the_known_one_stops_the_call_before_it_rings(
    here: Village, ada: Resident, ben: Resident
) -> None:
    async with a_call(ada, ben):
        pass
    known = ada.contacts.get(ben.account)
    ada.contacts._put(known, identity_key=bytes(32))
    assert await try_to_call(ada, ben) == "R_KEY_CHANGED"
    assert ada.call.shield.code == "SH_CHANGED"
    assert ben.phase in ("", "ended")
    (shown,) = [one for one in ada.snapshot.people if one.account == ben.account]
    assert shown.standing == "changed"

    await ada.order(AcceptKey(ben.account, shown.offered_fingerprint))
    async with a_call(ada, ben):
        assert ada.call.shield.code == "SH_NEW_KEY"
        assert ben.call.shield.code == "SH_SEEN"


async def test_a_call_that_comes_with_another_key_does_not_ring(
    here: Village, ada: Resident, ben: Resident
) -> None:
    async with a_call(ada, ben):
        pass
    known = ben.contacts.get(ada.account)
    ben.contacts._put(known, identity_key=bytes(32))
    for held_back in range(2):
        await ada.order(Call(ben.account))
        await until(lambda: ben.contacts.get(ada.account).offered_key)
        await until(lambda more=held_back: ben.contacts.get(ada.account).held_back == more)
        assert ben.phase in ("", "ended")
        await ada.order(HangUp())
    assert ben.notices == ["R_KEY_CHANGED"]  # once a day


async def test_without_a_way_through_the_network_both_sides_are_told(
    ada: Resident, ben: Resident
) -> None:
    await ada.order(ChangeSetting("network.relay_only", "true"))  # and there is no relay
    assert await try_to_call(ada, ben) == "R_NO_RELAY"
    await until(lambda: not ben.engine.calls.busy)
    await ben.order(Call(ada.account))
    await until(lambda: ada.phase == "ringing")  # there may be a relay by the answer
    await ada.order(Answer())
    await until(lambda: ben.phase == ada.phase == "ended")
    assert ada.call.end_reason is not None
    assert ada.call.end_reason.code == "R_NO_RELAY"
    assert ben.call.end_reason is not None
    assert ben.call.end_reason.code == "R_NO_PATH"
    await until(lambda: len(ada.history.calls) == 2)
    assert {past.end_reason for past in ada.history.calls} == {"R_NO_PATH"}
    assert not ada.engine.calls.busy


@pytest.mark.parametrize("name", ["nobody", "b", "ADA", "ada", " ", "a b@c", "\x1b[2J", "x" * 4000])
async def test_names_of_nobody(here: Village, ada: Resident, name: str) -> None:
    await here.resident("bea")
    await here.resident("bob")
    await until(lambda: len(ada.snapshot.people) == 2)
    with pytest.raises(ActionRefused) as refused:
        await ada.order(Call(name))
    assert str(refused.value).isprintable()
    assert len(str(refused.value)) < 200
    assert ada.phase == ""


async def test_why_the_service_lets_nobody_in_is_said_until_it_does(
    ada: Resident, ben: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = ada.engine.membership.link
    assert link is not None
    allowed = login.LARGEST_CLOCK_DIFFERENCE
    monkeypatch.setattr(login, "LARGEST_CLOCK_DIFFERENCE", -1)
    assert link._frames is not None
    cut(link._frames)
    await until(lambda: ada.snapshot.service.state == "refused")
    await until(lambda: ada.notices == ["G_CLOCK"])
    problem = ada.snapshot.service.problem
    assert problem is not None
    assert problem.code == "G_CLOCK"
    with pytest.raises(ActionRefused) as refused:
        await ada.order(Call(ben.account))
    assert refused.value.sentence is not None
    assert refused.value.sentence.code == "G_CLOCK"
    monkeypatch.setattr(login, "LARGEST_CLOCK_DIFFERENCE", allowed)
    await until(lambda: ada.snapshot.service.state == "online")
    assert ada.snapshot.service.problem is None
    assert ada.notices == ["G_CLOCK"]  # told once, however often it was tried


async def test_a_missed_call_is_said_to_be_left_once_the_service_keeps_it_and_only_then(
    here: Village, ada: Resident, ben: Resident
) -> None:
    await ben.engine.membership.disconnect()
    await until(lambda: here.service.online.find(ben.account, ben.device) is None)
    assert await try_to_call(ada, ben) == "R_OFFLINE"
    await until(lambda: ada.call.is_told)
    assert ada.call.end_reason is not None
    assert ada.call.end_reason.whole == "Ben is offline. A missed call was left."
    store = sqlite3.connect(here.directory / SERVICE / "service.db")
    with contextlib.closing(store), store:
        store.execute("DROP TABLE missed_calls")
    assert await try_to_call(ada, ben) == "R_OFFLINE"
    await until(lambda: ada.call.is_told)
    assert ada.call.end_reason.whole == (
        "Ben is offline. No missed call could be left. Call again later."
    )
    assert {row.end_reason.whole for row in ada.snapshot.history} == {"Ben is offline."}
