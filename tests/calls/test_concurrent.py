"""Several calls of one person: what is in front, held, waiting, and refused."""

from dataclasses import replace

import pytest

from tests.calls.several_calls import (
    ADA,
    BOB,
    CLEO,
    DAN,
    ENGINE,
    FIVE,
    FOUR,
    NOBODY,
    ONE,
    PERSON,
    PHONE,
    THREE,
    TWO,
    agreed,
    comes,
    invited,
    number,
    over,
    own,
)
from tui_call.calls.concurrent import MOST_ON, MOST_WAITING, SETTLES_AFTER, ConcurrentCalls, OnCall
from tui_call.calls.concurrent_events import (
    AnswerCall,
    AnswerWanted,
    CallerProven,
    CallMoved,
    CallOver,
    CallPlaced,
    CallWaits,
    CameToFront,
    DeclineWanted,
    EndCall,
    EndWanted,
    Event,
    GiveUp,
    HoldCall,
    HoldWanted,
    OrderRefused,
    SwapWanted,
    Why,
)
from tui_call.reasons import EndReason


def after(*events: Event) -> ConcurrentCalls:
    calls = ConcurrentCalls()
    for event in events:
        calls.handle(event, 0.0)
    return calls


def in_two_calls() -> ConcurrentCalls:
    """Return Ada held, and Bob in front."""
    return after(CallPlaced(ONE, ADA), CallPlaced(TWO, BOB))


def refusal(calls: ConcurrentCalls, event: Event, now: float = 0.0) -> Why:
    before = (calls.on, calls.asking)
    with pytest.raises(OrderRefused) as refused:
        calls.handle(event, now)
    assert (calls.on, calls.asking) == before
    return refused.value.why


# A call that comes in


def test_without_a_call_it_rings() -> None:
    calls = ConcurrentCalls()
    assert calls.handle(comes(ONE, ADA), 0.0) == [CameToFront(ONE)]
    assert (calls.front, calls.heard, calls.waiting) == (ONE, None, ())


def test_beside_a_call_two_wait_and_the_third_is_told_busy() -> None:
    calls = after(CallPlaced(ONE, ADA))
    assert calls.handle(comes(TWO, BOB), 0.0) == [CallWaits(TWO)]
    assert calls.handle(comes(THREE, CLEO), 0.0) == [CallWaits(THREE)]
    assert calls.handle(comes(FOUR, DAN), 0.0) == [EndCall(FOUR, EndReason.BUSY)]
    assert calls.ids == (ONE, TWO, THREE)
    assert (calls.waiting, calls.heard) == ((TWO, THREE), ONE)


def test_beside_one_that_rings_two_wait_too() -> None:
    calls = after(*(comes(number(n), f"{n}@home") for n in range(1, MOST_WAITING + 2)))
    assert calls.waiting == (TWO, THREE)
    assert calls.handle(comes(FOUR, DAN), 0.0) == [EndCall(FOUR, EndReason.BUSY)]


def test_who_does_not_want_to_be_disturbed_is_not() -> None:
    busy = after(CallPlaced(ONE, ADA))
    for calls in (ConcurrentCalls(), busy):
        event = comes(TWO, BOB, attendance=NOBODY)
        assert calls.handle(event, 0.0) == [EndCall(TWO, EndReason.DO_NOT_DISTURB)]


def test_an_engine_that_answers_by_itself_takes_one_and_lets_nobody_wait() -> None:
    calls = ConcurrentCalls()
    event = comes(ONE, ADA, attendance=ENGINE)
    assert calls.handle(event, 0.0) == [AnswerCall(ONE), CameToFront(ONE)]
    event = comes(TWO, BOB, attendance=ENGINE)
    assert calls.handle(event, 0.0) == [EndCall(TWO, EndReason.BUSY)]


