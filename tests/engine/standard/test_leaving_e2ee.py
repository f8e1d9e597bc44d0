"""Leaving E2EE for what it closes: both people agree, or the call stays as it is."""

import pytest

from tests.support.by_bridge import call_with, events, hear_each_other, question, states
from tests.support.one_process import Resident, Village, a_call, happened, until
from tui_call.control.actions import (
    Add,
    Answer,
    Call,
    ChangeSetting,
    Consent,
    HangUp,
    LeaveE2EE,
    Merge,
)
from tui_call.control.server import ActionRefused
from tui_call.engine.calls.standard_acts import StandardActs
from tui_call.sentences import Sentence, sentence
from tui_call.signaling.call_acts import Act, DescribeAct, PlaceAct
from tui_call.signaling.messages import ActInCall, PolicyChanged
from tui_call.signaling.policies import CallPolicy, Epoch, Policy


async def says(person: Resident, yes: bool) -> None:
    await person.order(Consent(yes, question(person)))


async def asks(asker: Resident, asked: Resident, capability: str = "add") -> None:
    """Ask until the other one is asked."""
    await asker.order(LeaveE2EE(capability))
    assert question(asker) == "G_LEAVE_ASK"
    await says(asker, yes=True)
    assert (question(asker), asker.call.asks) == ("G_LEAVE_WAIT", True)
    await until(lambda: question(asked) == "G_LEAVE_ASKED")


async def asks_to_merge(asker: Resident, asked: Resident, other: Resident) -> None:
    """Ask for it in a standard call with another one, until the one of the E2EE call is asked."""
    await other.order(Call(asker.account, standard=True))
    await until(lambda: len(asker.snapshot.calls) == 2)
    await asker.order(Answer(front="hold"))
    await hear_each_other(asker, other)
    await asker.order(Merge(call_with(asker, asked).id))
    mixed = call_with(asker, asked)
    assert mixed.question is not None
    await asker.order(Consent(True, "G_MERGE_MIX", call=mixed.id))
    await until(lambda: question(asked) == "G_LEAVE_ASKED")


async def still_e2ee(*people: Resident) -> None:
    """Wait until nothing is asked and both speak again, E2EE."""
    await until(lambda: all(question(one) == "" for one in people))
    await until(lambda: all(one.call.microphone == "on" for one in people))
    assert {one.call.kind for one in people} == {"e2ee"}
    for one in people:
        await one.hears_more()


@pytest.mark.lengthy
async def test_both_agree_and_go_on_by_the_bridge(
    here: Village, ada: Resident, ben: Resident, cleo: Resident
) -> None:
    async with a_call(ada, ben):
        await asks(ada, ben)
        await until(lambda: ada.call.shield.code == ben.call.shield.code == "SH_CHANGING")
        assert {ada.call.microphone, ben.call.microphone} == {"held"}
        asked = ben.call.question
        assert asked is not None
        assert asked.text == "Ada asks to leave E2EE for adding people. The bridge would hear."
        assert asked.why.startswith("Who will hear, as Ada says: the bridge of ")
        assert here.gateway.of(ActInCall) == []
        await says(ben, yes=True)
        await until(lambda: {ada.call.kind, ben.call.kind} == {"standard"})
        await hear_each_other(ada, ben)
        await until(lambda: ada.call.microphone == ben.call.microphone == "on")
        for one in (ada, ben):
            assert (question(one), one.call.shield.code) == ("", "SH_STANDARD")
            assert one.call.why_standard is not None
            assert "left E2EE for adding people" in one.call.why_standard.text
            assert "G_LEFT" in events(one)
            assert "G_JOIN" not in events(one)
            record = one.engine.calls.front
            assert record is not None
            await until(lambda one=one, record=record: one.engine.calls.runner(record) is None)
        await ada.order(Add(cleo.account))
        await until(lambda: cleo.phase == "ringing")
        await cleo.order(Answer())
        await hear_each_other(ada, ben, cleo)
        assert "G_JOIN" in events(ben)
        await cleo.order(HangUp())
        await until(lambda: states(ben) == {"Ada": "here"})
    assert [len(one.snapshot.history) for one in (ada, ben)] == [1, 1]
    assert ada.snapshot.history[0].end_reason.code == "G_ENDED"


async def test_who_says_no_or_takes_it_back_leaves_it_e2ee(
    here: Village, ada: Resident, ben: Resident
) -> None:
    async with a_call(ada, ben):
        await ada.order(LeaveE2EE("park"))
        await says(ada, yes=False)
        assert question(ada) == ""
        await asks(ada, ben, "park")
        await says(ben, yes=False)
        await still_e2ee(ada, ben)
        assert [happened(one.call)[-1].code for one in (ada, ben)] == ["G_LEAVE_NO"] * 2
        await asks(ben, ada)
        await says(ben, yes=False)
        await still_e2ee(ada, ben)
        assert here.gateway.of(ActInCall) == []


