"""Who is sent where there is not room for all. Time is virtual."""

import itertools
from collections import defaultdict

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tui_call.bridge.loudest import KEPT_SECONDS
from tui_call.bridge.turns import NEAR, VOICE, Turns
from tui_call.bridge_packet import LEVEL_UNKNOWN, MUTED

FRAME = 0.02
SPEECH, NOISE = 30, 70
SECONDS = 8.0


def sent(places: int, levels: dict[int, list[int]]) -> dict[int, list[float]]:
    """Return when packets of each were sent, where all say something of such levels in turn."""
    turns, times = Turns(places), defaultdict[int, list[float]](list)
    before = set[int]()
    for frame in range(round(SECONDS / FRAME)):
        at = frame * FRAME
        sent = {
            source
            for source, said in levels.items()
            if turns.takes(source, said[frame % len(said)], 1000.0 + at)
        }
        assert len(sent & before) <= places
        for source in sent:
            times[source].append(at)
        before = sent
    return times


def within(quietest: int) -> st.SearchStrategy[list[list[int]]]:
    """Return levels of two to four people down to one, and as loud as one may lie or be near it."""
    loudest = 0 if MUTED - quietest >= VOICE else quietest - NEAR
    said = st.lists(st.integers(loudest, quietest), min_size=1, max_size=50)
    return st.lists(said, min_size=2, max_size=4)


@given(places=st.integers(1, 2), levels=st.integers(NEAR, MUTED - 1).flatmap(within))
def test_of_voices_that_go_on_none_is_unheard_for_longer_than_a_second(
    places: int, levels: list[list[int]]
) -> None:
    times = sent(places, dict(enumerate(levels, 1)))
    for source in range(1, len(levels) + 1):
        moments = [0.0, *times[source], SECONDS]
        assert max(b - a for a, b in itertools.pairwise(moments)) <= 1.0


@example(places=2, levels=[[255], [255, 255, 51], [255, 41], [52, 255, 0]])
@given(
    places=st.integers(1, 2),
    levels=st.lists(
        st.lists(st.one_of(st.integers(0, MUTED), st.just(LEVEL_UNKNOWN)), min_size=1, max_size=50),
        min_size=1,
        max_size=6,
    ),
)
def test_whatever_is_said_no_more_are_sent_than_there_are_places_and_not_nobody(
    places: int, levels: list[list[int]]
) -> None:
    times = sent(places, dict(enumerate(levels, 1)))
    assert bool(times) == any(level != MUTED for said in levels for level in said)


def test_who_speaks_is_not_interrupted_by_noise_and_takes_its_place_at_once() -> None:
    turns = Turns(1)
    for frame in range(200):
        now = frame * FRAME
        assert turns.takes(1, NOISE, now) == (frame <= 50)
        if frame >= 50:
            assert turns.takes(2, SPEECH, now)


def test_where_there_is_room_noise_is_sent_too() -> None:
    times = sent(2, {1: [NOISE], 2: [SPEECH]})
    assert len(times[1]) == len(times[2]) == round(SECONDS / FRAME)


@pytest.mark.parametrize("places", [1, 2])
def test_a_turn_is_long_enough_for_words(places: int) -> None:
    times = sent(places, {1: [SPEECH], 2: [SPEECH], 3: [SPEECH]})
    for moments in times.values():
        ends = [a for a, b in itertools.pairwise(moments) if b - a > 2 * FRAME]
        begins = [moments[0], *(b for a, b in itertools.pairwise(moments) if b - a > 2 * FRAME)]
        lengths = [end - begin for begin, end in zip(begins, ends, strict=False)]
        assert min(lengths) > 0.4


def test_a_place_is_kept_over_a_breath_and_free_after_it() -> None:
    turns = Turns(1)
    assert turns.takes(1, SPEECH, 0.0)
    assert turns.takes(1, MUTED, KEPT_SECONDS)
    assert not turns.takes(2, SPEECH, KEPT_SECONDS)
    assert not turns.takes(1, MUTED, KEPT_SECONDS + FRAME)
    assert turns.takes(2, SPEECH, KEPT_SECONDS + FRAME)
