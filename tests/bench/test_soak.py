"""What is listened for in a long call."""

import numpy as np

from bench.soak import clicks_in
from tests.support.measured_sound import hum, processed_frames
from tui_call.voice.samples import silence
from tui_call.voice.sound import SAMPLE_RATE


def test_what_the_codec_makes_of_it_has_no_clicks_however_late_it_is_and_a_jump_is_one() -> None:
    said = hum(4.0)
    far = silence(len(said))
    own = np.concatenate(list(processed_frames(said, far)))
    heard = np.concatenate((silence(2_345), own))
    assert clicks_in(heard, said, far) == []

    at = 2_345 + int(np.argmax(np.abs(own[: 3 * SAMPLE_RATE])))
    heard[at:] += 150
    [click] = clicks_in(heard, said, far)
    assert abs(click - at / SAMPLE_RATE) < 0.006


def test_another_sound_is_not_passed_over() -> None:
    said = hum(4.0)
    noise = np.random.default_rng(3).normal(0, 500, len(said)).astype(np.int16)
    assert clicks_in(noise, said, silence(len(said)))
