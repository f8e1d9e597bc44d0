"""What is cut out of a member's sound as utterances; who says what is voice is the test."""

from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_call.tap.speech.recogniser import RATE, Speech16
from tui_call.tap.speech.segments import (
    FEWEST_VOICED_HOPS,
    HOP,
    HOP_SECONDS,
    MOST_HOPS,
    OPENING_HOPS,
    PAUSE_HOPS,
    PRE_ROLL_HOPS,
    Segments,
    Utterance,
)

VOICE, NEITHER, SILENCE = 0.9, 0.4, 0.1
START = 100.0


def hop(level: int = 3000) -> Speech16:
    return np.full(HOP, level, np.int16)


def follow(likely: Iterable[float], hops: Iterable[Speech16] | None = None) -> list[Utterance]:
    """Return the utterances that are over once all hops came, each of them so likely a voice."""
    chances = list(likely)
    each = iter(chances)
    sounds = list(hops or (hop() for _ in chances))
    return [
        utterance
        for utterance in Segments(lambda _: next(each)).feed(np.concatenate(sounds), START)
        if utterance.over
    ]


def test_an_utterance_begins_before_it_is_noticed_and_ends_with_the_pause() -> None:
    (utterance,) = follow([SILENCE] * 50 + [VOICE] * 10 + [SILENCE] * PAUSE_HOPS)
    assert len(utterance.hops) == PRE_ROLL_HOPS + 10 + PAUSE_HOPS
    assert utterance.start == pytest.approx(START + (50 - PRE_ROLL_HOPS) * HOP_SECONDS)
    assert utterance.spoken == pytest.approx((START + 50 * HOP_SECONDS, START + 60 * HOP_SECONDS))
    assert utterance.says_something


@pytest.mark.parametrize("pause", [9, PAUSE_HOPS - 1])
def test_who_clicks_before_speaking_has_spoken_from_the_first_syllable_on(pause: int) -> None:
    click = [VOICE] * 3 + [SILENCE] * pause
    (utterance,) = follow([*click, *click, *[VOICE] * 10, *[SILENCE] * PAUSE_HOPS])
    assert utterance.spoken[0] == pytest.approx(START + 2 * len(click) * HOP_SECONDS)


def test_a_word_with_a_gap_begins_with_its_first_sound() -> None:
    word = [VOICE] * 2 + [SILENCE] * 7 + [VOICE] * 10
    (utterance,) = follow(word + [SILENCE] * PAUSE_HOPS)
    assert utterance.spoken[0] == pytest.approx(START)


def test_nothing_but_clicks_begins_with_the_first() -> None:
    (utterance,) = follow(([VOICE] * 3 + [SILENCE] * 9) * 2 + [SILENCE] * PAUSE_HOPS)
    assert utterance.spoken[0] == pytest.approx(START)


def test_one_hop_of_voice_opens_nothing() -> None:
    assert follow(([VOICE] * (OPENING_HOPS - 1) + [SILENCE] * 30) * 5) == []


def test_with_a_short_pause_it_is_one_utterance() -> None:
    pause = [SILENCE] * (PAUSE_HOPS - 1)
    assert len(follow([VOICE] * 9 + pause + [VOICE] * 9 + [SILENCE] * PAUSE_HOPS)) == 1


def test_what_is_neither_voice_nor_silence_goes_on_with_what_there_was() -> None:
    assert follow([NEITHER] * 100) == []
    assert follow([VOICE] * OPENING_HOPS + [NEITHER] * 200) == []


def test_hardly_any_voice_says_nothing() -> None:
    few = FEWEST_VOICED_HOPS - 1
    (utterance,) = follow([VOICE] * few + [SILENCE] * PAUSE_HOPS)
    assert not utterance.says_something


def test_what_is_quiet_is_not_even_looked_at() -> None:
    quiet = [hop(5)] * 100
    assert follow([], quiet) == []


def test_what_is_long_is_cut_where_it_is_quietest_of_the_last_four_seconds() -> None:
    quietest = MOST_HOPS - 60
    hops = [hop() for _ in range(MOST_HOPS + 40)]
    hops[10 : 10 + 8] = [hop(200)] * 8  # too early
    hops[-50] = hop(100)  # too short
    hops[quietest - 4 : quietest + 4] = [hop(400)] * 8
    first, second = follow([VOICE] * (MOST_HOPS + 18) + [SILENCE] * 22, hops)
    assert len(first.hops) == quietest
    assert second.start == first.start + first.seconds
    assert np.concatenate((first.samples(), second.samples())).tolist() == (
        np.concatenate(hops).tolist()
    )


def test_who_leaves_has_said_what_was_said_so_far() -> None:
    segments = Segments(lambda _: VOICE)
    (begun,) = segments.feed(np.concatenate([hop()] * 20), START)
    assert list(segments.close()) == [begun]
    assert begun.over
    assert list(segments.close()) == []


@given(
    likely=st.lists(st.sampled_from([VOICE, NEITHER, SILENCE]), max_size=900),
    pieces=st.lists(st.integers(1, 3 * HOP), min_size=1, max_size=8),
)
def test_however_sound_comes_utterances_are_the_same_and_nothing_is_in_two(
    likely: list[float], pieces: list[int]
) -> None:
    samples = np.repeat(np.arange(1000, 1000 + len(likely), dtype=np.int16), HOP)
    whole = follow(likely, [samples]) if likely else []
    each = iter(likely)
    segments = Segments(lambda _: next(each))
    parts: list[Utterance] = []
    place = turn = 0
    while place < len(samples):
        piece = samples[place : place + pieces[turn % len(pieces)]]
        parts += [one for one in segments.feed(piece, START + place / RATE) if one.over]
        place, turn = place + len(piece), turn + 1
    said = [utterance.samples().tolist() for utterance in parts]
    assert said == [utterance.samples().tolist() for utterance in whole]
    assert all(len(utterance.hops) <= MOST_HOPS for utterance in parts)
    numbers = [sample for one in said for sample in one[::HOP]]
    assert numbers == sorted(set(numbers))
