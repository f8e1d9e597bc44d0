"""Who is decoded next; time is virtual."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_call.tap.speech.schedule import LEAST_INTERVAL, MOST_WAITING, Schedule, Turn


def test_nobody_is_decoded_before_there_is_something_to_understand() -> None:
    schedule = Schedule()
    assert schedule.seconds_until_due(0.0) is None
    schedule.begins(1, 10.0)
    assert schedule.next(10.0) is None
    wait = schedule.seconds_until_due(10.0)
    assert wait == pytest.approx(LEAST_INTERVAL)
    assert schedule.next(10.0 + wait / 2) is None
    assert schedule.next(10.0 + wait + 1e-9) == Turn(1, final=False)


def test_finals_go_before_partials_in_their_order() -> None:
    schedule = Schedule()
    for utterance in (1, 2, 3):
        schedule.begins(utterance, 0.0)
    schedule.ends(3, 2.0)
    schedule.ends(1, 2.0)
    assert schedule.seconds_until_due(100.0) == 0.0
    assert [schedule.next(100.0) for _ in range(3)] == [
        Turn(3, final=True), Turn(1, final=True), Turn(2, final=False)
    ]  # fmt: skip


def test_of_four_who_speak_the_one_served_longest_ago_is_next_and_nobody_twice_too_soon() -> None:
    schedule, now = Schedule(), 0.0
    for speaker in range(4):
        schedule.begins(speaker, speaker / 100)
    served: list[int] = []
    times: dict[int, list[float]] = {speaker: [] for speaker in range(4)}
    while now < 30.0:
        turn = schedule.next(now)
        if turn is None:
            wait = schedule.seconds_until_due(now)
            assert wait is not None
            now += max(wait, 0.001)
            continue
        now += 0.2
        schedule.decoding_took(0.2)
        schedule.had_its_turn(turn.utterance, now, shown=True)
        served.append(turn.utterance)
        times[turn.utterance].append(now)
    assert served[:8] == [0, 1, 2, 3, 0, 1, 2, 3]
    gaps = [b - a for each in times.values() for a, b in pairwise(each)]
    assert min(gaps) >= 2 * 0.2 * 4 - 1e-6  # half of the engine's time stays free


def test_a_quick_engine_gives_a_speaker_no_more_partials_than_can_be_read() -> None:
    schedule = Schedule()
    schedule.begins(1, 0.0)
    for _ in range(50):
        schedule.decoding_took(0.001)
    assert schedule.interval == LEAST_INTERVAL


def test_partials_are_dropped_while_finals_wait_and_the_oldest_final_beyond_thirty_seconds() -> (
    None
):
    schedule = Schedule()
    schedule.begins(0, 0.0)
    for utterance in range(1, 5):
        schedule.begins(utterance, 0.0)
        schedule.ends(utterance, 10.0)
    assert schedule.waiting > MOST_WAITING
    turns = [schedule.next(99.0) for _ in range(5)]
    assert turns == [
        Turn(1, final=True, lost=True), *(Turn(n, final=True) for n in (2, 3, 4)),
        Turn(0, final=False),
    ]  # fmt: skip


@given(lengths=st.lists(st.floats(0.2, 12.0), max_size=40), took=st.floats(0.01, 20.0))
def test_every_utterance_gets_one_final_and_what_waits_is_bounded(
    lengths: list[float], took: float
) -> None:
    schedule, finals = Schedule(), list[int]()
    for utterance, seconds in enumerate(lengths):
        schedule.begins(utterance, 0.0)
        schedule.ends(utterance, seconds)
    while (turn := schedule.next(0.0)) is not None:
        assert turn.lost == (schedule.waiting + lengths[turn.utterance] > MOST_WAITING)
        schedule.decoding_took(took)
        finals.append(turn.utterance)
    assert finals == list(range(len(lengths)))


def test_an_utterance_in_which_nothing_was_said_is_forgotten() -> None:
    schedule = Schedule()
    schedule.begins(1, 0.0)
    schedule.forget(1)
    assert schedule.next(99.0) is None
