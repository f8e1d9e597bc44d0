"""What a benchmark of captions holds their times against: the phrases of a recording."""

import numpy as np
import pytest

from tests.support.read_aloud import phrases_of
from tui_call.voice.samples import Samples, silence
from tui_call.voice.sound import FRAME_SAMPLES

PHRASE = np.full(20 * FRAME_SAMPLES, 8000, np.int16)
CLICK = PHRASE[: 2 * FRAME_SAMPLES]


def pause(frames: int) -> Samples:
    return silence(frames * FRAME_SAMPLES)


def test_a_phrase_begins_after_a_pause_in_which_something_clicks() -> None:
    sound = np.concatenate((CLICK, pause(10), PHRASE, pause(14), CLICK, pause(7), PHRASE))
    assert phrases_of(sound) == pytest.approx([12 * 0.02, 55 * 0.02])


def test_who_breathes_in_a_phrase_begins_none() -> None:
    sound = np.concatenate((pause(5), PHRASE, pause(14), PHRASE))
    assert phrases_of(sound) == pytest.approx([5 * 0.02])
