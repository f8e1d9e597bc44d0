"""Echo, noise and level in the audio thread's work, in virtual time and with the real library."""

import sys
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import soxr
from pesq import pesq

from tests.support.room import Room
from tui_call.voice.audio_loop import AudioLoop
from tui_call.voice.processing import Processing, ProcessingMissing, installed
from tui_call.voice.samples import Samples, silence
from tui_call.voice.sound import FRAME_SAMPLES, SAMPLE_RATE
from tui_call.voice.sound_processing import RepeatedRequest, SoundProcessor
from tui_call.voice.speech_like import speech_like
from tui_call.voice.tones import ringback

LEAST_ECHO_LOSS_DB = 30.0
SETTLED = 2 * SAMPLE_RATE
FAR = speech_like(12.0)
NEAR = speech_like(36.0)[24 * SAMPLE_RATE :]


class Call:
    """An audio loop in a room, with somebody at the far end."""

    def __init__(self, far: Samples, near: Samples, wanted: Processing | None, **room: Any) -> None:
        self.now = 100.0
        self.room = Room(lambda: self.now, near, **room)
        self.sent: list[Samples] = []
        self._far = far
        self._pulled = 0
        self.loop = AudioLoop(self.room, self, lambda *_: None, self)  # type: ignore[arg-type]
        if wanted is not None:
            self.loop.processor = SoundProcessor(wanted)

    def pull(self, now: float, count: int, *, whole_frames: bool) -> Samples:
        """Stand for the playout."""
        count = max(count, FRAME_SAMPLES) if whole_frames else count
        part = self._far[self._pulled : self._pulled + count]
        self._pulled += count
        return np.concatenate([part, silence(count - len(part))])

    def encode(self, frame: Samples) -> bytes:
        """Stand for the encoder."""
        self.sent.append(frame.copy())
        return b""

    def run(self, seconds: float) -> None:
        end = self.now + seconds
        while self.now < end:
            self.now = self.loop.step(self.now)


def decibels(samples: Samples) -> float:
    return 10 * np.log10(np.mean(samples.astype(float) ** 2) + 1e-3)


def loss(call: Call) -> float:
    """Return by how many dB less was sent than the microphone gave, once settled."""
    captured, sent = np.concatenate(call.room.captured), np.concatenate(call.sent)
    assert decibels(captured[SETTLED:]) > 50
    return decibels(captured[SETTLED:]) - decibels(sent[-len(captured) :][SETTLED:])


def quality(said: Samples, sent: Samples) -> float:
    """Return the PESQ, wide band, of what was sent where it fits best."""
    size = 1 << (len(said) + len(sent)).bit_length()
    spectrum = np.fft.rfft(sent, size) * np.conj(np.fft.rfft(said, size))
    start = int(np.argmax(np.fft.irfft(spectrum, size)[: len(sent)]))
    heard = np.concatenate([sent, silence(len(said))])[start : start + len(said)]
    narrow = [soxr.resample(sound / 32768, SAMPLE_RATE, 16_000) for sound in (said, heard)]
    return pesq(16_000, *narrow, "wb")


def test_the_far_end_does_not_hear_itself() -> None:
    call = Call(FAR, silence(0), Processing())
    call.run(12.0)
    assert loss(call) >= LEAST_ECHO_LOSS_DB


def test_without_it_the_far_end_hears_itself() -> None:
    call = Call(FAR, silence(0), None)
    call.run(5.0)
    assert abs(loss(call)) < 1


@pytest.mark.parametrize("seconds", [0.020, 0.250])
def test_an_echo_is_found_where_the_devices_tell_nothing_of_their_delay(seconds: float) -> None:
    call = Call(FAR, silence(0), Processing(), echo_seconds=seconds)
    call.run(12.0)
    assert loss(call) >= LEAST_ECHO_LOSS_DB


@pytest.mark.parametrize("speed", [1 + 100e-6, 1 - 100e-6])
def test_clocks_that_drift_apart_bring_no_echo_back(speed: float) -> None:
    """Two devices of a usual kind: 50 ppm off each, in opposite directions."""
    call = Call(np.tile(FAR, 4), silence(0), Processing(), speaker_speed=speed)
    call.run(40.0)
    assert loss(call) >= LEAST_ECHO_LOSS_DB


