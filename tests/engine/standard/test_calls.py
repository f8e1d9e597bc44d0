"""Standard calls of people whose engines, service and bridge are real: their course."""

from tests.support.by_bridge import (
    call,
    call_with,
    end_of,
    events,
    hear_each_other,
    heard,
    legs,
    member,
    refused,
    speak,
    states,
)
from tests.support.one_process import Resident, Village, a_call, happened, until
from tui_call.control.actions import (
    Answer,
    Block,
    Call,
    Decline,
    HangUp,
    Hold,
    Mute,
    SetPresence,
    Swap,
)


async def test_two_speak_by_the_bridge_and_both_see_that_it_hears(
    ada: Resident, ben: Resident
) -> None:
    await call(ada, ben)
    assert ben.call.ringing_here
    assert events(ben) == ["Q_IN_STANDARD"]
    for person, who in ((ada, "you"), (ben, "Ada")):
        assert (person.call.kind, person.call.shield.code) == ("standard", "SH_STANDARD")
        assert person.call.why_standard is not None
        assert person.call.why_standard.text == f"Not E2EE: {who} asked for a standard call."
    await ben.order(Answer())
    await until(lambda: ada.phase == ben.phase == "active")
    await hear_each_other(ada, ben)
    assert ada.call.quality == ben.call.quality == "good"
    assert (states(ada), states(ben)) == ({"Ben": "here"}, {"Ada": "here"})
    await ada.hears_more()
    await ada.order(HangUp())
    await until(lambda: ben.phase == "ended")
    for person in (ada, ben):
        assert end_of(person) == "G_ENDED"
        [past] = person.snapshot.history
        assert past.seconds > 0
    assert ben.call.end_reason is not None
    assert "Ada hung up." in ben.call.end_reason.text
    await until(lambda: ada.untold == ben.untold == [])


async def test_three_hear_each_other_and_see_who_is_muted_or_holds(
    ada: Resident, ben: Resident, cleo: Resident
) -> None:
    await speak(ada, ben, cleo)
    assert states(ben) == {"Ada": "here", "Cleo": "here"}
    assert ada.call.why_standard is not None
    assert ada.call.why_standard.code == "Y_MORE_THAN_TWO"
    assert ada.call.places_left == 13
    await ben.order(Mute(on=True))
    await until(lambda: member(ada, ben).silent and member(cleo, ben).silent)
    await until(lambda: heard(ada) == {cleo.account} and heard(cleo) == {ada.account})
    await ben.order(Mute(on=False))
    await hear_each_other(ada, ben, cleo)
    await cleo.order(Hold(on=True))
    await until(lambda: member(ada, cleo).holding and member(ben, cleo).holding)
    await until(lambda: heard(ada) == {ben.account} and heard(cleo) == set())
    await cleo.order(Hold(on=False))
    await hear_each_other(ada, ben, cleo)
    told = ["G_PEER_MUTED", "G_PEER_OPEN", "G_PEER_HOLDS", "G_PEER_RESUMED"]
    await until(lambda: events(ada)[-4:] == told)
    await ada.order(HangUp())
    await until(lambda: states(ben) == {"Cleo": "here"})
    await hear_each_other(ben, cleo)
    assert events(ben)[-1] == "G_LEFT_ROSTER"
    await cleo.order(HangUp())
    await until(lambda: ben.phase == "ended")
    [past] = ben.snapshot.history
    assert past.member.name == "Ada", "who called"
    assert past.end_reason.text.endswith(" Cleo hung up.")


async def test_nobody_is_called_who_is_in_a_call_of_several_already(
    ada: Resident, ben: Resident, cleo: Resident
) -> None:
    await speak(ada, ben, cleo)
    for one in (ben, cleo):
        for standard in (False, True):
            assert await refused(ada, Call(one.account, standard=standard)) == "C_SAME_PERSON"
    assert len(ada.snapshot.calls) == 1
    assert not ada.call.on_hold
    await cleo.order(HangUp())
    await until(lambda: states(ada) == {"Ben": "here"})
    await ada.order(Call(cleo.account))
    await until(lambda: cleo.phase == "ringing")
    assert call_with(ada, ben).on_hold


