"""What keeps a sum below full scale."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tui_call.voice.limiter import KNEE, Limiter
from tui_call.voice.sound import SAMPLE_RATE

PULL = 240


def limited(total: np.ndarray) -> np.ndarray:
    limiter = Limiter()
    parts = np.split(total, range(PULL, len(total), PULL))
    return np.concatenate([limiter.limited(part) for part in parts]).astype(int)


def tone(peak: float, seconds: float, frequency: float = 200.0) -> np.ndarray:
    time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return (peak * np.sin(2 * np.pi * frequency * time)).astype(np.int32)


def test_what_is_not_too_loud_is_left_as_it_is() -> None:
    sound = tone(KNEE - 1, 0.5)
    assert np.array_equal(limited(sound), sound)


@given(st.lists(st.integers(0, 4 * 32_768), min_size=1, max_size=30), st.integers(60, 2000))
@settings(deadline=None)
def test_no_sum_of_four_voices_reaches_full_scale_or_jumps(peaks: list[int], pitch: int) -> None:
    total = np.concatenate([tone(peak, 0.03, pitch) for peak in peaks])
    steps = np.abs(np.diff(total))
    heard = limited(total)
    assert np.abs(heard).max() < 32_767
    # A fade of one stretch adds to the sound's own steps what it takes from a sample to the next.
    assert np.all(np.abs(np.diff(heard)) <= steps + 4 * 32_768 / PULL + 2)


def test_it_turns_down_rather_than_bends() -> None:
    """Once it has settled, the overtones of a tone that is twice too loud are 40 dB below it."""
    spectrum = np.abs(np.fft.rfft(limited(tone(60_000, 1.0))[SAMPLE_RATE // 2 :]))
    fundamental = spectrum[100]
    assert spectrum[np.arange(300, 2000, 100)].max() < fundamental / 100


def test_after_a_loud_moment_the_voice_is_as_before_within_a_second() -> None:
    quiet = tone(8_000, 1.5)
    heard = limited(np.concatenate((tone(56_000, 0.2), quiet)))
    assert np.array_equal(heard[-SAMPLE_RATE // 4 :], quiet[-SAMPLE_RATE // 4 :])
