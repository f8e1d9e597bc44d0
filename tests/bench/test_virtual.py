"""What calls of a benchmark are made of, as late in a call as one may last."""

import numpy as np

from tests.support.virtual_sound import Spoken
from tui_call.voice.sound import FRAME_SAMPLES

LATE = 1_000_000_000_000_000
"""Samples. Where a frame grows dearer with each before it, this one takes longer than a test may:
it would make a bench late, and not the product."""


def test_a_microphone_says_the_same_however_late_in_a_call() -> None:
    said, heard = np.arange(FRAME_SAMPLES, dtype=np.int16), np.zeros(FRAME_SAMPLES, np.int16)

    Spoken(said).fill(LATE + 7, heard)

    assert np.array_equal(heard, np.roll(said, -(LATE + 7) % FRAME_SAMPLES))