async def test_who_declines_or_wants_no_calls_says_so_at_once(ada: Resident, ben: Resident) -> None:
    await call(ada, ben)
    await ben.order(Decline())
    await until(lambda: end_of(ada) == "R_DECLINED")
    await ben.order(SetPresence("do_not_disturb"))
    await ada.order(Call(ben.account, standard=True))
    await until(lambda: end_of(ada) == "R_DND")
    assert [past.direction for past in ben.snapshot.history] == ["missed", "incoming"]
    assert ben.phase in ("", "ended")


async def test_who_calls_while_two_wait_is_told_busy(
    here: Village, ada: Resident, ben: Resident, cleo: Resident
) -> None:
    dora, eve = await here.resident("dora"), await here.resident("eve")
    for number, caller in enumerate((ada, cleo, dora), start=1):
        await caller.order(Call(ben.account, standard=True))
        await until(lambda number=number: len(ben.snapshot.calls) == number)
    await eve.order(Call(ben.account, standard=True))
    await until(lambda: end_of(eve) == "R_BUSY")
    assert len(ben.snapshot.calls) == 3
    assert ben.snapshot.history[0].direction == "missed"


async def test_who_gives_up_leaves_a_missed_call(ada: Resident, ben: Resident) -> None:
    await call(ada, ben)
    await ada.order(HangUp())
    await until(lambda: ben.phase in ("", "ended"))
    [past] = ben.snapshot.history
    assert (past.direction, past.end_reason.code) == ("missed", "R_CANCELLED")


async def test_who_is_blocked_rings_nowhere(ada: Resident, ben: Resident) -> None:
    await ben.order(Block(ada.account))
    await ada.order(Call(ben.account, standard=True))
    await until(lambda: ada.phase == "ringing" and states(ada) == {"Ben": "ringing"})
    assert ben.snapshot.calls == ()
    await ada.order(HangUp())
    await until(lambda: ada.phase == "ended")
    assert ben.snapshot.history == ()


async def test_calls_of_both_kinds_stand_beside_each_other(
    ada: Resident, ben: Resident, cleo: Resident
) -> None:
    async with a_call(ada, ben):
        await cleo.order(Call(ben.account, standard=True))
        await until(lambda: len(ben.snapshot.calls) == 2)
        assert call_with(ben, cleo).place == "waiting"
        assert happened(ben.call)[-1].text == "Cleo is calling too (not E2EE)."
        await ben.order(Answer(front="hold"))
        await hear_each_other(ben, cleo)
        assert ada.call.member.holding
        await ben.order(Swap())
        await until(lambda: member(cleo, ben).holding and heard(cleo) == set())
        assert "Cleo is on hold and hears music." in [
            event.sentence.text for event in call_with(ben, cleo).events
        ]
        await ben.hears_more()
        await ben.order(Swap())
        await hear_each_other(ben, cleo)
        await cleo.order(HangUp())
        await until(lambda: [one.place for one in ben.snapshot.calls if one.ended] == ["over"])


async def test_two_who_call_each_other_are_in_one_call(ada: Resident, ben: Resident) -> None:
    await ada.order(Call(ben.account, standard=True))
    await ben.order(Call(ada.account, standard=True))
    await until(lambda: ada.phase == ben.phase == "active")
    await hear_each_other(ada, ben)
    assert len(ada.snapshot.calls) == len(ben.snapshot.calls) == 1
    assert ada.call.id == ben.call.id
    await ben.order(HangUp())
    await until(lambda: ada.phase == ben.phase == "ended")
    assert [len(one.snapshot.history) for one in (ada, ben)] == [1, 1]


async def test_another_network_brings_a_new_leg_and_no_ring(
    here: Village, ada: Resident, ben: Resident
) -> None:
    await speak(ada, ben)
    before = legs(ada).counts.path_number
    here.network.change("192.0.2.8")
    await until(lambda: legs(ada).counts.path_number > before)
    await hear_each_other(ada, ben)
    assert (states(ada), states(ben)) == ({"Ben": "here"}, {"Ada": "here"})
    assert legs(ada).counts.path_changes == 1
