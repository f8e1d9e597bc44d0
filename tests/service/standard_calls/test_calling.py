"""Standard calls from the first request to the end, as each of their people is told of them."""

from tests.support.callers import CallTown, new_id
from tests.support.members import until
from tui_call.service.standard_calls.call_book import MOST_CALLS
from tui_call.signaling.call_acts import (
    AddAct,
    ConsultAct,
    DeclineAct,
    DescribeAct,
    HandOverAct,
    HangUpAct,
    HoldAct,
    JoinConsultedAct,
    MergeAct,
    PlaceAct,
    TransferAct,
)
from tui_call.signaling.messages import MissedCall
from tui_call.signaling.standard_calls import LegDescribed


async def test_a_call_is_placed_taken_heard_and_ended(calls: CallTown) -> None:
    ada, ben = await calls.callers("ada", "ben")
    assert ada.member.welcome.bridge
    call = await ada.places(ben)
    told = await ben.sees_states(call, "joining", "ringing")
    assert [member.name for member in told.members] == ["Ada", "Ben"]
    assert told.worker == calls.bridge.name
    await ben.answers(call)
    await ada.has_sound(call)
    await ben.has_sound(call)
    told = await ada.sees_states(call, "talking", "talking")
    assert told.members[1].device_name == "laptop"
    room = calls.bridge.rooms[call]
    assert [member.source for member in room.members] == [m.number for m in told.members]
    assert all(len(member.legs) == 1 and member.speaks for member in room.members)
    await ada.does(HangUpAct(), call)
    for one in (ada, ben):
        assert (await one.sees(call, over="G_ENDED")).over_by == ada.account
    await until(lambda: call not in calls.bridge.rooms)
    assert calls.audit() == [
        (ada.account, "call.place", ben.account),
        (ada.account, "call.end", "G_ENDED"),
    ]


async def test_who_declines_is_told_of_no_more_and_the_caller_why(calls: CallTown) -> None:
    ada, ben = await calls.callers("ada", "ben")
    for why in ("R_DECLINED", "R_BUSY", "R_PEER_REQUIRE"):
        call = await ada.places(ben)
        await ben.does(DeclineAct(why), call)
        assert (await ada.sees(call, over=why)).over_by == ben.account


async def test_a_call_that_nobody_takes_ends_after_a_minute_and_leaves_word(
    calls: CallTown,
) -> None:
    ada, ben = await calls.callers("ada", "ben")
    call = await ada.places(ben)
    await ada.has_sound(call)
    calls.town.clock.now += 61
    await ada.sees(call, over="R_NO_ANSWER")
    await ben.sees(call, over="R_CANCELLED")
    missed = await ben.member.client.hear(MissedCall)
    assert (missed.call, missed.from_account) == (call, ada.account)


async def test_who_is_offline_is_found_so_and_finds_word_later(calls: CallTown) -> None:
    ada, ben = await calls.callers("ada", "ben")
    await calls.town.leave(ben.member)
    call = await ada.places(ben)
    await ada.sees(call, over="R_OFFLINE")
    back = await calls.comes_back(ben)
    assert (await back.member.client.hear(MissedCall)).call == call


async def test_of_several_the_first_who_answers_takes_it(calls: CallTown) -> None:
    ada, ben, cleo = await calls.callers("ada", "ben", "cleo")
    call = await ada.places(ben, cleo, first_takes=True)
    await cleo.sees_states(call, "joining", "ringing", "ringing")
    await ben.answers(call)
    assert (await cleo.sees(call, over="R_TAKEN_OTHER")).over_by == ben.account
    assert await cleo.refused(HangUpAct(), call) == "N_UNKNOWN_CALL"


async def test_two_who_call_each_other_are_in_one_call(calls: CallTown) -> None:
    ada, ben = await calls.callers("ada", "ben")
    call = await ada.places(ben)
    asked = new_id()
    answer = await ben.ask(PlaceAct((ada.account,), ben.instance), new_id(), asked)
    assert (answer.call, answer.refused) == (call, "")
    await ada.sees_states(call, "joining", "joining")
    again = await ben.ask(PlaceAct((ada.account,), ben.instance), new_id(), asked)
    assert again.call == call


async def test_what_is_asked_again_is_answered_again_and_done_once(calls: CallTown) -> None:
    ada, ben, cleo = await calls.callers("ada", "ben", "cleo")
    call, placed, added = new_id(), new_id(), new_id()
    for _ in range(2):
        answer = await ada.ask(PlaceAct((ben.account,), ada.instance), call, placed)
        assert (answer.call, answer.refused) == (call, "")
    await ben.answers(call)
    for _ in range(2):
        answer = await ada.ask(AddAct((cleo.account,)), call, added)
        assert (answer.call, answer.refused) == (call, "")
    assert [action for _, action, _ in calls.audit()] == ["call.place", "call.add"]


async def test_who_holds_hears_nothing_and_the_other_music(calls: CallTown) -> None:
    ada, ben = await calls.callers("ada", "ben")
    call = await calls.talk(ada, ben)
    await ben.does(HoldAct(on=True), call)
    told = await ada.sees_when(call, lambda told: told.members[1].on_hold)
    assert told.members[0].waits
    await until(
        lambda: [one.hears for one in calls.bridge.rooms[call].members] == ["music", "nothing"]
    )


