"""Recordings of people whose words are known, and how many words of a text are wrong."""

import re
import wave

import numpy as np
import soxr

from tui_call.tap.speech import moonshine
from tui_call.voice.samples import Samples
from tui_call.voice.sound import SAMPLE_RATE

BECKETT = "Ever tried ever failed no matter try again fail again fail better"
TWO_CITIES = (
    "It was the best of times it was the worst of times it was the age of wisdom it was the age of"
    " foolishness it was the epoch of belief it was the epoch of incredulity it was the season of"
    " light it was the season of darkness it was the spring of hope it was the winter of despair"
    " we had everything before us we had nothing before us we were all going direct to heaven we"
    " were all going direct the other way in short the period was so far like the present period"
    " that some of its noisiest authorities insisted on its being received for good or for evil in"
    " the superlative degree of comparison only"
)
DARKNESS = 17.7
"""Seconds of the second recording after "the season of darkness"."""


def words_of(text: str) -> list[str]:
    """Return the words, without case and punctuation."""
    return re.findall(r"[a-z']+", text.lower())


def wrong_words(said: str, understood: str) -> int:
    """Return how many words were put in, left out or taken for another (edit distance)."""
    expected, found = words_of(said), words_of(understood)
    row = list(range(len(found) + 1))
    for number, word in enumerate(expected, 1):
        diagonal, row[0] = row[0], number
        for place, other in enumerate(found, 1):
            best = min(row[place] + 1, row[place - 1] + 1, diagonal + (word != other))
            diagonal, row[place] = row[place], best
    return row[-1]


def recording(name: str) -> Samples:
    """Return a recording that the wheel of the built-in model carries, at 48 kHz."""
    with wave.open(str(moonshine.find_model().parent / f"{name}.wav")) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), np.int16)
        rate = file.getframerate()
    return samples if rate == SAMPLE_RATE else soxr.resample(samples, rate, SAMPLE_RATE)
