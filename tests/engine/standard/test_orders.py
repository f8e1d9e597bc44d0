"""What people order in standard calls: who comes, and where the call goes; the service is real."""

import pytest

from tests.support.by_bridge import (
    call_with,
    end_of,
    events,
    hear_each_other,
    heard,
    member,
    refused,
    speak,
    states,
)
from tests.support.one_process import Resident, Village, a_call, until
from tui_call.control.actions import (
    Add,
    Answer,
    Call,
    ChangeName,
    CompleteTransfer,
    Consent,
    Decline,
    HandOver,
    HangUp,
    Hold,
    ListParked,
    Merge,
    Park,
    Retrieve,
    Transfer,
)
from tui_call.reasons import EndReason
from tui_call.signaling.call_acts import DescribeAct
from tui_call.signaling.standard_calls import ActInCall, CallChanged


def why_standard(person: Resident) -> str:
    """Return the code that says why a call is not E2EE."""
    assert person.call.why_standard is not None
    return person.call.why_standard.code


def how_it_comes(person: Resident) -> str:
    """Return what the screen of an incoming call says of why it is not E2EE."""
    assert person.call.why_standard is not None
    return person.call.why_standard.text


def said(person: Resident) -> list[str]:
    """Return what a person reads of what happened in a call, the newest last."""
    return [one.sentence.text for one in person.call.events]


async def test_people_are_added_while_others_go_on(
    ada: Resident, ben: Resident, cleo: Resident
) -> None:
    await speak(ada, ben)
    assert await refused(ada, Add(ben.account)) == "N_OWN_CALL"
    await ada.order(Add("Cleo"))
    await until(
        lambda: cleo.phase == "ringing" and states(ben) == {"Ada": "here", "Cleo": "ringing"}
    )
    assert why_standard(cleo) == "Y_MORE_THAN_TWO"
    assert cleo.call.member.name == "Ada"
    assert await refused(ben, Add(cleo.account)) == "N_TARGET_RINGS"
    await cleo.order(Answer())
    await hear_each_other(ada, ben, cleo)
    assert events(ben)[-2:] == ["G_ADDED", "G_JOIN"]
    assert (member(ada, cleo).added_by, member(ben, cleo).added_by) == ("you", "Ada")
    await cleo.order(Hold(on=True))
    assert said(cleo)[-1] == "You hold the call: you hear nobody, and nobody hears you."


