"""What is listened for in a long call."""

import numpy as np

from bench.soak import clicks_in, own_output
from bench.sound import hum
from tui_call.voice.sound import SAMPLE_RATE, silence


def test_the_sound_of_the_codec_has_no_clicks_however_late_it_is_and_a_jump_is_one() -> None:
    said = hum(4.0)
    own = own_output(said)
    heard = np.concatenate((silence(2_345), own))
    assert clicks_in(heard, said, own) == []

    at = 2_345 + int(np.argmax(np.abs(own[: 3 * SAMPLE_RATE])))
    heard[at:] += 150
    [click] = clicks_in(heard, said, own)
    assert abs(click - at / SAMPLE_RATE) < 0.006


def test_another_sound_is_not_passed_over() -> None:
    said = hum(4.0)
    noise = np.random.default_rng(3).normal(0, 500, len(said)).astype(np.int16)
    assert clicks_in(noise, said, own_output(said))
