"""Calls that a person knew of, and that have no place any more: an order for one is too late."""

from dataclasses import replace

import pytest

from tests.calls.several_calls import ADA, BOB, NOBODY, ONE, THREE, TWO, agreed, comes, number, over
from tests.calls.test_concurrent import after
from tui_call.calls.concurrent import MOST_PAST
from tui_call.calls.concurrent_events import AnswerWanted, CallMoved, CallPlaced, Event


@pytest.mark.parametrize(
    ("was", "leaves"),
    [
        (CallPlaced(ONE, ADA), over(ONE)),
        (CallPlaced(ONE, ADA), AnswerWanted(TWO, end=True)),
        (comes(ONE, ADA), over(ONE, spoke=False)),
        (comes(ONE, ADA), comes(THREE, ADA, replace(agreed(ONE, ADA), agreed=False))),
        (CallPlaced(ONE, ADA), CallMoved(ONE, THREE, ADA)),
    ],
)
def test_what_has_no_place_any_more_is_of_the_past(was: Event, leaves: Event) -> None:
    calls = after(was, comes(TWO, BOB))
    assert list(calls.past) == []
    calls.handle(leaves, 0.0)
    assert ONE not in calls.ids
    assert list(calls.past) == [ONE]


def test_what_never_had_a_place_is_not_of_the_past() -> None:
    calls = after(CallPlaced(ONE, ADA), comes(TWO, BOB, attendance=NOBODY), over(TWO, spoke=False))
    assert list(calls.past) == []


def test_of_the_calls_of_the_past_the_last_ones_are_known() -> None:
    calls = after()
    for value in range(1, MOST_PAST + 3):
        calls.handle(CallPlaced(number(value), ADA), 0.0)
        calls.handle(over(number(value)), 0.0)
    assert list(calls.past) == [number(value) for value in range(3, MOST_PAST + 3)]
