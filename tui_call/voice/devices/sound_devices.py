"""Microphone and speaker through PortAudio, each by name, each allowed to vanish and come back.

A callback of PortAudio only copies between its buffer and a `SampleRing`. A watching thread opens
and closes: it sees that a stream ended by itself or that its callback stalled, tells the listener,
and tries again every two seconds. Meanwhile a silent port stands in for that side, so the audio
thread never notices more than silence.
"""

import threading
import time
from typing import Any

import numpy as np
import soxr

from tui_call.voice.devices import portaudio
from tui_call.voice.devices.port import DeviceError, DeviceEvent, DeviceKind, DeviceListener
from tui_call.voice.devices.portaudio import OpenStream
from tui_call.voice.devices.silent import SilentPort
from tui_call.voice.ring import SampleRing
from tui_call.voice.sound import SAMPLE_RATE, Samples

_RING_SECONDS = 0.4
_WATCH_SECONDS = 0.1
_FIRST_STALL_SECONDS = 3.0  # a sound server may take this long to begin
_STALL_SECONDS = 0.7
_RETRY_SECONDS = 2.0
_STOP_SECONDS = 5.0
_LATENCIES: tuple[float | str, ...] = ("low", 0.040, 0.060)
_XRUNS_TO_STEP_UP = 3
_XRUN_WINDOW_SECONDS = 10.0
_CUSHION = 240
_PLAYBACK_TARGET = 960  # a block of the device, 5 ms until the next look, 5 ms for a late one
_PLAYBACK_STEP = 240
_MOST_PLAYBACK_TARGET = 2_880


class _Side:
    """One open stream and its ring; the callbacks are its only visitors from PortAudio's thread."""

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


class _Microphone(_Side):
    """A microphone at 48 kHz, whatever the device runs at."""

    def __init__(self, name: str, latency: float | str) -> None:
        super().__init__("microphone", name, latency)
        self._resampler = _resampler(self.rate, SAMPLE_RATE)
        self._ready = self.ring if self._resampler is None else SampleRing(self.ring.capacity)

    def level(self) -> int:
        if self._resampler is not None and len(self.ring):
            samples = np.empty(len(self.ring), np.int16)
            self.ring.read(samples)
            self._ready.write(self._resampler.resample_chunk(samples))
        return len(self._ready)

    def read(self, out: Samples) -> bool:
        if self.level() < len(out):
            return False
        self._ready.read(out)
        return True

    def discard(self, samples: int) -> None:
        self._ready.discard(samples)


class _Speaker(_Side):
    """A speaker at 48 kHz, whatever the device runs at.

    Attributes:
        target: what its queue should hold; more after it ran empty.
    """

    def __init__(self, name: str, latency: float | str) -> None:
        self.target = _PLAYBACK_TARGET
        super().__init__("speaker", name, latency)
        self._resampler = _resampler(SAMPLE_RATE, self.rate)
        self._underflows: int | None = None

    def level(self) -> int:
        return len(self.ring) * SAMPLE_RATE // self.rate

    def write(self, samples: Samples) -> None:
        underflows = self.ring.underflows
        if self._underflows is not None and underflows > self._underflows:
            self.target = min(self.target + _PLAYBACK_STEP, _MOST_PLAYBACK_TARGET)
        self._underflows = underflows  # those before the first write say nothing
        if self._resampler is not None:
            samples = self._resampler.resample_chunk(samples)
        self.ring.write(samples)


class _Watch:
    """What the watching thread knows of one side."""

    def __init__(self, kind: DeviceKind, name: str) -> None:
        self.kind: DeviceKind = kind
        self.name = name
        self.step = 0  # index into _LATENCIES
        self.reported_lost = False
        self.retry_at = 0.0
        self._beats = 0
        self._beat_at = 0.0
        self._stall = _FIRST_STALL_SECONDS
        self._xruns = 0
        self._xruns_since = 0.0

    def opened(self, now: float) -> None:
        self._beats, self._beat_at, self._stall = 0, now, _FIRST_STALL_SECONDS
        self._xruns, self._xruns_since = 0, now

    def is_dead(self, side: _Side, now: float) -> bool:
        if side.beats != self._beats:
            self._beats, self._beat_at, self._stall = side.beats, now, _STALL_SECONDS
        return side.finished or now - self._beat_at > self._stall

    def needs_more_latency(self, side: _Side, now: float) -> bool:
        if now - self._xruns_since > _XRUN_WINDOW_SECONDS:
            self._xruns, self._xruns_since = side.xruns, now
        often = side.xruns - self._xruns >= _XRUNS_TO_STEP_UP
        return often and self.step + 1 < len(_LATENCIES)


