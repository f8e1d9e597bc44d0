"""Members with a valid device key who mean harm: to others' calls, to all calls, to the service."""

from collections.abc import Callable

from tests.service.standard_calls.ruled_calls import stored
from tests.support.callers import Caller, CallTown, change_the_store, new_id
from tests.support.members import Clock
from tui_call.service.limits import CALLS
from tui_call.service.standard_calls.call_book import MOST_CALLS
from tui_call.signaling.call_acts import (
    Act,
    AddAct,
    AnswerAct,
    CancelConsultAct,
    ConsultAct,
    DescribeAct,
    HangUpAct,
    MuteAct,
    ParkAct,
    PlaceAct,
    RecordAct,
    RetrieveAct,
)
from tui_call.signaling.messages import ActAnswered, ActInCall, AskParked, Failed, ParkedCalls
from tui_call.standard_calls.rules import MOST_PARKED


async def test_what_was_asked_before_opens_no_leg_of_somebody_else(calls: CallTown) -> None:
    ada, ben = await calls.callers("ada", "ben")
    call = await calls.talk(ada, ben)
    (leg,) = calls.bridge.rooms[call].members[0].legs
    asked = new_id()
    await ben.ask(MuteAct(on=True), call, asked)
    before = len(calls.bridge.orders)
    await ben.ask(DescribeAct(ben.instance, leg, "mine"), call, asked)
    await ben.does(MuteAct(on=False), call)
    assert not [one for one in calls.bridge.orders[before:] if getattr(one, "offer", "") == "mine"]


async def test_no_call_begins_without_an_id(calls: CallTown) -> None:
    ada, ben = await calls.callers("ada", "ben")
    number = new_id()
    answer = await ada.ask(PlaceAct((ben.account,), ada.instance), "", number)
    assert answer.refused == "N_UNKNOWN_CALL"
    await ada.places(ben)


async def test_calls_that_ring_nowhere_keep_nobody_from_calls(calls: CallTown) -> None:
    ada, ben, eve = await calls.callers("ada", "ben", "eve")
    for _ in range(MOST_CALLS):
        await eve.places(ben, ring=False)
    call = await ada.places(ben)
    await ben.answers(call)
    await ben.places(eve)


async def test_asking_first_again_and_again_rings_no_more_often_than_calling_does(
    calls: CallTown, clock: Clock
) -> None:
    ada, ben, eve = await calls.callers("ada", "ben", "eve")
    call = await calls.talk(eve, ben)
    rang = 0
    while await _is_asked(eve, ada, call):
        rang += 1
        assert rang <= CALLS.burst * 1.2
        clock.now += 0.2  # so that what acts cost is there again
        await eve.does(CancelConsultAct(), call)
    assert [row for row in calls.audit() if row[1] == "call.consult"] == [
        (eve.account, "call.consult", ada.account)
    ] * rang


async def _is_asked(one: Caller, other: Caller, call: str) -> bool:
    """Ask somebody first; tell whether it was not too often."""
    client = one.member.client
    await client.say(ActInCall(1, new_id(), ConsultAct(other.account), call))
    answer = await client.hear(ActAnswered | Failed)
    assert getattr(answer, "refused", "") == ""
    return isinstance(answer, ActAnswered)


async def test_nobody_takes_all_slots_with_calls_that_ring_nowhere(
    calls: CallTown, clock: Clock
) -> None:
    ada, ben, eve, fay = await calls.callers("ada", "ben", "eve", "fay")
    parked = [await _is_parked(eve, fay, clock) for _ in range(MOST_PARKED + 1)]
    assert parked == [""] * MOST_PARKED + ["N_OWN_SLOTS"]
    await ada.does(ParkAct(), await calls.talk(ada, ben))
    slots = await ada.member.client.ask(AskParked, ParkedCalls)
    taken = next(one for one in slots.calls if one.at.by == eve.account)
    await ada.does(RetrieveAct(taken.at.slot, ada.instance), taken.call)
    assert await _is_parked(eve, fay, clock) == ""


async def _is_parked(one: Caller, other: Caller, clock: Clock) -> str:
    """Park a call that rang nowhere; return why it is not."""
    clock.now += 1
    call = await one.places(other, ring=False)
    await other.answers(call)
    return (await one.ask(ParkAct(), call)).refused


async def test_who_left_a_call_does_not_learn_where_it_is_parked(calls: CallTown) -> None:
    ada, ben, cleo = await calls.callers("ada", "ben", "cleo")
    call = await calls.talk(ada, ben, cleo)
    asked = new_id()
    await cleo.ask(HangUpAct(), call, asked)
    slot = (await ada.ask(ParkAct(), call)).slot
    assert slot
    assert (await cleo.ask(ParkAct(), call, asked)).slot == 0