def test_the_one_that_waits_rings_when_no_call_is_left() -> None:
    calls = after(CallPlaced(ONE, ADA), comes(TWO, BOB), comes(THREE, CLEO))
    assert calls.handle(over(ONE), 0.0) == [CameToFront(TWO)]
    assert (calls.on, calls.waiting) == ((), (THREE,))


# Answering and declining


def test_answering_holds_the_one_in_front_or_ends_it() -> None:
    calls = after(CallPlaced(ONE, ADA), comes(TWO, BOB))
    assert calls.handle(AnswerWanted(), 0.0) == [
        HoldCall(ONE, on=True), AnswerCall(TWO), CameToFront(TWO)
    ]  # fmt: skip
    assert (calls.heard, calls.ids) == (TWO, (TWO, ONE))
    calls = after(CallPlaced(ONE, ADA), comes(TWO, BOB))
    assert calls.handle(AnswerWanted(TWO, end=True), 0.0) == [
        EndCall(ONE, EndReason.HUNG_UP), AnswerCall(TWO), CameToFront(TWO)
    ]  # fmt: skip
    assert calls.ids == (TWO,)
    assert calls.handle(over(ONE), 0.0) == []


def test_answering_without_another_call_needs_no_choice() -> None:
    for end in (False, True):
        effects = after(comes(ONE, ADA)).handle(AnswerWanted(end=end, muted=True), 0.0)
        assert effects == [AnswerCall(ONE, muted=True)]


def test_the_one_that_rings_waits_when_another_one_is_answered() -> None:
    calls = after(comes(ONE, ADA), comes(TWO, BOB))
    assert calls.handle(AnswerWanted(TWO), 0.0) == [AnswerCall(TWO), CameToFront(TWO)]
    assert (calls.heard, calls.waiting) == (TWO, (ONE,))


def test_declining_is_for_one_that_asks() -> None:
    calls = after(CallPlaced(ONE, ADA))
    assert refusal(calls, DeclineWanted()) is refusal(calls, AnswerWanted()) is Why.NOT_ASKING
    assert refusal(calls, DeclineWanted(ONE)) is Why.NOT_ASKING
    assert refusal(calls, DeclineWanted(TWO)) is Why.UNKNOWN
    calls.handle(comes(TWO, BOB), 0.0)
    calls.handle(comes(THREE, CLEO), 0.0)
    assert calls.handle(DeclineWanted(), 0.0) == [EndCall(TWO, EndReason.DECLINED)]
    assert calls.handle(DeclineWanted(THREE), 0.0) == [EndCall(THREE, EndReason.DECLINED)]
    assert refusal(calls, AnswerWanted(number(9))) is Why.UNKNOWN


# Placing, swapping, holding


def test_placing_holds_the_one_in_front() -> None:
    calls = after(CallPlaced(ONE, ADA))
    assert calls.handle(CallPlaced(TWO, BOB), 0.0) == [HoldCall(ONE, on=True), CameToFront(TWO)]
    assert calls.on == (OnCall(TWO, BOB), OnCall(ONE, ADA, held=True))


def test_nobody_is_called_twice_or_while_a_call_rings() -> None:
    assert refusal(after(CallPlaced(ONE, ADA)), CallPlaced(TWO, ADA)) is Why.SAME_PERSON
    waiting = after(CallPlaced(ONE, ADA), comes(TWO, BOB))
    assert refusal(waiting, CallPlaced(THREE, BOB)) is Why.SAME_PERSON
    of_three = after(CallPlaced(ONE, ADA))
    assert refusal(of_three, CallPlaced(TWO, BOB, frozenset((ADA, BOB)))) is Why.SAME_PERSON
    assert refusal(after(comes(ONE, ADA)), CallPlaced(TWO, BOB)) is Why.RINGS


def test_there_is_a_most() -> None:
    calls = after(*(CallPlaced(number(n), f"{n}@home") for n in range(MOST_ON)))
    assert refusal(calls, CallPlaced(number(99), ADA)) is Why.TOO_MANY
    calls.handle(comes(number(99), ADA), 0.0)
    assert refusal(calls, AnswerWanted()) is Why.TOO_MANY
    calls.handle(AnswerWanted(end=True), 0.0)
    assert calls.heard == number(99)