class SoundDevicePort:
    """An `AudioPort` of real devices."""

    def __init__(
        self,
        microphone: str | None = "",
        speaker: str | None = "",
        listener: DeviceListener | None = None,
    ) -> None:
        """Name the devices.

        Args:
            microphone: as in `portaudio.list_devices`; "" the system's default; None for none.
            speaker: the same.
            listener: told when one is lost (also when it is missing at the start) or found.
        """
        self._listener = listener
        self._microphone: _Microphone | None = None
        self._speaker: _Speaker | None = None
        self._stand_in = SilentPort()
        wanted: list[tuple[DeviceKind, str | None]] = [
            ("microphone", microphone),
            ("speaker", speaker),
        ]
        self._watches = [_Watch(kind, name) for kind, name in wanted if name is not None]
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def has_microphone(self) -> bool:
        """The microphone is open."""
        return self._microphone is not None

    @property
    def has_speaker(self) -> bool:
        """The speaker is open."""
        return self._speaker is not None

    @property
    def capture_latency(self) -> float:
        """Seconds that PortAudio reckons from the air to here."""
        side = self._microphone
        return 0.0 if side is None else side.latency

    @property
    def playback_latency(self) -> float:
        """Seconds that PortAudio reckons from here to the air."""
        side = self._speaker
        return 0.0 if side is None else side.latency

    @property
    def capture_cushion(self) -> int:
        """5 ms against the unevenness of callbacks."""
        return _CUSHION

    @property
    def playback_target(self) -> int:
        """20 to 60 ms; it grows when the queue ran empty."""
        side = self._speaker
        return self._stand_in.playback_target if side is None else side.target

    def start(self) -> None:
        """Open what can be opened; the rest is reported lost and tried again.

        Raises:
            AudioLibraryMissing: there is no PortAudio.
        """
        portaudio.library()
        self._stopping.clear()
        for watch in self._watches:
            self._try_open(watch)
        self._thread = threading.Thread(target=self._watch, name="sound-devices", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Close the devices."""
        self._stopping.set()
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.join(_STOP_SECONDS)
            for kind in ("microphone", "speaker"):
                self._close(kind)

    def read(self, out: Samples) -> bool:
        """Fill `out` if the microphone gave enough."""
        side = self._microphone
        return side is not None and side.read(out)

    def capture_level(self) -> int:
        """Return how many samples of the microphone wait."""
        side = self._microphone
        return 0 if side is None else side.level()

    def discard(self, samples: int) -> None:
        """Drop the oldest samples of the microphone."""
        side = self._microphone
        if side is not None:
            side.discard(samples)

    def write(self, samples: Samples) -> None:
        """Queue samples for the speaker."""
        (self._speaker or self._stand_in).write(samples)

    def playback_level(self) -> int:
        """Return how many samples are queued for the speaker."""
        side = self._speaker
        return self._stand_in.playback_level() if side is None else side.level()

    def _watch(self) -> None:
        while not self._stopping.wait(_WATCH_SECONDS):
            for watch in self._watches:
                self._look_after(watch, time.monotonic())

    def _look_after(self, watch: _Watch, now: float) -> None:
        side = self._microphone if watch.kind == "microphone" else self._speaker
        if side is None:
            if now >= watch.retry_at:
                self._try_open(watch)
        elif watch.is_dead(side, now):
            self._close(watch.kind)
            self._report_lost(watch)
        elif watch.needs_more_latency(side, now):
            watch.step += 1
            self._close(watch.kind)
            self._try_open(watch)

    def _try_open(self, watch: _Watch) -> None:
        latency = _LATENCIES[watch.step]
        try:
            if watch.kind == "microphone":
                self._microphone = _Microphone(watch.name, latency)
            else:
                self._speaker = _Speaker(watch.name, latency)
        except DeviceError:
            self._report_lost(watch)
            return
        watch.opened(time.monotonic())
        if watch.reported_lost:
            watch.reported_lost = False
            self._tell(DeviceEvent("found", watch.kind, watch.name))

    def _close(self, kind: DeviceKind) -> None:
        """Take the side away from the audio thread, then close it, which may take long."""
        if kind == "microphone":
            side, self._microphone = self._microphone, None
        else:
            side, self._speaker = self._speaker, None
        if side is not None:
            side.close()

    def _report_lost(self, watch: _Watch) -> None:
        watch.retry_at = time.monotonic() + _RETRY_SECONDS
        if not watch.reported_lost:
            watch.reported_lost = True
            self._tell(DeviceEvent("lost", watch.kind, watch.name))

    def _tell(self, event: DeviceEvent) -> None:
        if self._listener is not None:
            self._listener(event)


def _resampler(rate_in: int, rate_out: int) -> soxr.ResampleStream | None:
    if rate_in == rate_out:
        return None
    return soxr.ResampleStream(rate_in, rate_out, 1, dtype="int16", quality="HQ")
