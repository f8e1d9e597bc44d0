from collections.abc import Callable

import numpy as np
import pytest

from tui_call.voice import tones
from tui_call.voice.samples import Samples, silence
from tui_call.voice.sound import SAMPLE_RATE
from tui_call.voice.tones import TonePlayer

TONES = [
    tones.ring, tones.ringback, tones.busy, tones.ended, tones.connected, tones.came, tones.went,
    tones.kept, tones.music,
]  # fmt: skip


def steepest(sound: Samples) -> int:
    return int(np.max(np.abs(np.diff(sound.astype(int)))))


@pytest.mark.parametrize("tone", TONES)
def test_a_tone_is_click_free_also_when_looped(tone: Callable[[], Samples]) -> None:
    sound = tone()
    assert np.max(np.abs(sound)) > 1500
    loudest, highest = np.max(np.abs(sound.astype(int))), 900
    assert steepest(np.concatenate((sound, sound))) < loudest * 2 * np.pi * highest / SAMPLE_RATE
    assert abs(int(sound[0])) < 20
    assert abs(int(sound[-1])) < 20


def test_cadences() -> None:
    ringback = tones.ringback()
    assert len(ringback) == 5 * SAMPLE_RATE
    assert not ringback[SAMPLE_RATE:].any()
    spectrum = np.abs(np.fft.rfft(ringback[:SAMPLE_RATE].astype(float)))
    assert int(np.argmax(spectrum)) == 425


def test_a_tone_cannot_be_changed_by_a_caller() -> None:
    with pytest.raises(ValueError, match="read-only"):
        tones.busy()[0] = 1


@pytest.mark.parametrize("block", [1, 240, 960, 100_000])
def test_the_player_plays_it_once_in_any_blocks(block: int) -> None:
    player = TonePlayer()
    player.play(tones.connected())
    sound = []
    while player.playing:
        sound.append(player.mix_into(silence(block)))
    whole = np.concatenate(sound)
    assert np.array_equal(whole[: len(tones.connected())], tones.connected())
    assert not whole[len(tones.connected()) :].any()


def test_the_player_loops() -> None:
    player = TonePlayer()
    player.play(tones.ended(), loop=True)
    sound = player.mix_into(silence(len(tones.ended()) * 3))
    assert np.array_equal(sound, np.tile(tones.ended(), 3))
    assert player.playing


def test_a_stopped_tone_fades_out() -> None:
    player = TonePlayer()
    player.play(tones.ringback(), loop=True)
    before = player.mix_into(silence(5000))
    player.stop()
    after = player.mix_into(silence(960))
    assert steepest(np.concatenate((before, after))) < 400
    assert not after[480:].any()
    assert not player.playing


def test_a_tone_is_mixed_and_saturates() -> None:
    player = TonePlayer()
    player.play(np.full(960, 20_000, np.int16))
    loud = np.full(960, 20_000, np.int16)
    assert (player.mix_into(loud) == 32_767).all()
    assert player.mix_into(loud) is loud


@pytest.mark.parametrize("stopped", [False, True])
@pytest.mark.parametrize("block", [100, 480, 960])
def test_a_tone_in_place_of_another_makes_no_click(stopped: bool, block: int) -> None:
    player = TonePlayer()
    player.play(tones.ringback(), loop=True)
    heard = [player.mix_into(silence(block)) for _ in range(10_000 // block)]
    if stopped:
        player.stop()
    player.play(tones.ended())
    heard += [player.mix_into(silence(block)) for _ in range(10_000 // block)]
    most = steepest(np.concatenate((tones.ringback(), tones.ended())))
    assert steepest(np.concatenate(heard)) <= 1.5 * most