def test_swapping_holds_one_and_resumes_the_other() -> None:
    calls = in_two_calls()
    assert calls.handle(SwapWanted(), 0.0) == [
        HoldCall(TWO, on=True), HoldCall(ONE, on=False), CameToFront(ONE)
    ]  # fmt: skip
    assert calls.on == (OnCall(ONE, ADA), OnCall(TWO, BOB, held=True))
    assert calls.handle(HoldWanted(), 0.0) == [HoldCall(ONE, on=True)]
    assert calls.heard is None
    assert calls.handle(SwapWanted(TWO), 0.0) == [HoldCall(TWO, on=False), CameToFront(TWO)]
    assert calls.on == (OnCall(TWO, BOB), OnCall(ONE, ADA, held=True))


def test_swapping_needs_to_know_with_which() -> None:
    calls = after(CallPlaced(ONE, ADA), comes(FOUR, DAN))
    assert refusal(calls, SwapWanted()) is Why.NO_OTHER
    assert refusal(ConcurrentCalls(), SwapWanted()) is Why.NO_OTHER
    assert refusal(calls, SwapWanted(ONE)) is Why.IN_FRONT
    assert refusal(calls, SwapWanted(FOUR)) is Why.NOT_ANSWERED
    assert refusal(calls, SwapWanted(FIVE)) is Why.UNKNOWN
    for call_id, account in ((TWO, BOB), (THREE, CLEO)):
        calls.handle(CallPlaced(call_id, account), 0.0)
    assert refusal(calls, SwapWanted()) is Why.SEVERAL
    calls.handle(SwapWanted(ONE), 0.0)
    assert [call.id for call in calls.on] == [ONE, THREE, TWO]


def test_holding_is_for_the_one_in_front_and_resuming_another_swaps() -> None:
    calls = in_two_calls()
    assert calls.handle(HoldWanted(on=True), 0.0) == [HoldCall(TWO, on=True)]
    assert calls.handle(HoldWanted(TWO), 0.0) == [HoldCall(TWO, on=False)]
    assert calls.handle(HoldWanted(ONE, on=True), 0.0) == []
    assert calls.handle(HoldWanted(ONE), 0.0) == [
        HoldCall(TWO, on=True), HoldCall(ONE, on=False), CameToFront(ONE)
    ]  # fmt: skip
    assert refusal(ConcurrentCalls(), HoldWanted()) is Why.NO_CALL
    assert refusal(after(comes(ONE, ADA)), HoldWanted()) is Why.NOT_ANSWERED
    assert refusal(calls, HoldWanted(FIVE)) is Why.UNKNOWN


# Ending


def test_a_call_that_goes_on_with_others_or_under_another_id_keeps_its_place() -> None:
    calls = in_two_calls()
    assert calls.handle(CallMoved(ONE, ONE, CLEO), 0.0) == []
    assert calls.with_account(CLEO) == (ONE,)
    assert calls.handle(CallMoved(TWO, THREE, BOB), 0.0) == [CameToFront(THREE)]
    assert calls.on == (OnCall(THREE, BOB), OnCall(ONE, CLEO, held=True))
    assert calls.handle(CallPlaced(FOUR, ADA), 0.0) == [HoldCall(THREE, on=True), CameToFront(FOUR)]


def test_a_call_that_was_answered_asks_no_more_whatever_became_of_its_id() -> None:
    calls = after(comes(ONE, ADA), AnswerWanted(ONE), CallMoved(ONE, TWO, ADA))
    assert calls.handle(over(TWO, spoke=False), 0.0) == [CameToFront(None)]
    assert calls.ids == ()