async def test_two_calls_become_one_whose_people_keep_their_legs(calls: CallTown) -> None:
    ada, ben, cleo = await calls.callers("ada", "ben", "cleo")
    first, second = await calls.talk(ada, ben), await calls.talk(ada, cleo)
    legs = {leg for call in (first, second) for m in calls.bridge.rooms[call].members[1:]
            for leg in m.legs}  # fmt: skip
    await ada.does(MergeAct(second), first)
    await cleo.sees(first)
    assert (await cleo.sees(second, over="R_REPLACED")).over_by == ada.account
    await until(lambda: second not in calls.bridge.rooms)
    assert legs <= {leg for m in calls.bridge.rooms[first].members for leg in m.legs}
    assert (ada.account, "call.merge", second) in calls.audit()


async def test_a_call_goes_over_to_another_device_of_the_person(calls: CallTown) -> None:
    ada, ben = await calls.callers("ada", "ben")
    tower = await calls.second_device(ada)
    call = await calls.talk(ada, ben)
    assert await ada.refused(HandOverAct(ben.member.device), call) == "N_NODEVICE"
    await ada.does(HandOverAct(tower.member.device), call)
    await tower.answers(call)
    await tower.has_sound(call)
    await ada.sees(call, over="R_TAKEN")
    here = {tower.member.device, ben.member.device}
    await ben.sees_when(call, lambda told: {member.device for member in told.members} == here)


async def test_a_leg_that_is_silent_is_told_and_who_brings_none_is_gone(calls: CallTown) -> None:
    ada, ben, cleo = await calls.callers("ada", "ben", "cleo")
    call = await calls.talk(ada, ben, cleo)
    (leg,) = calls.bridge.rooms[call].members[1].legs
    calls.bridge.report(leg, "silent")
    await ada.sees_states(call, "talking", "lost", "talking")
    calls.bridge.report(leg, "connected")
    await ada.sees_states(call, "talking", "talking", "talking")
    calls.bridge.report(leg, "closed")
    await ada.sees_states(call, "talking", "lost", "talking")
    calls.town.clock.now += 31
    await ada.sees_states(call, "talking", "talking")
    await ben.sees(call, over="G_LOST")


async def test_a_leg_of_another_instance_is_none(calls: CallTown) -> None:
    ada, ben = await calls.callers("ada", "ben")
    call = await ada.places(ben)
    assert await ada.refused(DescribeAct(new_id(), new_id(), "offer"), call) == "N_UNKNOWN_CALL"
    assert await ben.refused(DescribeAct(ben.instance, new_id(), "offer"), call) != ""


async def test_a_device_that_comes_back_is_told_of_its_calls(calls: CallTown) -> None:
    ada, ben = await calls.callers("ada", "ben")
    call = await calls.talk(ada, ben)
    await calls.town.leave(ben.member)
    back = await calls.comes_back(ben)
    told = await back.sees_states(call, "talking", "talking")
    assert told.members[1].instance == ben.instance
    await back.does(HangUpAct(), call)


async def test_a_blind_transfer_that_fails_rings_back(calls: CallTown) -> None:
    ada, ben, cleo = await calls.callers("ada", "ben", "cleo")
    call = await calls.talk(ada, ben)
    await ada.does(TransferAct(cleo.account), call)
    await ada.sees(call, over="G_ENDED")
    await cleo.does(DeclineAct("R_BUSY"), call)
    back = await ada.sees(call, over="")
    (rings,) = [member for member in back.members if member.account == ada.account]
    assert (rings.why_rings, rings.why) == ("transfer_back", "R_BUSY")
    assert (ada.account, "call.transfer", cleo.account) in calls.audit()
    await ada.does(DeclineAct(), call)
    end = await ben.sees(call, over="R_DECLINED")
    assert [(one.what, one.who) for one in end.news] == [("transfer_end", ada.account)]


async def test_the_audit_says_to_whom_a_call_went_who_was_asked_first(calls: CallTown) -> None:
    ada, ben, cleo = await calls.callers("ada", "ben", "cleo")
    call = await calls.talk(ada, ben)
    await ada.does(ConsultAct(cleo.account), call)
    await cleo.answers(call)
    await ada.does(JoinConsultedAct(), call)
    assert calls.audit() == [
        (ada.account, "call.place", ben.account),
        (ada.account, "call.consult", cleo.account),
        (ada.account, "call.transfer", cleo.account),
    ]


async def test_who_is_rung_by_too_many_calls_is_busy(calls: CallTown) -> None:
    ada, *others = await calls.callers("ada", *(f"caller-{n}" for n in range(MOST_CALLS + 1)))
    for one in others[:MOST_CALLS]:
        await one.places(ada)
    call = await others[-1].places(ada)
    await others[-1].sees(call, over="R_BUSY")
    placing = others[0]
    while (answer := await placing.ask(
        PlaceAct((others[1].account,), placing.instance), new_id()
    )).refused == "":  # fmt: skip
        pass
    assert answer.refused == "R_RATE"


async def test_offers_are_answered_although_the_worker_dies(calls: CallTown) -> None:
    ada, ben = await calls.callers("ada", "ben")
    call = await ada.places(ben)
    calls.bridge.broken = True
    calls.bridge.kill()
    await ada.sees(call, worker="")
    await ada.does(DescribeAct(ada.instance, new_id(), "offer"), call)
    assert (await ada.member.client.hear(LegDescribed)).answer == ""