async def test_without_a_standard_call_at_the_service_nobody_leaves(
    ada: Resident, ben: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def ask(_acts: StandardActs, _call: bytes, _act: Act) -> Sentence | None:
        return sentence("N_COMPLIANCE")

    async with a_call(ada, ben):
        await asks(ada, ben)
        monkeypatch.setattr(StandardActs, "ask", ask)
        await says(ben, yes=True)
        await still_e2ee(ada, ben)
        said = [one.code for one in happened(ben.call)]
        assert said[-2:] == ["N_COMPLIANCE", "G_LEAVE_NO"]
        monkeypatch.undo()


async def test_a_room_of_a_question_that_is_over_is_given_up(
    here: Village, ada: Resident, ben: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = StandardActs.ask

    async def ask(acts: StandardActs, call: bytes, act: Act) -> Sentence | None:
        if isinstance(act, PlaceAct):
            await says(ada, yes=False)
            await until(lambda: "G_LEAVE_NO" in events(ben))
        return await real(acts, call, act)

    async with a_call(ada, ben):
        monkeypatch.setattr(StandardActs, "ask", ask)
        await asks(ada, ben)
        await says(ben, yes=True)
        await still_e2ee(ada, ben)
        acts = here.gateway.of(ActInCall)
        await until(lambda: len(here.gateway.of(ActInCall)) == 2)
        assert not any(isinstance(one.act, DescribeAct) for one in acts)


@pytest.mark.parametrize("who", ["asker", "asked"])
async def test_who_takes_only_e2ee_never_leaves(ada: Resident, ben: Resident, who: str) -> None:
    requires = ada if who == "asker" else ben
    await requires.order(ChangeSetting("e2ee.calls", "require"))
    async with a_call(ada, ben):
        if who == "asker":
            with pytest.raises(ActionRefused, match="you take only E2EE calls"):
                await ada.order(LeaveE2EE("add"))
        else:
            await ada.order(LeaveE2EE("add"))
            await says(ada, yes=True)
            await until(lambda: "G_LEAVE_REFUSED" in events(ben))
        await still_e2ee(ada, ben)


async def test_e2ee_is_left_only_for_what_a_standard_call_opens(
    here: Village, ada: Resident, ben: Resident
) -> None:
    rights = ada.engine.rights
    assert rights.epoch is not None
    desk = CallPolicy("desk", "user", recording=False)
    later = Epoch(0, rights.epoch.number + 1)
    here.say(ada, PolicyChanged(Policy("all", "organisation", "user_choice"), desk, later))
    await until(lambda: rights.epoch == later)
    async with a_call(ada, ben):
        for name, words in (
            ("record", "Recording is off"),
            ("mute", "no such capability"),
            ("nothing", "no such capability"),
        ):
            with pytest.raises(ActionRefused, match=words):
                await ada.order(LeaveE2EE(name))
        assert question(ada) == ""


@pytest.mark.parametrize("agrees", [True, False])
async def test_merging_asks_the_other_person_of_the_e2ee_call(
    ada: Resident, ben: Resident, cleo: Resident, agrees: bool
) -> None:
    async with a_call(ada, ben):
        await asks_to_merge(ada, ben, cleo)
        await says(ben, yes=agrees)
        if agrees:
            await hear_each_other(ada, ben, cleo)
            assert states(ben) == {"Ada": "here", "Cleo": "here"}
        else:
            await until(lambda: call_with(ada, ben).question is None)
            await hear_each_other(ada, cleo)
            stays = call_with(ada, ben)
            assert (stays.kind, stays.place) == ("e2ee", "held")
            said = "Ben said no. The call with Ben stays E2EE, and on hold."
            assert happened(stays)[-1].text == said
        await cleo.order(HangUp())
        await until(lambda: {one.account for one in ada.call.members} == {ben.account})
        await ada.order(HangUp(call=ada.call.id))
    for person in (ada, ben, cleo):  # nothing is left of the one E2EE call, whatever its id became
        await until(lambda person=person: not person.engine.calls.owners)


async def test_why_calls_are_not_merged_is_said_where_it_was_wanted(
    ada: Resident, ben: Resident, cleo: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def merge(_acts: StandardActs, _call: bytes, _other: bytes) -> Sentence | None:
        return sentence("N_FULL")

    monkeypatch.setattr(StandardActs, "merge", merge)
    async with a_call(ada, ben):
        await asks_to_merge(ada, ben, cleo)
        await says(ben, yes=True)
        await until(lambda: "N_FULL" in events(ada))
        assert call_with(ada, cleo).place == "front"
        await cleo.order(HangUp())
        await until(lambda: call_with(ada, ben).place == "front")
        await ada.order(HangUp(call=ada.call.id))
