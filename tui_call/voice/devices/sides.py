"""One open microphone, one open speaker: a stream of PortAudio with a ring, at 48 kHz outside.

PortAudio's thread only copies between its buffer and the ring; all else is the audio thread's.
"""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import soxr  # pyright: ignore[reportMissingTypeStubs] - it has none

from tui_call.voice.devices import portaudio
from tui_call.voice.devices.device_clock import DeviceClock
from tui_call.voice.devices.port import DeviceKind
from tui_call.voice.devices.portaudio import OpenStream
from tui_call.voice.ring import SampleRing
from tui_call.voice.samples import Samples
from tui_call.voice.sound import SAMPLE_RATE

_RING_SECONDS = 0.6
_PLAYBACK_TARGET = 480  # filled again 5 ms below it, which leaves 5 ms for a late look
_RESAMPLER_BLOCK = 960  # it gives nothing for so long, then all of it
_PLAYBACK_STEP = 240
_MOST_PLAYBACK_TARGET = 2_880
_CALM_SECONDS = 60.0


class Side:
    """One open stream and its ring; the callbacks are its only visitors from PortAudio's thread.

    Attributes:
        kind: which side.
        beats: how often the device called.
        xruns: how often it said that sound was lost.
        finished: the stream ended by itself.
        latency: seconds between the callback and the air, as PortAudio reckons.
    """

    def __init__(self, kind: DeviceKind, name: str, latency: float | str) -> None:
        """Open the stream; raises as `portaudio.open_stream`."""
        self.kind: DeviceKind = kind
        self.beats = 0
        self.xruns = 0
        self.finished = False
        self.ring = SampleRing(round(_RING_SECONDS * SAMPLE_RATE))
        callback = self._captured if kind == "microphone" else self._played
        self._open: OpenStream = portaudio.open_stream(kind, name, callback, self._ended, latency)
        self.latency = self._open.latency
        self.rate = self._open.rate

    def close(self) -> None:
        """Close the stream; may take long."""
        self._open.close()

    def _captured(self, data: Any, frames: int, at: Any, status: Any) -> None:  # noqa: ARG002
        self.ring.write(data[:, 0])
        self.beats += 1
        if status:
            self.xruns += 1

    def _played(self, data: Any, frames: int, at: Any, status: Any) -> None:  # noqa: ARG002
        column = data[:, 0]
        self.ring.read(column)
        if data.shape[1] > 1:
            data[:, 1] = column
        self.beats += 1
        if status:
            self.xruns += 1

    def _ended(self) -> None:
        self.finished = True


class Microphone(Side):
    """A microphone at 48 kHz, whatever the device runs at.

    Attributes:
        zeros: how many samples in a row that were read last were zero.
    """

    def __init__(self, name: str, latency: float | str) -> None:
        self.zeros = 0
        super().__init__("microphone", name, latency)
        self._resampler = _resampler(self.rate, SAMPLE_RATE)
        self._ready = self.ring if self._resampler is None else SampleRing(self.ring.capacity)

    def level(self) -> int:
        """Return how many samples wait."""
        if self._resampler is not None and len(self.ring):
            samples = np.empty(len(self.ring), np.int16)
            self.ring.read(samples)
            self._ready.write(self._resampler.resample_chunk(samples))
        return len(self._ready)

    def read(self, out: Samples) -> bool:
        """Fill `out` if enough waits."""
        if self.level() < len(out):
            return False
        self._ready.read(out)
        self.zeros = 0 if out.any() else self.zeros + len(out)
        return True

    def discard(self, samples: int) -> None:
        """Drop the oldest samples."""
        self._ready.discard(samples)


class Speaker(Side):
    """A speaker at 48 kHz, whatever the device runs at.

    Attributes:
        target: what its queue should hold when the device has just taken a block; more after it
            ran empty, and less again after a calm time, which is longer each time it was too short.
    """

    def __init__(
        self, name: str, latency: float | str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock = clock
        self._device = DeviceClock()
        self._asked = 0, 0.0  # samples so far, and when the last were: one value, so both fit
        super().__init__("speaker", name, latency)
        self._resampler = _resampler(SAMPLE_RATE, self.rate)
        self.target = _PLAYBACK_TARGET + (_RESAMPLER_BLOCK if self._resampler else 0)
        self._least_target = self.target
        self._underflows: int | None = None
        self._calm_since, self._calm_seconds = clock(), _CALM_SECONDS
        self._stepped_back = False

    def _played(self, data: Any, frames: int, at: Any, status: Any) -> None:
        super()._played(data, frames, at, status)
        self._asked = self.ring.asked, self._clock()

    def level(self) -> int:
        """Return how many samples are queued beyond what the device should have taken by now.

        One that takes them in bursts is thought to take them evenly. Below 0 where too few wait
        for the next burst.
        """
        waiting = self._resampler.delay() if self._resampler is not None else 0
        queued = (len(self.ring) + waiting) / self.rate
        asked, asked_at = self._asked
        ahead = self._device.ahead(asked / self.rate, asked_at, self._clock())
        return round((queued - ahead) * SAMPLE_RATE)

    def write(self, samples: Samples) -> None:
        """Queue samples."""
        underflows = self.ring.underflows
        ran_empty = self._underflows is not None and underflows > self._underflows
        self._underflows = underflows  # those before the first write say nothing
        self._follow(ran_empty, self._clock())
        if self._resampler is not None:
            samples = self._resampler.resample_chunk(samples)
        self.ring.write(samples)

    def _follow(self, ran_empty: bool, now: float) -> None:
        """Want more in the queue after it ran empty, and less after a calm time."""
        if ran_empty:
            self.target = min(self.target + _PLAYBACK_STEP, _MOST_PLAYBACK_TARGET)
            if self._stepped_back:
                self._calm_seconds *= 2
            self._calm_since, self._stepped_back = now, False
        elif now - self._calm_since >= self._calm_seconds:
            self._stepped_back = self.target > self._least_target
            self.target = max(self.target - _PLAYBACK_STEP, self._least_target)
            self._calm_since = now


def _resampler(rate_in: int, rate_out: int) -> soxr.ResampleStream | None:
    if rate_in == rate_out:
        return None
    return soxr.ResampleStream(rate_in, rate_out, 1, dtype="int16", quality="HQ")