def test_who_is_held_stays_held_when_the_one_in_front_ends() -> None:
    calls = in_two_calls()
    assert calls.handle(EndWanted(), 0.0) == [EndCall(TWO, EndReason.HUNG_UP)]
    assert calls.handle(over(TWO), 0.0) == [CameToFront(ONE)]
    assert (calls.front, calls.heard) == (ONE, None)


def test_ending_twice_quickly_does_not_end_the_next_one() -> None:
    calls = in_two_calls()
    calls.handle(over(TWO), 10.0)
    assert refusal(calls, EndWanted(), 10.0) is Why.JUST_CAME
    assert refusal(calls, EndWanted(TWO), 10.0) is Why.UNKNOWN
    assert calls.handle(EndWanted(ONE), 10.0) == [EndCall(ONE, EndReason.HUNG_UP)]
    assert calls.handle(EndWanted(), 10.0 + SETTLES_AFTER) == [EndCall(ONE, EndReason.HUNG_UP)]


def test_what_was_ordered_of_the_call_before_is_not_done_to_the_next_one() -> None:
    calls = in_two_calls()
    calls.handle(over(TWO), 10.0)
    for on in (None, True, False):
        assert refusal(calls, HoldWanted(on=on), 10.0 + SETTLES_AFTER / 2) is Why.JUST_CAME
    assert calls.handle(HoldWanted(ONE, on=False), 10.0) == [HoldCall(ONE, on=False)]
    assert calls.handle(HoldWanted(), 10.0 + SETTLES_AFTER) == [HoldCall(ONE, on=True)]


def test_an_answer_is_for_the_caller_that_the_person_has_seen() -> None:
    calls = after(CallPlaced(ONE, ADA), comes(TWO, BOB), comes(THREE, CLEO))
    calls.handle(over(TWO, spoke=False), 10.0)
    assert refusal(calls, AnswerWanted(), 10.0) is Why.OTHER_ASKS
    assert refusal(calls, DeclineWanted(), 10.0) is Why.OTHER_ASKS
    assert calls.handle(DeclineWanted(THREE), 10.0) == [EndCall(THREE, EndReason.DECLINED)]
    later = 10.0 + SETTLES_AFTER
    assert calls.handle(DeclineWanted(), later) == [EndCall(THREE, EndReason.DECLINED)]


def test_ending_twice_quickly_ends_one_of_two_calls_with_one_person() -> None:
    other_device = CallerProven(invited(TWO, ADA, PHONE), (agreed(ONE, ADA),), PERSON)
    calls = after(CallPlaced(ONE, ADA), other_device, AnswerWanted())
    calls.handle(over(TWO), 10.0)
    assert refusal(calls, EndWanted(), 10.0) is Why.JUST_CAME


def test_one_that_the_person_chose_meanwhile_can_be_ended_at_once() -> None:
    calls = after(CallPlaced(ONE, ADA), CallPlaced(TWO, BOB), CallPlaced(THREE, CLEO))
    calls.handle(over(THREE), 10.0)
    calls.handle(SwapWanted(ONE), 10.1)
    assert calls.handle(EndWanted(), 10.2) == [EndCall(ONE, EndReason.HUNG_UP)]


@pytest.mark.parametrize("before", [[], [CallPlaced(TWO, ADA)]])
def test_a_call_that_rings_in_place_of_none_or_of_the_same_person_can_be_ended_at_once(
    before: list[Event],
) -> None:
    rivals = [replace(own(TWO, ADA), pinned_before=False)] if before else []
    calls = after(*before, comes(ONE, ADA, *rivals))
    assert calls.handle(EndWanted(), 0.0) == [EndCall(ONE, EndReason.DECLINED)]


def test_there_is_nothing_to_end_without_a_call() -> None:
    assert refusal(ConcurrentCalls(), EndWanted()) is Why.NO_CALL
    assert after().handle(over(ONE), 0.0) == []


# Calls with the same person


