"""Few invites are answered and little is told of them, whatever strangers do."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tui_call.calls.admission_limits import (
    ABANDONED_TOLD_AT,
    ABANDONED_WITHIN,
    KEPT_FOR_KNOWN,
    MINUTE,
    MOST_A_MINUTE,
    MOST_A_MINUTE_OF_ONE,
    MOST_CALL_IDS,
    MOST_HALF_OPEN,
    MOST_STRANGERS_TOLD,
    TOLD_EVERY,
    AdmissionLimits,
    Caller,
    NoticeLimits,
)

ADA = Caller("ada@home", known=True)


def stranger(number: int = 0) -> Caller:
    return Caller(f"mallory{number}@home", known=False)


def contact(number: int) -> Caller:
    return Caller(f"friend{number}@home", known=True)


def call_id(number: int) -> bytes:
    return number.to_bytes(16, "big")


def test_a_call_id_is_answered_once() -> None:
    limits = AdmissionLimits()
    assert not limits.has_seen(call_id(1))
    assert limits.admit(call_id(1), ADA, [], 0.0)
    assert limits.has_seen(call_id(1))
    assert not limits.admit(call_id(1), ADA, [], 10 * MINUTE)


def test_the_newest_call_ids_are_remembered_and_use_keeps_them() -> None:
    limits = AdmissionLimits()
    for number in range(MOST_CALL_IDS):
        assert limits.admit(call_id(number), ADA, [], number * MINUTE)
    assert limits.has_seen(call_id(0))
    assert limits.admit(call_id(MOST_CALL_IDS), ADA, [], MOST_CALL_IDS * MINUTE)

    assert limits.has_seen(call_id(0))
    assert not limits.has_seen(call_id(1))
    assert limits.has_seen(call_id(2))


def test_what_is_not_answered_is_not_counted() -> None:
    limits = AdmissionLimits()
    for number in range(100):
        assert not limits.admit(call_id(number), ADA, [ADA], 0.0)
    assert not limits.has_seen(call_id(0))
    assert limits.admit(call_id(0), ADA, [], 0.0)


def test_strangers_leave_half_of_the_places_to_those_who_are_known() -> None:
    limits = AdmissionLimits()
    half_open: list[Caller] = []
    for number, caller in enumerate([*map(stranger, range(40)), *map(contact, range(40))]):
        if limits.admit(call_id(number), caller, half_open, 30.0 * number):
            half_open.append(caller)

    assert Counter(caller.known for caller in half_open) == {
        False: MOST_HALF_OPEN - KEPT_FOR_KNOWN,
        True: KEPT_FOR_KNOWN,
    }


def test_those_who_are_known_may_take_every_place() -> None:
    half_open = [contact(number) for number in range(MOST_HALF_OPEN - 1)]
    assert AdmissionLimits().admit(call_id(0), stranger(), half_open, 0.0)
    half_open.append(contact(MOST_HALF_OPEN))
    assert not AdmissionLimits().admit(call_id(0), stranger(), half_open, 0.0)
    assert not AdmissionLimits().admit(call_id(0), ADA, half_open, 0.0)


def test_strangers_leave_some_answers_of_a_minute_to_those_who_are_known() -> None:
    limits = AdmissionLimits()
    callers = [*map(stranger, range(60)), *map(contact, range(60))]
    answered = Counter(caller.known for caller in callers if limits.take_answer(caller, 0.0))
    assert answered == {False: MOST_A_MINUTE - KEPT_FOR_KNOWN, True: KEPT_FOR_KNOWN}

    assert not limits.admit(call_id(0), ADA, [], MINUTE - 0.1)
    assert limits.admit(call_id(0), ADA, [], MINUTE)


def test_refusals_and_answers_count_together() -> None:
    limits = AdmissionLimits()
    for number in range(MOST_A_MINUTE_OF_ONE):
        answered = number % 2
        assert (
            limits.admit(call_id(number), ADA, [], 0.0)
            if answered
            else limits.take_answer(ADA, 0.0)
        )
    assert not limits.take_answer(ADA, MINUTE - 0.1)
    assert limits.take_answer(stranger(), MINUTE - 0.1)
    assert limits.take_answer(ADA, MINUTE)


def test_three_that_led_to_nothing_within_ten_minutes_are_told_once_an_hour() -> None:
    limits = AdmissionLimits()
    told = [limits.abandoned(now) for now in (0.0, 1.0, ABANDONED_WITHIN, ABANDONED_WITHIN + 0.5)]
    assert told == [0, 0, 0, ABANDONED_TOLD_AT]

    since = ABANDONED_WITHIN + 0.5
    assert not any(limits.abandoned(since + second) for second in range(1, 3500))
    assert limits.abandoned(since + TOLD_EVERY) > ABANDONED_TOLD_AT


def test_a_few_far_apart_are_not_worth_a_word() -> None:
    limits = AdmissionLimits()
    assert not any(limits.abandoned(hour * ABANDONED_WITHIN / 2) for hour in range(50))


class AnyInvites(RuleBasedStateMachine):
    """Invites of anybody at any time; those that are answered wait for M3 for a while."""

    def __init__(self) -> None:
        super().__init__()
        self.limits = AdmissionLimits()
        self.now = 0.0
        self.number = 0
        self.half_open: dict[bytes, Caller] = {}
        self.answers: list[tuple[float, Caller]] = []
        self.answered_ids: set[bytes] = set()

    @rule(seconds=st.sampled_from([0.0, 0.1, 1.0, 5.0, 20.0, 61.0]))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @rule(
        who=st.integers(0, 50),
        known=st.booleans(),
        times=st.integers(1, 12),
        again=st.booleans(),
    )
    def invites_arrive(self, who: int, known: bool, times: int, again: bool) -> None:
        for each in range(times):
            caller = (contact if known else stranger)(who + (each if times > 6 else 0))
            self.number += not again
            self.arrives(call_id(self.number), caller)

    def arrives(self, own_id: bytes, caller: Caller) -> None:
        if self.limits.admit(own_id, caller, list(self.half_open.values()), self.now):
            assert own_id not in self.answered_ids
            self.answered_ids.add(own_id)
            self.half_open[own_id] = caller
            self.answers.append((self.now, caller))

    @rule(who=st.integers(0, 50))
    def is_refused(self, who: int) -> None:
        if self.limits.take_answer(stranger(who), self.now):
            self.answers.append((self.now, stranger(who)))

    @rule(share=st.floats(0, 1))
    def some_end(self, share: float) -> None:
        for own_id in list(self.half_open)[: round(share * len(self.half_open))]:
            del self.half_open[own_id]

    def recent(self) -> list[Caller]:
        return [caller for at, caller in self.answers if at > self.now - MINUTE]

    @invariant()
    def places_and_shares_hold(self) -> None:
        waiting = list(self.half_open.values())
        strangers = sum(not caller.known for caller in waiting)
        assert len(waiting) <= MOST_HALF_OPEN
        assert strangers <= MOST_HALF_OPEN - KEPT_FOR_KNOWN
        assert len({caller.account for caller in waiting}) == len(waiting)
        recent = self.recent()
        assert len(recent) <= MOST_A_MINUTE
        assert sum(not caller.known for caller in recent) <= MOST_A_MINUTE - KEPT_FOR_KNOWN
        assert max(Counter(recent).values(), default=0) <= MOST_A_MINUTE_OF_ONE

    @invariant()
    def an_honest_contact_gets_an_answer_when_there_is_a_share(self) -> None:
        recent = self.recent()
        waiting = list(self.half_open.values())
        share = len(recent) < MOST_A_MINUTE and recent.count(ADA) < MOST_A_MINUTE_OF_ONE
        if share and len(waiting) < MOST_HALF_OPEN:
            self.number += 1
            assert self.limits.admit(call_id(self.number), ADA, waiting, self.now)
            self.answers.append((self.now, ADA))
            self.answered_ids.add(call_id(self.number))


AnyInvites.TestCase.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
TestAnyInvites = AnyInvites.TestCase


# What the person is told


def test_one_sentence_about_one_account_an_hour() -> None:
    notices = NoticeLimits()
    assert notices.may_tell("R_UNKNOWN", ADA, 0.0)
    assert not notices.may_tell("R_UNKNOWN", ADA, TOLD_EVERY - 1)
    assert notices.may_tell("R_CODES_MARK", ADA, TOLD_EVERY - 1)
    assert notices.may_tell("R_UNKNOWN", ADA, TOLD_EVERY)


@pytest.mark.parametrize("code", ["R_UNKNOWN", "R_NO_STANDARD"])
def test_a_crowd_of_strangers_is_told_of_a_few_and_leaves_those_who_are_known(code: str) -> None:
    notices = NoticeLimits()
    told = [notices.may_tell(code, stranger(number), number) for number in range(500)]
    assert told.count(True) == MOST_STRANGERS_TOLD
    assert notices.may_tell(code, ADA, 500)
    assert not notices.may_tell(code, stranger(600), TOLD_EVERY - 1)
    assert notices.may_tell(code, stranger(601), TOLD_EVERY)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["R_UNKNOWN", "R_CODES_MARK", "R_NO_STANDARD"]),
            st.integers(0, 40),
            st.floats(0, 900),
        ),
        max_size=200,
    )
)
def test_the_lines_of_an_hour_are_bounded(said: list[tuple[str, int, float]]) -> None:
    notices, now = NoticeLimits(), 0.0
    told: list[tuple[float, str]] = []
    for code, number, seconds in said:
        now += seconds
        if notices.may_tell(code, stranger(number), now):
            told.append((now, stranger(number).account))
    for at, _ in told:
        within = [account for other, account in told if at <= other < at + TOLD_EVERY]
        # a window that begins in the middle of one hour of counting reaches into the next
        assert len(set(within)) <= 2 * MOST_STRANGERS_TOLD
        assert max(Counter(within).values()) <= 3
