"""How what an engine says is told: numbered, bounded, and closed."""

from itertools import count
from math import isfinite

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_call.signaling.tap_messages import Spoken, encode_line, from_tap_decoder
from tui_call.signaling.vocabulary import MOST_SPOKEN
from tui_call.tap.speech.recogniser import Heard, agreed
from tui_call.tap.speech.utterances import MOST_A_SECOND, Utterances


@pytest.fixture
def utterances() -> Utterances:
    return Utterances("room", 3, count(1).__next__)


def heard(text: str, *, final: bool = False, stable: int = 0) -> Heard:
    return Heard(text, stable, 5.0, 6.0, final)


def told(spoken: Spoken | None) -> tuple[int, int, str, bool]:
    assert spoken is not None
    return spoken.utterance, spoken.revision, spoken.text, spoken.final


def test_partials_are_revisions_of_one_utterance_until_its_final(utterances: Utterances) -> None:
    assert told(utterances.take(heard("It"), 1.0)) == (1, 1, "It", False)
    assert told(utterances.take(heard("It was"), 2.0)) == (1, 2, "It was", False)
    assert utterances.take(heard("It was"), 3.0) is None  # nothing new
    assert told(utterances.take(heard("It was", stable=6), 3.5)) == (1, 3, "It was", False)
    assert told(utterances.take(heard("It was.", final=True), 4.0)) == (1, 4, "It was.", True)
    assert told(utterances.take(heard("And"), 5.0)) == (2, 1, "And", False)


def test_a_final_without_words_closes_what_was_shown_and_is_nothing_else(
    utterances: Utterances,
) -> None:
    assert utterances.take(heard("", final=True), 1.0) is None
    utterances.take(heard("You"), 2.0)
    assert told(utterances.take(heard("", final=True), 3.0)) == (1, 2, "", True)


def test_what_an_engine_does_not_finish_is_closed_as_it_is(utterances: Utterances) -> None:
    assert utterances.give_up(1.0) is None
    utterances.take(heard("It was", stable=2), 1.0)
    assert told(utterances.give_up(2.0)) == (1, 2, "It was", True)
    assert utterances.give_up(3.0) is None


def test_a_flood_is_told_five_times_a_second_and_its_end_always(utterances: Utterances) -> None:
    now, count_told = 10.0, 0
    for n in range(1000):
        now += 0.001
        count_told += utterances.take(heard(f"word {n}"), now) is not None
    assert count_told == MOST_A_SECOND
    assert told(utterances.take(heard("the end", final=True), now))[2:] == ("the end", True)


def test_an_engine_that_was_late_may_say_all_that_was_said_at_once(utterances: Utterances) -> None:
    late = [Heard(f"line {n}", 0, float(n), n + 0.8, final=True) for n in range(20)]
    assert all(utterances.take(one, 30.0) for one in late)
    again = (utterances.take(late[n % 20], 30.0) for n in range(1000))
    assert list(again) == [None] * 1000


@given(
    text=st.text(max_size=60) | st.just("word \x1b[31m" * 20_000),
    stable=st.integers(-(10**6), 10**6),
    times=st.tuples(st.floats(), st.floats()),
    final=st.booleans(),
)
def test_whatever_an_engine_says_can_be_told(
    text: str, stable: int, times: tuple[float, float], final: bool
) -> None:
    utterances = Utterances("room", 3, count(1).__next__)
    spoken = utterances.take(Heard(text, stable, *times, final), 1.0)
    if spoken is not None:
        assert spoken.text
        assert len(spoken.text) <= MOST_SPOKEN
        assert spoken.text.isprintable()
        assert 0 <= spoken.stable <= len(spoken.text)
        assert spoken.began <= spoken.ended
        assert from_tap_decoder.decode(encode_line(spoken)) == spoken
        assert isfinite(spoken.ended - spoken.began)


@pytest.mark.parametrize(
    ("earlier", "later", "stays"),
    [
        ("", "It", ""),
        ("It was the", "It was the best", "It was the"),
        ("It was the bet", "It was the best of", "It was the"),
        ("That was", "It was", ""),
        ("It was the best", "It was", "It was"),
    ],
)
def test_stable_is_what_two_hypotheses_agree_on(earlier: str, later: str, stays: str) -> None:
    assert later[: agreed(earlier, later)] == stays
