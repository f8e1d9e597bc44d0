"""What calls of a benchmark are made of, as late in a call as one may last."""

import time

import numpy as np

from tests.support.virtual_sound import Spoken
from tui_call.voice.sound import FRAME_SAMPLES, SAMPLE_RATE

DAY = 24 * 3600 * SAMPLE_RATE


def test_a_microphone_costs_no_more_after_a_day_than_in_the_first_second() -> None:
    """A frame that grows dearer while a call lasts makes the bench late, and not the product."""
    said, heard = np.arange(FRAME_SAMPLES, dtype=np.int16), np.zeros(FRAME_SAMPLES, np.int16)

    before = time.thread_time()
    Spoken(said).fill(DAY + 7, heard)
    spent = time.thread_time() - before

    assert np.array_equal(heard, np.roll(said, -7))
    assert spent < 0.05