@pytest.mark.parametrize("seconds", [0.1, 3.0])
def test_the_reference_is_what_the_speaker_took_last(seconds: float) -> None:
    """However much was queued, and however long the microphone gave nothing."""
    processor, shown = SoundProcessor(Processing()), list[list[int]]()
    processor._show_far.send = lambda: shown.append(  # type: ignore[method-assign]
        processor._far.tolist()
    )
    played = np.arange(round(seconds * SAMPLE_RATE), dtype=np.int16)
    for start in range(0, len(played), 960):
        processor.played(played[start : start + 960])
    processor.process(silence(), queued=700, delay=0.05)
    assert shown[-1][-1] - int(played[-700]) in range(-480, 0)
    assert shown[-1] == list(range(shown[-1][0], shown[-1][0] + 480))


def test_speech_in_single_talk_stays_as_good() -> None:
    """The far end speaks, then the near one: the filter has learnt the echo by then."""
    near = np.concatenate([silence(len(FAR)), NEAR])
    call = Call(FAR, near, Processing())
    call.run(24.0)
    for start in range(0, len(NEAR) - 4 * SAMPLE_RATE, 4 * SAMPLE_RATE):
        said = NEAR[start : start + 4 * SAMPLE_RATE]
        sent = np.concatenate(call.sent)[len(FAR) + start - SAMPLE_RATE :]
        assert quality(said, sent[: 6 * SAMPLE_RATE]) >= 4.64 - 0.4


def test_tones_are_cancelled_too() -> None:
    """Less of them than of speech: from one frequency a filter learns little of a room."""
    call = Call(silence(0), silence(0), Processing(noise_suppression=False))
    call.loop.playout = None
    call.loop.tones.play(np.tile(ringback()[: 2 * SAMPLE_RATE], 3))
    call.run(6.0)
    assert loss(call) >= LEAST_ECHO_LOSS_DB / 2


def test_steady_noise_is_suppressed() -> None:
    random = np.random.default_rng(1)
    noise = (random.standard_normal(6 * SAMPLE_RATE) * 600).astype(np.int16)
    losses = []
    for wanted in (False, True):
        call = Call(silence(0), noise, Processing(noise_suppression=wanted))
        call.run(6.0)
        losses.append(loss(call))
    assert losses[1] > losses[0] + 8


def test_gain_control_lifts_a_soft_voice() -> None:
    soft = (speech_like(10.0) // 12).astype(np.int16)
    levels = []
    for gain in (False, True):
        call = Call(silence(0), soft, Processing(gain_control=gain))
        call.run(10.0)
        levels.append(decibels(np.concatenate(call.sent)[5 * SAMPLE_RATE :]))
    assert levels[1] > levels[0] + 4


def test_a_processor_that_fails_is_left_out_and_the_call_goes_on() -> None:
    call = Call(FAR, NEAR, Processing())
    call.run(1.0)
    broken = call.loop.processor

    def fail(*_: object) -> None:
        raise RuntimeError("it cannot be")

    assert broken is not None
    broken._process_near[0].send = fail  # type: ignore[method-assign]
    with pytest.raises(RuntimeError):
        call.run(1.0)
    assert call.loop.processor is None
    call.now += 0.02
    before = len(call.sent)
    call.run(1.0)
    assert len(call.sent) - before >= 49


def test_what_the_library_does_not_do_is_noticed() -> None:
    unknown = SimpleNamespace(_ffi_handle=SimpleNamespace(handle=0))
    request = RepeatedRequest("apm_process_stream", unknown, silence())  # type: ignore[arg-type]
    with pytest.raises(RuntimeError):
        request.send()
    known = RepeatedRequest("apm_process_stream", SoundProcessor(Processing())._module, silence())
    known.send()
    known._done_bytes -= 1  # as if the answer said more than that it was done
    with pytest.raises(RuntimeError):
        known.send()


def test_without_the_library_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    assert installed()
    monkeypatch.setitem(sys.modules, "livekit.rtc.apm", None)
    with pytest.raises(ProcessingMissing, match="use headphones"):
        SoundProcessor(Processing())


@pytest.mark.parametrize("fault", [TypeError("no such argument"), RuntimeError("no such version")])
def test_a_library_that_does_not_fit_is_as_good_as_none(
    monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    def broken(**_: object) -> None:
        raise fault

    monkeypatch.setattr("livekit.rtc.apm.AudioProcessingModule", broken)
    with pytest.raises(ProcessingMissing):
        SoundProcessor(Processing())