def test_crossing_calls_are_joined_in_the_place_of_the_own_one() -> None:
    calls = after(CallPlaced(TWO, BOB))
    assert calls.handle(comes(ONE, BOB, own(TWO, BOB)), 0.0) == [
        GiveUp(TWO),
        EndCall(TWO, EndReason.TAKEN),
        AnswerCall(ONE, instead_of=TWO),
        CameToFront(ONE),
    ]
    assert calls.on == (OnCall(ONE, BOB),)


def test_calls_that_cross_behind_another_one_are_joined_on_hold() -> None:
    calls = after(CallPlaced(TWO, BOB), CallPlaced(THREE, CLEO))
    effects = calls.handle(comes(ONE, BOB, own(TWO, BOB)), 0.0)
    assert effects[2:] == [AnswerCall(ONE, instead_of=TWO), HoldCall(ONE, on=True)]
    assert calls.on == (OnCall(THREE, CLEO), OnCall(ONE, BOB, held=True))


def test_a_call_that_is_given_up_asks_again_if_the_other_came_to_nothing() -> None:
    calls = after(CallPlaced(ONE, BOB))
    assert calls.handle(comes(TWO, BOB, own(ONE, BOB)), 0.0) == [GiveUp(TWO)]
    assert calls.ids == (ONE,)
    assert calls.handle(over(THREE, spoke=False), 0.0) == []
    assert calls.handle(over(ONE, spoke=False), 0.0) == [GiveUp(TWO, on=False), CameToFront(TWO)]
    assert calls.asking == (TWO,)


@pytest.mark.parametrize("ending", [over(ONE), over(TWO, spoke=False)])
def test_a_call_that_is_given_up_for_one_in_which_people_spoke_never_rings(
    ending: CallOver,
) -> None:
    calls = after(CallPlaced(ONE, BOB), comes(TWO, BOB, own(ONE, BOB)))
    assert CameToFront(TWO) not in calls.handle(ending, 0.0)
    assert TWO not in calls.ids


def test_who_calls_again_takes_the_place_of_the_call_that_is_forgotten_there() -> None:
    calls = after(CallPlaced(ONE, ADA), CallPlaced(TWO, BOB))
    assert calls.handle(comes(THREE, BOB, agreed(TWO, BOB)), 0.0) == [
        EndCall(TWO, EndReason.REPLACED), CallWaits(THREE), CameToFront(ONE)
    ]  # fmt: skip
    assert (calls.front, calls.heard, calls.waiting) == (ONE, None, (THREE,))
    calls = after(CallPlaced(ONE, ADA), comes(TWO, CLEO))
    effects = calls.handle(comes(THREE, ADA, agreed(ONE, ADA)), 0.0)
    assert effects == [EndCall(ONE, EndReason.REPLACED), CameToFront(THREE)]
    assert calls.asking == (THREE, TWO)


def test_who_asks_anew_keeps_the_place_even_for_who_is_not_to_be_disturbed() -> None:
    rings = replace(agreed(TWO, BOB), agreed=False)
    calls = after(comes(ONE, ADA), comes(TWO, BOB), comes(THREE, CLEO))
    effects = calls.handle(comes(FOUR, BOB, rings, attendance=NOBODY), 0.0)
    assert effects == [EndCall(TWO, EndReason.REPLACED), CallWaits(FOUR)]
    assert calls.asking == (ONE, FOUR, THREE)


def test_another_device_of_somebody_waits_and_another_key_is_told_busy() -> None:
    calls = after(CallPlaced(ONE, ADA))
    phone = CallerProven(invited(TWO, ADA, PHONE), (agreed(ONE, ADA),), PERSON)
    assert calls.handle(phone, 0.0) == [CallWaits(TWO)]
    assert calls.with_account(ADA) == (ONE, TWO)
    other_key = replace(invited(THREE, ADA), identity_key=b"\x02" * 32)
    event = CallerProven(other_key, (agreed(ONE, ADA),), PERSON)
    assert calls.handle(event, 0.0) == [EndCall(THREE, EndReason.BUSY)]
