"""Turns numbered packets into an unbroken sound, pulled by the speaker's clock.

One thread may insert while another one pulls: packets wait in a deque, whose `append` and
`popleft` are atomic, until the next pull looks at them. Everything else belongs to the puller.
"""

from collections import deque
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from tui_call.voice.jitter_buffer import DEFAULT_TARGET, JitterBuffer, Play
from tui_call.voice.opus import Decoder, MalformedAudio
from tui_call.voice.sound import (
    FRAME_SAMPLES,
    FRAME_SECONDS,
    SAMPLE_RATE,
    Samples,
    crossfaded,
    mean_square,
    scaled,
    silence,
)

_MOST_ARRIVALS = 256  # between two pulls; beyond, the oldest go
_FULL_GAIN_GAPS = 2  # concealed frames in a row before the fade begins
_FADE_GAPS = 4  # and how many it takes to silence
_FADE_IN_SAMPLES = 240
_CROSSFADE_SAMPLES = 480
_LEAST_CHANGE = 0.002
_MOST_SHORTAGE = 0.006  # less than that is not made up for: each change costs a little quality
_MOST_EXCESS = 0.010
_EXCESS_FRAMES = 25  # and more than that only after it lasted so long
_MOST_CHANGE = FRAME_SAMPLES // 2
_CHANGE_OVERLAP = 240
_FRESH_FRAMES = 5  # after silence, in which a cut is not heard
_FEC_FRAMES = 100  # FEC is waited for that long after a packet had it
_QUIET_RMS = 180.0  # about -45 dBFS
_CLOCK_JUMP = 0.100
_MOST_PULL_SECONDS = 0.040
_PULL_DECAY = 0.998
_CLOCK_SHARE = 0.05


class FrameDecoder(Protocol):
    """What playout needs of a codec; `opus.Decoder` is the one."""

    def decode(self, packet: bytes) -> Samples:
        """Return the frame of a packet, or raise `MalformedAudio`."""
        ...

    def decode_fec(self, next_packet: bytes) -> Samples:
        """Return the lost frame before a packet, or raise `MalformedAudio`."""
        ...

    def conceal(self) -> Samples:
        """Return a frame in place of a lost one."""
        ...

    def carries_fec(self, packet: bytes) -> bool:
        """Tell whether `decode_fec` of this packet is better than `conceal`."""
        ...


@dataclass(frozen=True, slots=True)
class PlayoutStatistics:
    """Figures since the beginning.

    Attributes:
        received: distinct frames that arrived.
        played: frames played from their own packet.
        lost: frames that were due and never came.
        concealed: frames of sound made up by the decoder.
        recovered_by_fec: frames played from the copy in the packet after them.
        late: frames that came after they were due.
        duplicates: packets of frames that had come before.
        skipped: frames left out to bring the delay down.
        malformed: packets that the decoder refused.
        buffer_ms: how long a frame waits here.
        jitter_ms: mean deviation of arrivals.
    """

    received: int
    played: int
    lost: int
    concealed: int
    recovered_by_fec: int
    late: int
    duplicates: int
    skipped: int
    malformed: int
    buffer_ms: float
    jitter_ms: float


