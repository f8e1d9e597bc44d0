from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui_call.voice.samples import Samples, silence
from tui_call.voice.sound import FRAME_SAMPLES, SAMPLE_RATE
from tui_call.voice.time_stretch import LEAST_LAG, MOST_LAG, lengthened, resized, shortened


def voice(pitch: float, samples: int = FRAME_SAMPLES) -> Samples:
    """Return a sound of harmonics, as vowels are."""
    time = np.arange(samples) / SAMPLE_RATE
    waves = [np.sin(2 * np.pi * pitch * k * time + k) / k for k in range(1, 6)]
    return (6000 * np.sum(waves, axis=0)).astype(np.int16)


def largest_step(sound: Samples) -> int:
    return int(np.max(np.abs(np.diff(sound.astype(int)))))


@pytest.mark.parametrize("pitch", [80, 110, 160, 220, 350])
def test_whole_periods_of_a_voice_go_or_come(pitch: float) -> None:
    frame = voice(pitch)
    period = SAMPLE_RATE / pitch
    for changed in (shortened(frame, MOST_LAG, 0.8), lengthened(frame, MOST_LAG, 0.8)):
        change = abs(len(changed) - FRAME_SAMPLES)
        assert change >= LEAST_LAG
        assert min(change % period, period - change % period) < 3
        assert largest_step(changed) <= largest_step(frame) + 60


@pytest.mark.parametrize("change", [shortened, lengthened])
def test_what_comes_before_and_after_joins_on(
    change: Callable[[Samples, int, float], Samples],
) -> None:
    whole = voice(130, 3 * FRAME_SAMPLES)
    before, frame, after = np.split(whole, 3)
    joined = np.concatenate((before, change(frame, MOST_LAG, 0.8), after))
    assert len(joined) != len(whole)
    assert largest_step(joined) <= largest_step(whole) + 60


def test_a_frame_that_is_like_nothing_stays() -> None:
    noise = np.random.default_rng(1).integers(-9000, 9000, FRAME_SAMPLES).astype(np.int16)
    assert shortened(noise, MOST_LAG, 0.8) is noise
    assert lengthened(noise, MOST_LAG, 0.8) is noise


def test_no_more_is_left_out_than_asked() -> None:
    frame = voice(100)
    assert shortened(frame, LEAST_LAG - 1, -1.0) is frame
    assert FRAME_SAMPLES - len(shortened(frame, 200, -1.0)) <= 200


@given(
    st.integers(-2000, 2000),
    st.lists(st.integers(-32768, 32767), min_size=FRAME_SAMPLES, max_size=FRAME_SAMPLES),
)
@settings(max_examples=30, deadline=None)
def test_sound_without_pitch_takes_any_length(change: int, sound: list[int]) -> None:
    frame = np.array(sound, np.int16)
    done = resized(frame, change)
    assert len(done) == FRAME_SAMPLES + max(-480, min(480, change))
    assert done[0] == frame[0]
    assert done[-1] == frame[-1]


def test_silence_stays_silent() -> None:
    for change in (shortened, lengthened):
        assert not change(silence(), MOST_LAG, -1.0).any()
