"""`python -m bench.captions`: what it takes to recognise four at once, and how soon it is told.

They read aloud what the wheel of the built-in model carries, each from another place on, at the
pace of a call; the engine is a process of its own, as beside a tap. Beside its processor time
stands what a loop that encodes and decodes one Opus stream costs in the same run. Then come the
frames of a call that come late meanwhile, and captions through a whole call. What is late on a
computer that others use says nothing: `chrt -f 10 python -m bench.captions` measures there, too.
"""

import asyncio
import sys
from collections.abc import Iterator
from statistics import median

import numpy as np

from bench.bridge import loop_cpu
from bench.captions_call import call_rows
from bench.captions_late import late_rows
from bench.processes import processor_seconds, share_real_time
from bench.table import Row, heading, print_rows
from tests.support.live_speech import LiveSpeech, speak_live
from tests.support.word_error import TWO_CITIES, recording, words_of, wrong_words

SPEAKERS = 4
SECONDS_BAR = 1.5
CPU_BAR = 60


def measure(speakers: int) -> LiveSpeech:
    """Let so many people read aloud at once."""
    read = recording("two_cities")
    places = [len(read) * n // SPEAKERS for n in range(speakers)]
    sounds = {n: np.roll(read, -place) for n, place in enumerate(places, 1)}
    return asyncio.run(speak_live(sounds, processor_seconds, share_real_time))


def captions_rows(runs: int = 1) -> Iterator[Row]:
    """Yield the lines of the table."""
    alone = [measure(1) for _ in range(runs)]
    together = [measure(SPEAKERS) for _ in range(runs)]
    said = [" ".join(one.text for one in live.finals_of(1)) for live in alone]
    wrong = median(wrong_words(TWO_CITIES, text) for text in said)
    loop = loop_cpu()
    yield Row("captions, live: words that are wrong", 8, True, " %", 100 * wrong / _words())
    yield from _soon("one speaks", alone)
    yield Row(f"  {SPEAKERS} at once: of a core", CPU_BAR, True, " %", _cpu(together), loop)
    yield from _soon(f"{SPEAKERS} at once", together)
    yield from late_rows(runs)
    yield from call_rows()


def _soon(who: str, lives: list[LiveSpeech]) -> list[Row]:
    partial = median(live.first_partial_after for live in lives)
    final = median(live.final_after for live in lives)
    return [
        Row(f"  {who}: shown after the first word", SECONDS_BAR, True, " s", partial),
        Row(f"  {who}: final after the last", SECONDS_BAR, True, " s", final),
    ]


def _cpu(lives: list[LiveSpeech]) -> float:
    return median(live.cpu for live in lives)


def _words() -> int:
    return len(words_of(TWO_CITIES))


if __name__ == "__main__":
    print(heading("coding loop"))
    sys.exit(print_rows(captions_rows()))