async def test_a_leg_is_of_one_call_alone(calls: CallTown) -> None:
    ada, ben, eve = await calls.callers("ada", "ben", "eve")
    call = await calls.talk(ada, ben)
    (leg,) = calls.bridge.rooms[call].members[0].legs
    own = await eve.places(ben)
    assert await eve.refused(DescribeAct(eve.instance, leg, "mine"), own) == "N_UNKNOWN_CALL"
    assert leg not in [one for member in calls.bridge.rooms[own].members for one in member.legs]


async def test_who_flips_without_end_is_told_on_ten_times_a_second_and_quick_fingers_are_let(
    calls: CallTown, clock: Clock
) -> None:
    ada, ben, cleo = await calls.callers("ada", "ben", "cleo")
    call = await calls.talk(ada, ben, cleo)
    clock.now += 10
    assert await _flips(ada, call) >= 3 * 10  # ten keys a second, for three seconds
    clock.now += 1
    assert await _flips(ada, call) <= 10
    await ben.does(MuteAct(on=True), call)


async def test_who_answers_without_end_a_call_it_is_in_is_told_on_ten_times_a_second(
    calls: CallTown, clock: Clock
) -> None:
    ada, ben, cleo = await calls.callers("ada", "ben", "cleo")
    call = await calls.talk(ada, ben, cleo)
    await _flips(ada, call)
    clock.now += 1
    assert await _flips(ada, call, lambda turn: AnswerAct(f"{turn:032x}")) <= 10


async def test_nobody_calls_by_the_id_of_a_call_that_is_over(calls: CallTown) -> None:
    ada, ben, eve = await calls.callers("ada", "ben", "eve")
    call = await calls.talk(ada, ben)
    await ada.does(AddAct((eve.account,)), call)
    await ada.does(HangUpAct(), call)
    before = calls.audit()
    for one, other in ((eve, ada), (ada, ben), (ben, ada)):
        assert await one.refused(PlaceAct((other.account,), one.instance), call) == "N_UNKNOWN_CALL"
    unheard = PlaceAct((ada.account,), eve.instance, ring=False)
    assert await eve.refused(unheard, call) == "N_UNKNOWN_CALL"
    assert calls.audit() == before
    assert stored(calls, "* FROM standard_calls") == []


async def test_an_e2ee_call_whose_leaving_was_taken_back_gives_its_two_people_its_id_again(
    calls: CallTown,
) -> None:
    ada, ben, eve = await calls.callers("ada", "ben", "eve")
    call = new_id()
    for one, other in ((ada, ben), (ben, ada)):
        await one.places(other, call=call, ring=False)
        await one.does(HangUpAct(), call)
    unheard = PlaceAct((ada.account,), eve.instance, ring=False)
    assert await eve.refused(unheard, call) == "N_UNKNOWN_CALL"
    await ada.places(ben, call=call, ring=False)
    await ben.answers(call)


async def test_what_two_record_who_give_a_call_its_id_again_in_the_same_moment_is_kept_each_time(
    calls: CallTown,
) -> None:
    ada, ben = await calls.callers("ada", "ben")
    call = new_id()
    for _ in range(2):
        await ada.places(ben, call=call, ring=False)
        await ben.answers(call)
        await ada.does(RecordAct(on=True), call)
        await ada.does(HangUpAct(), call)
    assert stored(calls, "COUNT(DISTINCT id) FROM kept") == [(2,)]


async def test_who_calls_by_the_id_of_a_call_that_was_forgotten_spoils_no_recording(
    calls: CallTown,
) -> None:
    """As of one that the backup of the store which was put back has not."""
    ada, ben = await calls.callers("ada", "ben")
    call = new_id()
    for _ in range(2):
        await ada.places(ben, call=call)
        await ben.answers(call)
        for one in (ada, ben):
            await one.has_sound(call)
        await ada.sees_states(call, "talking", "talking")
        await ada.does(RecordAct(on=True), call)
        await ada.does(HangUpAct(), call)
        await change_the_store(calls, f"DELETE FROM audit WHERE subject = '{call}'")
    assert stored(calls, "COUNT(DISTINCT id) FROM kept") == [(2,)]


async def test_who_asks_without_end_what_is_parked_pays_as_for_a_search(
    calls: CallTown, clock: Clock
) -> None:
    (ada,) = await calls.callers("ada")
    clock.now += 10
    client = ada.member.client
    for number in range(21):
        await client.say(AskParked(number))
    assert (await client.hear(Failed)).code == "rate"


def _mutes(turn: int) -> Act:
    return MuteAct(on=turn % 2 == 0)


async def _flips(one: Caller, call: str, act: Callable[[int], Act] = _mutes) -> int:
    """Press a key faster than anybody can; return how often that was done."""
    client = one.member.client
    before = len(client.heard)
    for turn in range(45):
        await client.say(ActInCall(0, new_id(), act(turn), call))
    last = await client.ask(
        lambda number: ActInCall(number, new_id(), MuteAct(on=True), call), Failed
    )
    assert last.code == "rate"
    return sum(isinstance(message, ActAnswered) for message in client.heard[before:])
