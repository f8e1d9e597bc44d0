import math

import numpy as np

from tui_call.voice.comfort_noise import MOST_RMS, ComfortNoise
from tui_call.voice.samples import Samples, mean_square
from tui_call.voice.sound import FRAME_SAMPLES


def rms(sound: Samples) -> float:
    return math.sqrt(mean_square(sound))


def hiss(level: float, seed: int = 1) -> Samples:
    return np.random.default_rng(seed).normal(0, level, FRAME_SAMPLES).astype(np.int16)


def heard(noise: ComfortNoise, *frames: Samples) -> None:
    for frame in frames:
        noise.hear(frame, rms(frame))


def test_it_is_silent_before_it_heard_a_background() -> None:
    noise = ComfortNoise()
    assert not noise.next(500).any()
    heard(noise, hiss(MOST_RMS * 3))
    assert not noise.next(500).any()


def test_it_sounds_like_the_background_and_not_like_speech() -> None:
    noise = ComfortNoise()
    heard(noise, hiss(100), hiss(5000), hiss(120))
    made = noise.next(10 * FRAME_SAMPLES)
    assert 70 < rms(made) < 130
    assert np.max(np.abs(made.astype(int))) < 600


def test_its_spectrum_is_that_of_the_background() -> None:
    noise = ComfortNoise()
    low = np.cumsum(hiss(10).astype(float))
    low = (low - low.mean()).astype(np.int16)
    heard(noise, (low * (100 / rms(low))).astype(np.int16))
    spectrum = np.abs(np.fft.rfft(noise.next(8 * FRAME_SAMPLES).astype(float))) ** 2
    assert spectrum[: len(spectrum) // 8].sum() > 0.9 * spectrum.sum()


def test_it_goes_on_without_a_seam_in_any_pieces() -> None:
    one, other = ComfortNoise(), ComfortNoise()
    for noise in (one, other):
        heard(noise, hiss(100))
    whole = one.next(3000)
    pieces = np.concatenate([other.next(size) for size in (1, 700, 999, 1300)])
    assert np.array_equal(whole, pieces)


def test_a_background_that_got_louder_is_learnt_again() -> None:
    noise = ComfortNoise()
    heard(noise, hiss(20), *(hiss(100, seed) for seed in range(300)))
    assert rms(noise.next(10 * FRAME_SAMPLES)) > 70
