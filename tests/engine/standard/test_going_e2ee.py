"""Going on E2EE: two of a standard call agree, and an E2EE call takes its place."""

import asyncio
from unittest.mock import Mock

import pytest
from msgspec.structs import replace

from tests.support.by_bridge import events, hear_each_other, question, refused, speak
from tests.support.one_process import Resident, Village, until
from tui_call.control.actions import ChangeSetting, Consent, GoE2EE, HangUp, LeaveE2EE, Mute
from tui_call.control.server import ActionRefused
from tui_call.profile.identity import CredentialOver
from tui_call.signaling.standard_calls import KeptNow


def kinds(*people: Resident) -> set[tuple[str, str]]:
    return {(one.call.kind, one.call.phase) for one in people}


async def asks(asker: Resident, asked: Resident) -> None:
    """Ask until the other one is asked, without a ring."""
    await asker.order(GoE2EE())
    assert (question(asker), asker.call.asks) == ("G_ENTER_WAIT", True)
    await until(lambda: question(asked) == "G_ENTER_ASKED")
    assert not asked.call.ringing_here
    assert len(asked.snapshot.calls) == len(asker.snapshot.calls) == 1


async def test_an_e2ee_call_takes_the_place_of_the_standard_one(
    ada: Resident, ben: Resident
) -> None:
    await speak(ada, ben)
    await ada.order(Mute(on=True))
    before = ada.call.id
    await asks(ada, ben)
    assert kinds(ada, ben) == {("standard", "active")}
    await ben.order(Consent(True, "G_ENTER_ASKED"))
    await until(lambda: kinds(ada, ben) == {("e2ee", "active")})
    assert (ada.call.microphone, ben.call.microphone) == ("muted", "on")
    assert ada.call.was == ben.call.was == (before,)
    await ada.hears_more()
    await ben.hears_more()
    assert "G_ENTER" in events(ada)
    assert {"G_ENTER", "G_PEER_MUTED"} <= set(events(ben))
    assert ada.code == ben.code
    for one in (ada, ben):
        await until(lambda one=one: bytes.fromhex(before) not in one.engine.calls.records)
        assert [call.kind for call in one.snapshot.calls] == ["e2ee"]
    await ben.order(HangUp())
    await until(lambda: ada.phase == ben.phase == "ended")
    for one in (ada, ben):
        ends = [past.end_reason for past in one.snapshot.history]
        assert [end.code for end in ends] == ["G_ENDED", "R_WENT_E2EE"]
        assert ends[1].text.startswith(f"You and {one.call.member.name} went on E2EE after 0:0")


async def test_who_says_no_or_takes_it_back_leaves_it_standard(
    ada: Resident, ben: Resident
) -> None:
    await speak(ada, ben)
    for who, code in ((ben, "G_ENTER_ASKED"), (ada, "G_ENTER_WAIT")):
        await asks(ada, ben)
        await who.order(Consent(False, code))
        await until(lambda: question(ada) == question(ben) == "")
        await hear_each_other(ada, ben)
        assert events(ada)[-1] == events(ben)[-1] == "G_ENTER_NO"
    assert ada.snapshot.history == ben.snapshot.history == ()


async def test_who_cannot_prove_who_they_are_asks_nothing_and_may_ask_later(
    ada: Resident, ben: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    await speak(ada, ben)
    with monkeypatch.context() as patch:
        patch.setattr(ada.engine.account, "identity", Mock(side_effect=CredentialOver))
        with pytest.raises(CredentialOver):
            await ada.order(GoE2EE())
    assert (question(ada), ada.call.asks) == ("", False)
    assert [one.hex() for one in ada.engine.calls.records] == [ada.call.id]
    assert ada.untold == []
    await asks(ada, ben)
    await ben.order(Consent(True, "G_ENTER_ASKED"))
    await until(lambda: kinds(ada, ben) == {("e2ee", "active")})


async def test_both_may_ask_at_once(ada: Resident, ben: Resident) -> None:
    await speak(ada, ben)
    await asyncio.gather(ada.order(GoE2EE()), ben.order(GoE2EE()))
    await until(lambda: kinds(ada, ben) == {("e2ee", "active")})
    assert ada.call.id == ben.call.id
    await ada.hears_more()


async def test_there_and_back(ada: Resident, ben: Resident) -> None:
    await speak(ada, ben)
    await asks(ada, ben)
    await ben.order(Consent(True, "G_ENTER_ASKED"))
    await until(lambda: kinds(ada, ben) == {("e2ee", "active")})
    await ben.order(LeaveE2EE("add"))
    await ben.order(Consent(True, "G_LEAVE_ASK"))
    await until(lambda: question(ada) == "G_LEAVE_ASKED")
    await ada.order(Consent(True, "G_LEAVE_ASKED"))
    await until(lambda: kinds(ada, ben) == {("standard", "active")})
    await hear_each_other(ada, ben)


async def test_with_more_people_or_the_setting_off_there_is_nothing_to_ask(
    ada: Resident, ben: Resident, cleo: Resident
) -> None:
    await speak(ada, ben, cleo)
    with pytest.raises(ActionRefused, match="more than two people"):
        await ada.order(GoE2EE())
    await cleo.order(HangUp())
    await until(lambda: len(ada.call.members) == 1)
    await asks(ada, ben)
    await ben.order(Consent(False, "G_ENTER_ASKED"))
    await until(lambda: question(ada) == "")


async def test_where_e2ee_is_off_it_is_no_question(ada: Resident, ben: Resident) -> None:
    await ben.order(ChangeSetting("e2ee.calls", "off"))
    await speak(ada, ben)
    with pytest.raises(ActionRefused, match="your E2EE setting is off"):
        await ben.order(GoE2EE())
    await ada.order(GoE2EE())
    await until(lambda: question(ada) == "")
    assert events(ada)[-2:] == ["Y_UNSIGNED", "G_ENTER_NO"]
    assert sum(not one.ended for one in ada.engine.calls.records.values()) == 1
    await hear_each_other(ada, ben)


async def test_whose_call_a_rule_of_the_other_one_records_reads_why_it_stays(
    here: Village, ada: Resident, ben: Resident
) -> None:
    await speak(ada, ben)
    front = ada.engine.calls.front
    assert front is not None
    assert front.standard is not None
    told, by_rule = front.standard.told, KeptNow(32 * "a", "", "", 100)
    here.say(ada, replace(told, sequence=told.sequence + 1, recording=by_rule))
    await until(lambda: ada.call.recording is not None)
    assert await refused(ada, GoE2EE()) == "N_HEARD_BY_RULE"
    assert (question(ada), question(ben)) == ("", "")