class Playout:
    """Jitter buffer and decoder of one incoming stream."""

    def __init__(self, target: float = DEFAULT_TARGET, decoder: FrameDecoder | None = None) -> None:
        self._buffer = JitterBuffer(target)
        self._decoder = decoder or Decoder()
        self._arrivals: deque[tuple[int, bytes, float]] = deque(maxlen=_MOST_ARRIVALS)
        self._clock: float | None = None
        self._rest = silence(0)
        self._gain = 0.0
        self._gaps = 0
        self._quiet = True
        self._fresh = 0
        self._steady = _SteadyExcess()
        self._fec = 0
        self._concealed = 0
        self._recovered = 0
        self._malformed = 0

    @property
    def target(self) -> float:
        """Least delay that the jitter buffer gives, seconds; may be changed at any time."""
        return self._buffer.target

    @target.setter
    def target(self, seconds: float) -> None:
        self._buffer.target = seconds

    def insert(self, number: int, audio: bytes, now: float) -> None:
        """Hand over the packet of a frame.

        Args:
            number: the frame's authenticated number.
            audio: its Opus packet; rubbish is concealed and counted.
            now: monotonic seconds of its arrival.
        """
        self._arrivals.append((number, audio, now))

    def pull(self, now: float, samples: int = FRAME_SAMPLES) -> Samples:
        """Return the next samples to play, always as many as asked for.

        Args:
            now: monotonic seconds.
            samples: how many; the speaker's clock is the sum of all that was pulled.
        """
        while self._arrivals:
            self._buffer.insert(*self._arrivals.popleft())
        clock = self._follow(now, samples)
        parts: list[Samples] = []
        filled = 0
        while filled < samples:
            if not len(self._rest):
                self._rest = self._next_sound(clock + filled / SAMPLE_RATE, samples - filled)
            part = self._rest[: samples - filled]
            self._rest = self._rest[len(part) :]
            parts.append(part)
            filled += len(part)
        return np.concatenate(parts)

    def statistics(self) -> PlayoutStatistics:
        """Return the figures so far; any thread may ask."""
        counters = self._buffer.counters
        return PlayoutStatistics(
            received=counters.received,
            played=counters.played - self._malformed,
            lost=counters.lost,
            concealed=self._concealed,
            recovered_by_fec=self._recovered,
            late=counters.late,
            duplicates=counters.duplicates,
            skipped=counters.skipped,
            malformed=self._malformed,
            buffer_ms=self._buffer.waited * 1000,
            jitter_ms=self._buffer.jitter * 1000,
        )

    def _follow(self, now: float, samples: int) -> float:
        """Return the smoothed time of this pull; single late pulls hardly move it."""
        if self._clock is None or abs(now - self._clock) > _CLOCK_JUMP:
            self._clock = now
        self._clock += (now - self._clock) * _CLOCK_SHARE
        pull_seconds = min(samples / SAMPLE_RATE, _MOST_PULL_SECONDS)
        self._buffer.pull_seconds = max(pull_seconds, self._buffer.pull_seconds * _PULL_DECAY)
        clock = self._clock
        self._clock += samples / SAMPLE_RATE
        return clock

    def _next_sound(self, due: float, room: int) -> Samples:
        """Return the frame that is due, or silence up to the start of the next one."""
        if self._buffer.idle:
            start = self._buffer.start_time(due)
            wait = room if start is None else int((start - due) * SAMPLE_RATE)
            if wait > 0:
                return silence(min(wait, room))
            self._buffer.start(due)
            self._fresh = _FRESH_FRAMES
        match self._buffer.take(due, quiet=self._quiet):
            case None:
                return silence(room)
            case Play(audio, instead_of):
                return self._play(audio, instead_of)
            case gap:
                return self._fill(gap.next_audio)

    def _play(self, audio: bytes, instead_of: bytes | None) -> Samples:
        try:
            replaced = None if instead_of is None else self._decoder.decode(instead_of)
            frame = self._decoder.decode(audio)
        except MalformedAudio:
            self._malformed += 1
            return self._fill(None)
        if replaced is not None:
            frame = crossfaded(replaced, frame, _CROSSFADE_SAMPLES)
        self._gaps = 0
        self._expect_fec(audio)
        frame = self._come_in(frame)
        frame = self._corrected(frame)
        self._fresh = max(0, self._fresh - 1)
        return frame

    def _corrected(self, frame: Samples) -> Samples:
        """Return a frame longer or shorter where the delay is wrong and nobody hears the cut."""
        excess = self._buffer.excess
        lasting = self._steady.after(excess)
        if not (self._quiet or self._fresh):
            return frame
        if not self._fresh:
            excess = excess if excess < -_MOST_SHORTAGE else lasting
        if abs(excess) <= _LEAST_CHANGE:
            return frame
        self._steady.forget()
        return _resized(frame, -round(excess * SAMPLE_RATE))

    def _expect_fec(self, audio: bytes) -> None:
        """Wait for the packet after a lost frame while the sender puts FEC into packets."""
        self._fec = _FEC_FRAMES if self._decoder.carries_fec(audio) else max(0, self._fec - 1)
        self._buffer.repair_seconds = FRAME_SECONDS if self._fec else 0.0

    def _fill(self, next_audio: bytes | None) -> Samples:
        if next_audio is not None and self._decoder.carries_fec(next_audio):
            try:
                frame = self._decoder.decode_fec(next_audio)
            except MalformedAudio:
                return self._conceal()
            self._recovered += 1
            return self._come_in(frame)
        return self._conceal()

    def _conceal(self) -> Samples:
        self._concealed += 1
        self._gaps += 1
        frame = self._decoder.conceal()
        gain = min(self._gain, max(0.0, 1 - (self._gaps - _FULL_GAIN_GAPS) / _FADE_GAPS))
        frame = scaled(frame, self._gain, gain)
        self._gain = gain
        return self._measured(frame)

    def _come_in(self, frame: Samples) -> Samples:
        if self._gain < 1:
            start = scaled(frame[:_FADE_IN_SAMPLES], self._gain, 1.0)
            frame = np.concatenate((start, frame[_FADE_IN_SAMPLES:]))
            self._gain = 1.0
        return self._measured(frame)

    def _measured(self, frame: Samples) -> Samples:
        self._quiet = mean_square(frame) < _QUIET_RMS**2
        return frame


class _SteadyExcess:
    """The part of the delay's excess that was there all the time lately.

    The wanted delay follows the path up and down by the second; the sound must not.
    """

    def __init__(self) -> None:
        self._least = 0.0
        self._frames = 0

    def after(self, excess: float) -> float:
        """Note the excess at a frame; return what can be taken away now, else 0, in seconds."""
        if excess < _MOST_EXCESS:
            self.forget()
            return 0.0
        self._least = min(self._least, excess) if self._frames else excess
        self._frames += 1
        return self._least if self._frames > _EXCESS_FRAMES else 0.0

    def forget(self) -> None:
        """Begin anew."""
        self._frames = 0


def _resized(frame: Samples, change: int) -> Samples:
    """Return a frame with up to half a frame more or less in it, faded over at the seam."""
    change = max(-_MOST_CHANGE, min(_MOST_CHANGE, change))
    seam = FRAME_SAMPLES // 2 if change > 0 else FRAME_SAMPLES // 4
    tail = crossfaded(frame[seam:], frame[seam - change :], _CHANGE_OVERLAP)
    return np.concatenate((frame[:seam], tail))
