"""The hour in virtual time, for as long as some changes of the path need, and what a click is."""

from collections.abc import Callable

import numpy as np
import pytest

from bench.hour import Hour, hour
from bench.table import hour_rows
from tests.support.clicks import Texture, clicks
from tests.support.measured_sound import hum
from tui_call.voice.coding import Coding
from tui_call.voice.opus import Decoder, Encoder
from tui_call.voice.playout import Playout
from tui_call.voice.samples import Samples, crossfaded
from tui_call.voice.sound import FRAME_SAMPLES, SAMPLE_RATE

pytestmark = pytest.mark.slow


def test_a_call_goes_over_to_other_paths_without_a_click() -> None:
    call = hour(seed=1, seconds=120, every=30, measured=15)

    assert call.generation == 3
    assert call.clicks == []
    assert call.delay_grew <= 0.020
    assert call.replayed > 180, "twice both paths carried the same for two seconds"
    assert call.playout.recovered_by_copies > 70
    assert 27 <= call.playout.lost < 60, "once there was no path for half a second"
    assert all(row.met for row in hour_rows([call]))


def test_the_worst_hour_is_what_is_printed() -> None:
    calls = [one_hour([], 0.1, 0.12), one_hour([7.5], 0.1, 0.075)]
    clicks_row, delay_row = hour_rows(calls)
    assert (clicks_row.ours, delay_row.ours) == (1, pytest.approx(25))
    assert all(str(row).endswith("not met") for row in (clicks_row, delay_row))


def one_hour(clicks_at: list[float], first: float, last: float) -> Hour:
    return Hour(clicks_at, first, last, 11, 0, Playout().statistics())


@pytest.fixture(scope="module")
def spoken() -> Samples:
    """Two seconds as the codec gives them."""
    encoder, decoder = Encoder(Coding(32_000)), Decoder()
    frames = hum(2.0)[: 100 * FRAME_SAMPLES].reshape(-1, FRAME_SAMPLES)
    return np.concatenate([decoder.decode(encoder.encode(frame)) for frame in frames])


def jump(sound: Samples, at: int) -> Samples:
    return np.concatenate((sound[:at], sound[at:] + np.int16(120)))


def unfaded_gap(sound: Samples, at: int) -> Samples:
    return np.concatenate((sound[:at], np.zeros(960, np.int16), sound[at + 960 :]))


def left_out(sound: Samples, at: int) -> Samples:
    return np.concatenate((sound[:at], sound[at + 480 :]))


def left_out_with_a_fade(sound: Samples, at: int) -> Samples:
    return np.concatenate((sound[:at], crossfaded(sound[at:], sound[at + 480 :], 240)))


@pytest.mark.parametrize("spoil", [jump, unfaded_gap, left_out])
def test_a_click_is_found_where_it_is(
    spoken: Samples, spoil: Callable[[Samples, int], Samples]
) -> None:
    loudest = int(np.argmax(np.abs(spoken[: SAMPLE_RATE + SAMPLE_RATE // 2])))
    found = clicks(texture(spoil(spoken, loudest)), texture(spoken))
    assert found
    assert found[0] == pytest.approx(loudest / SAMPLE_RATE, abs=0.006)


def test_the_sound_itself_and_its_fades_are_no_clicks(spoken: Samples) -> None:
    assert clicks(texture(spoken), texture(spoken)) == []
    for at in range(2_000, 60_000, 5_000):
        assert clicks(texture(left_out_with_a_fade(spoken, at)), texture(spoken)) == []


def texture(sound: Samples) -> Texture:
    made = Texture()
    made.add(sound)
    return made