async def test_of_who_was_added_it_is_told_when_the_last_call_was(
    ada: Resident, ben: Resident, cleo: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    await speak(ada, ben)
    await ada.order(Add("Cleo"))
    await until(lambda: cleo.phase == "ringing")
    await cleo.order(Answer())
    await hear_each_other(ada, ben, cleo)
    await until(lambda: ada.untold == [])
    monkeypatch.setattr(ada.engine.people, "learn", lambda _: None)  # it shows them, too
    await ada.order(HangUp())
    [past] = ada.snapshot.history
    assert {one.last_call for one in ada.snapshot.people} == {past.at}
    await until(lambda: ada.untold == [])


async def test_while_people_come_and_go_the_others_describe_nothing_anew(
    here: Village, ada: Resident, ben: Resident, cleo: Resident
) -> None:
    def described() -> list[str]:
        acts = [asked.act for asked in here.gateway.of(ActInCall)]
        return [act.instance for act in acts if isinstance(act, DescribeAct)]

    await speak(ada, ben)
    before = described()
    assert len(before) == 2
    await ada.order(Add("Cleo"))
    await until(lambda: cleo.phase == "ringing")
    await cleo.order(Answer())
    await hear_each_other(ada, ben, cleo)
    await cleo.order(Hold(on=True))
    await until(lambda: "G_PEER_HOLDS" in events(ada))
    await cleo.order(HangUp())
    await until(lambda: states(ada) == {"Ben": "here"})
    await hear_each_other(ada, ben)
    [came] = described()[2:]
    assert came not in before


async def test_two_calls_become_one(ada: Resident, ben: Resident, cleo: Resident) -> None:
    await speak(ada, ben)
    assert await refused(ada, Merge()) == "N_NOOTHER"
    await cleo.order(Call(ada.account, standard=True))
    await until(lambda: len(ada.snapshot.calls) == 2)
    await ada.order(Answer(front="hold"))
    await hear_each_other(ada, cleo)
    before = {one.account: one.call.id for one in (ben, cleo)}
    await ada.order(Merge(call_with(ada, ben).id))
    await hear_each_other(ada, ben, cleo)
    assert len(ada.snapshot.calls) == 1
    assert ada.call.id == ben.call.id == cleo.call.id == before[cleo.account]
    assert (ada.call.was, ben.call.was, cleo.call.was) == (
        (before[ben.account],), (before[ben.account],), (),
    )  # fmt: skip
    await ada.order(HangUp())
    [past] = ada.snapshot.history
    assert {one.name for one in past.members} == {"Ben", "Cleo"}


async def test_a_call_is_passed_on_at_once(ada: Resident, ben: Resident, cleo: Resident) -> None:
    await speak(ada, ben)
    await ada.order(Transfer(cleo.account))
    await until(lambda: ada.phase == "ended" and cleo.phase == "ringing")
    assert ada.call.end_reason is not None
    assert ada.call.end_reason.text.startswith("You passed Ben on to Cleo.")
    assert "G_TRANSFER_YOU" in events(ben)
    assert "Ada passes Ben on to you. Not E2EE." in said(cleo)
    assert (ben.call.transfer is None, cleo.call.transfer is None) == (False, True)
    assert how_it_comes(cleo) == "Not E2EE: Ada passed this call on to you."
    await cleo.order(Answer())
    await hear_each_other(ben, cleo)
    assert ben.call.was == (), "it is the same call, with somebody else"


async def test_who_could_not_pass_a_call_on_reads_how_it_ended_later(
    here: Village, ada: Resident, ben: Resident
) -> None:
    await speak(ada, ben)
    assert await refused(ada, Transfer(ben.account)) == "N_OWN_CALL"
    lost = CallChanged(ada.call.id, 999, (), over=EndReason.CONNECTION_LOST)
    here.say(ada, lost)
    await until(lambda: ada.phase == "ended")
    assert end_of(ada) == EndReason.CONNECTION_LOST
    [past] = ada.snapshot.history
    assert past.end_reason.code == EndReason.CONNECTION_LOST


async def test_what_nobody_takes_rings_back(ada: Resident, ben: Resident, cleo: Resident) -> None:
    await speak(ada, ben)
    await ada.order(Transfer(cleo.account))
    await until(lambda: cleo.phase == "ringing")
    await cleo.order(Decline())
    await until(lambda: ada.call.ringing_here)
    assert "G_TRANSFER_BACK" in events(ada)
    assert how_it_comes(ada) == "Not E2EE: Cleo did not take the call that you passed on."
    await ada.order(Answer())
    await hear_each_other(ada, ben)


async def test_who_is_asked_first_joins_or_is_left_again(
    ada: Resident, ben: Resident, cleo: Resident
) -> None:
    await speak(ada, ben)
    for completes in (False, True):
        await ada.order(Transfer(cleo.account, ask=True))
        await until(lambda: cleo.phase == "ringing")
        assert how_it_comes(cleo) == "Not E2EE: Ada has a call to pass on, and asks you first."
        assert said(cleo)[-1] == "Ada speaks with you first, before you have Ben."
        await cleo.order(Answer())
        await until(lambda: heard(ada) == {cleo.account} and heard(cleo) == {ada.account})
        assert ada.call.consulting
        assert "Ada asks somebody first. You hear music meanwhile." in said(ben)
        assert (member(ada, ben).waits, member(cleo, ben).waits) == (True, True)
        assert member(ben, ada).apart
        assert not member(ben, ada).waits
        await until(lambda: heard(ben) == set())
        assert await refused(ada, Park()) == "N_TRANSFERRING"
        await ada.order(CompleteTransfer() if completes else HangUp())
        if not completes:
            await hear_each_other(ada, ben)
            await until(lambda: cleo.phase in ("", "ended"))
    await until(lambda: ada.phase == "ended")
    assert ada.call.end_reason is not None
    assert ada.call.end_reason.text == "Ben now speaks with Cleo. You have left the call."
    assert "Ada transferred you to Cleo. Not E2EE." in said(ben)
    assert ada.snapshot.history[0].end_reason.code == "R_PASSED_ON"
    await hear_each_other(ben, cleo)


async def test_ending_twice_quickly_ends_no_consultation(
    here: Village, ada: Resident, ben: Resident, cleo: Resident
) -> None:
    dora = await here.resident("dora")
    await speak(ada, ben)
    await ada.order(Transfer(cleo.account, ask=True))
    await until(lambda: cleo.phase == "ringing")
    await cleo.order(Answer())
    await hear_each_other(ada, cleo)
    await ada.order(Call(dora.account, standard=True))
    await until(lambda: dora.phase == "ringing")
    await dora.order(Answer())
    await hear_each_other(ada, dora)
    await ada.order(HangUp())
    await until(lambda: dora.phase == "ended" and ada.call.consulting)
    assert await refused(ada, HangUp()) == "C_OTHER_IN_FRONT"
    await ada.order(Hold(on=False, call=ada.call.id))
    await hear_each_other(ada, cleo)


async def test_who_leaves_while_asking_first_goes_back_to_nobody(
    ada: Resident, ben: Resident, cleo: Resident
) -> None:
    await speak(ada, ben)
    await ada.order(Transfer(cleo.account, ask=True))
    await until(lambda: cleo.phase == "ringing")
    await cleo.order(Answer())
    await hear_each_other(ada, cleo)
    await ada.order(HangUp(call=ada.call.id, whole=True))
    assert (ada.phase, end_of(ada)) == ("ended", "G_ENDED")
    await until(lambda: {ben.phase, cleo.phase} <= {"", "ended"})


async def test_several_go_on_while_one_asks_somebody_first(
    here: Village, ada: Resident, ben: Resident, cleo: Resident
) -> None:
    dora = await here.resident("dora")
    await speak(ada, ben, cleo)
    await ada.order(Transfer(dora.account, ask=True))
    await until(lambda: dora.phase == "ringing" and ada.call.consulting)
    assert said(ada)[-1] == "Speaking with Dora first. The others go on meanwhile."
    assert ada.call.transfer is not None
    assert ada.call.transfer.text == said(ada)[-1]
    await until(lambda: said(ben)[-1] == "Ada asks somebody first. You go on meanwhile.")
    await hear_each_other(ben, cleo)
    assert [one.apart for one in ada.call.members if one.state == "here"] == [True, True]
    assert not any(one.waits for one in (*ada.call.members, *cleo.call.members))


async def test_of_what_is_parked_people_of_one_name_are_told_apart(
    ada: Resident, ben: Resident, cleo: Resident
) -> None:
    await ada.order(ChangeName("Ben"))
    await speak(ada, ben)
    await ada.order(Park())
    await until(lambda: "ada (Ben)" in {one.name for one in cleo.snapshot.people})
    [parked] = (await cleo.order(ListParked()))["parked"]
    assert (parked["by"], parked["people"]) == ("ada (Ben)", ["ben (Ben)"])


async def test_what_is_parked_is_listed_and_retrieved_by_one(
    ada: Resident, ben: Resident, cleo: Resident
) -> None:
    await speak(ada, ben)
    slot = (await ada.order(Park()))["slot"]
    assert slot >= 71
    await until(lambda: ada.phase == "ended" and "G_PARKED_YOU" in events(ben))
    assert states(ben) == {"Ada": "gone"}
    assert ada.call.end_reason is not None
    assert ada.call.end_reason.text.startswith(
        f"You parked Ben at {slot}, with music. Rings back at "
    )
    assert "call.retrieve" in [remedy.action for remedy in ada.call.end_reason.remedies]
    [past] = ada.snapshot.history
    assert (past.end_reason.code, [one.name for one in past.members]) == ("R_PARKED", ["Ben"])
    [parked] = (await cleo.order(ListParked()))["parked"]
    assert (parked["slot"], parked["by"], parked["people"]) == (slot, "Ada", ["Ben"])
    await cleo.order(Retrieve(slot))
    await hear_each_other(ben, cleo)
    assert why_standard(cleo) == "Y_BRIDGE"
    assert await refused(ada, Retrieve(slot)) == "N_SLOT_EMPTY"
    assert (await ada.order(ListParked()))["parked"] == []
    await ben.order(HangUp())
    await until(lambda: cleo.phase == "ended")
    [past] = cleo.snapshot.history
    assert (past.direction, [one.name for one in past.members]) == ("retrieved", ["Ben"])


async def test_in_an_e2ee_call_the_gate_says_no_before_anybody_is_asked(
    here: Village, ada: Resident, ben: Resident, cleo: Resident
) -> None:
    async with a_call(ada, ben):
        for action, code in (
            (Add(cleo.account), "E_ADD"),
            (Merge(), "E_MERGE"),
            (Transfer(cleo.account), "E_TRANSFER"),
            (Transfer(cleo.account, ask=True), "E_CONSULT"),
            (CompleteTransfer(), "E_TRANSFER"),
            (Park(), "E_PARK"),
            (HandOver(), "E_HANDOVER"),
        ):
            assert await refused(ada, action) == code
        assert await refused(ada, Consent(True, "Q_FIRST")) == "C_NO_QUESTION"
        assert ada.call.kind == "e2ee"
    assert here.gateway.of(ActInCall) == []


async def test_without_another_device_nothing_is_handed_over(ada: Resident, ben: Resident) -> None:
    await speak(ada, ben)
    assert await refused(ada, HandOver()) == "N_NODEVICE"
    assert await refused(ada, CompleteTransfer()) == "N_NOTYET"
    assert end_of(ada) == ""


async def test_a_call_that_is_handed_over_in_vain_was_missed_nowhere(
    here: Village, ada: Resident, ben: Resident
) -> None:
    tower = await here.device(ada, "tower")
    await speak(ada, ben)
    await ada.order(HandOver())
    await until(lambda: tower.phase == "ringing")
    await ben.order(HangUp())
    await until(lambda: ada.phase == tower.phase == "ended")
    assert (end_of(tower), tower.snapshot.history) == ("G_ENDED", ())


async def test_a_call_that_is_handed_over_was_moved_to_the_other_device(
    here: Village, ada: Resident, ben: Resident
) -> None:
    tower = await here.device(ada, "tower")
    await speak(ada, ben)
    await ada.order(HandOver())
    await until(lambda: tower.phase == "ringing")
    await tower.order(Answer())
    await until(lambda: ada.phase == "ended" and tower.phase == "active")
    assert end_of(ada) == "R_TAKEN"
    await tower.order(HangUp())
    await until(lambda: ben.phase == "ended")
    [past] = tower.snapshot.history
    assert (past.direction, [one.name for one in past.members]) == ("moved", ["Ben"])
