"""Captions and transcript of a whole standard call: how soon, how right, and of whom.

One person reads aloud, then two at once; all that stands between them and the screen are real
processes. What is late here is what a person sees late. What is longer than twelve seconds is cut
without a pause, and its final is not looked at.
"""

import asyncio
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import numpy as np

from bench.processes import share_real_time
from bench.table import Row
from tests.support.read_aloud import ReadAloud, after_last_words, lacking, read_aloud, seconds_off
from tests.support.word_error import BECKETT, TWO_CITIES, recording, words_of, wrong_words
from tui_call.voice.samples import Samples, silence
from tui_call.voice.sound import SAMPLE_RATE

SECONDS_BAR = 1.5
OFF_BAR = 0.5
WRONG_BAR = 8
BETWEEN_SECONDS = 3.0
_TIMES = 3
"""So often the short text is read while the other one reads the long one."""


def call_rows() -> list[Row]:
    """Make the call, and return the lines of the table."""
    with tempfile.TemporaryDirectory(prefix="tui-call-bench-") as name:
        cities, beckett = _sounds()
        alone_until = len(recording("two_cities")) / SAMPLE_RATE + BETWEEN_SECONDS / 2
        reads = {
            "ada": (cities, " ".join([TWO_CITIES] * 2)),
            "ben": (beckett, " ".join([BECKETT] * _TIMES)),
        }
        said = asyncio.run(read_aloud(Path(name), reads, share_real_time))
    alone = {said.understood("you", until=alone_until): TWO_CITIES}
    both = {
        said.understood("you", since=alone_until): TWO_CITIES,
        said.understood("Ben"): reads["ben"][1],
    }
    off = [
        *seconds_off(said, "you", cities, TWO_CITIES),
        *seconds_off(said, "Ben", beckett, BECKETT),
    ]
    until = said.began["you"] - said.call_began + alone_until
    return [
        Row("captions, whole call: wrong words", WRONG_BAR, True, " %", _wrong(alone)),
        *_soon(said, "one speaks", 0.0, until),
        Row("  two at once: wrong words", WRONG_BAR, True, " %", _wrong(both)),
        *_soon(said, "two at once", until, float("inf")),
        Row("  lines of one at the other", 0, True, "", _misplaced(said)),
        Row("  said at another time, by at most", OFF_BAR, True, " s", max(off)),
        Row("  finals that the transcript lacks", 0, True, "", len(lacking(said))),
    ]


def _sounds() -> tuple[Samples, Samples]:
    """Return the long text twice, and the short one some times with the second of these."""
    long, short = recording("two_cities"), recording("beckett")
    between = silence(round(BETWEEN_SECONDS * SAMPLE_RATE))
    others = [part for _ in range(_TIMES) for part in (short, between)]
    waits = silence(len(long) + len(between))
    return np.concatenate((long, between, long)), np.concatenate((waits, *others))


def _wrong(texts: dict[str, str]) -> float:
    wrong = sum(wrong_words(said, understood) for understood, said in texts.items())
    return 100 * wrong / sum(len(words_of(said)) for said in texts.values())


def _misplaced(said: ReadAloud) -> int:
    """Return how many lines have more words of what the other one reads than of the own text."""
    own = {"you": set(words_of(TWO_CITIES)), "Ben": set(words_of(BECKETT))}
    others = {"you": own["Ben"], "Ben": own["you"]}
    lines = [(name, set(words_of(one.text))) for name in own for one in said.finals(name)]
    return sum(len(words & others[name]) > len(words & own[name]) for name, words in lines)


def _soon(said: ReadAloud, who: str, since: float, until: float) -> Iterator[Row]:
    partial = median(
        at - said.call_began - one.began
        for at, one in said.shown
        if one.revision == 1 and since <= one.began < until
    )
    finals = [
        after
        for name in said.began
        for at, after in after_last_words(said, name)
        if since <= at < until
    ]
    yield Row(f"  {who}: shown after the first word", SECONDS_BAR, True, " s", partial)
    yield Row(f"  {who}: final after the last", SECONDS_BAR, True, " s", median(finals))
    yield Row("  at most", SECONDS_BAR, True, " s", max(finals))
