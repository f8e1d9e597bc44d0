"""Turns numbered packets into an unbroken sound, pulled by the speaker's clock.

One thread may insert while another one pulls: packets wait in a deque, whose `append` and
`popleft` are atomic, until the next pull looks at them. Everything else belongs to the puller.
"""

import math
from collections import deque
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from tui_call.voice.comfort_noise import ComfortNoise
from tui_call.voice.jitter_buffer import DEFAULT_TARGET, JitterBuffer, Play
from tui_call.voice.meter import LevelMeter, power_db
from tui_call.voice.opus import Decoder, MalformedAudio
from tui_call.voice.samples import Samples, crossfaded, mean_square, mixed, scaled, silence
from tui_call.voice.sound import FRAME_SAMPLES, FRAME_SECONDS, SAMPLE_RATE
from tui_call.voice.time_stretch import MOST_LAG, lengthened, resized, shortened

_MOST_ARRIVALS = 512  # between two pulls; beyond, the oldest go
_MOST_TAKEN = 256  # in one pull, however fast more of them come
_FULL_GAIN_GAPS = 2  # concealed frames in a row before the fade begins
_FADE_GAPS = 4  # and how many it takes to silence
_FADE_IN_SAMPLES = 240
_CROSSFADE_SAMPLES = 480
_NOISE_SECONDS = 2.0  # then a dead line sounds dead
_FRESH_FRAMES = 5  # after silence, in which a cut is not heard
_FEC_FRAMES = 100  # FEC is waited for that long after a packet had it
_QUIET_RMS = 180.0  # about -45 dBFS
_CLOCK_JUMP = 0.100
_MOST_PULL_SECONDS = 0.040
_PULL_DECAY = 0.992  # from pull to pull, of a frame each: halved in under two seconds
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
        recovered_by_fec: frames made from what the packet after them says of them.
        recovered_by_copies: frames played from a copy in a later packet.
        late: frames that came after they were due.
        duplicates: packets of frames that had come before.
        skipped: frames left out to bring the delay down.
        malformed: packets that the decoder refused.
        stretched: frames that were played longer or shorter than they are.
        buffer_ms: how long a frame waits here.
        wanted_ms: how long the quickest frame should wait here.
        jitter_ms: mean deviation of arrivals.
    """

    received: int = 0
    played: int = 0
    lost: int = 0
    concealed: int = 0
    recovered_by_fec: int = 0
    recovered_by_copies: int = 0
    late: int = 0
    duplicates: int = 0
    skipped: int = 0
    malformed: int = 0
    stretched: int = 0
    buffer_ms: float = 0.0
    wanted_ms: float = 0.0
    jitter_ms: float = 0.0


class Playout:
    """Jitter buffer and decoder of one incoming stream.

    Attributes:
        meter: of the frames that are played.
    """

    def __init__(self, target: float = DEFAULT_TARGET, decoder: FrameDecoder | None = None) -> None:
        self.meter = LevelMeter()
        self._buffer = JitterBuffer(target)
        self._decoder = decoder or Decoder()
        self._arrivals: deque[tuple[int, int, bytes, float, int]] = deque(maxlen=_MOST_ARRIVALS)
        self._clock: float | None = None
        self._rest = silence(0)
        self._gain = 0.0
        self._gaps = 0
        self._quiet = True
        self._fresh = 0
        self._noise = ComfortNoise()
        self._noise_left = 0
        self._change = _DelayChange()
        self._stretched = 0
        self._fec = 0
        self._concealed = 0
        self._recovered = 0
        self._malformed = self._malformed_copies = 0

    @property
    def target(self) -> float:
        """Least delay that the jitter buffer gives, seconds; may be changed at any time."""
        return self._buffer.target

    @target.setter
    def target(self, seconds: float) -> None:
        self._buffer.target = seconds

    @property
    def silent(self) -> bool:
        """Nothing is to be heard until another packet comes: a pull would return silence."""
        return not (self._arrivals or self._noise_left or len(self._rest)) and self._buffer.empty

    @property
    def idle(self) -> bool:
        """No frame is being played."""
        return self._buffer.idle

    def insert(self, number: int, audio: bytes, now: float, absent: int = 0) -> None:
        """Hand over the packet of a frame.

        Args:
            number: the frame's authenticated number.
            audio: its Opus packet; rubbish is concealed and counted.
            now: monotonic seconds of its arrival.
            absent: how many frames right before it were never sent here, and are no loss.
        """
        self._arrivals.append((number, 0, audio, now, absent))

    def insert_copy(self, number: int, offset: int, audio: bytes, now: float) -> None:
        """Hand over another packet of frame `number`, which came with frame `number + offset`."""
        self._arrivals.append((number, offset, audio, now, 0))

    def pull(
        self, now: float, samples: int = FRAME_SAMPLES, *, whole_frames: bool = False
    ) -> Samples:
        """Return the next samples to play, always as many as asked for.

        Args:
            now: monotonic seconds.
            samples: how many; the speaker's clock is the sum of all that was pulled.
            whole_frames: return all that is left of the last frame too.
        """
        self._take_arrivals()
        clock = self._follow(now, samples)
        parts: list[Samples] = []
        filled = 0
        while filled < samples:
            if not len(self._rest):
                self._rest = self._next_sound(clock + filled / SAMPLE_RATE, samples - filled)
            part = self._rest if whole_frames else self._rest[: samples - filled]
            self._rest = self._rest[len(part) :]
            parts.append(part)
            filled += len(part)
        self._clock = clock + filled / SAMPLE_RATE
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def statistics(self) -> PlayoutStatistics:
        """Return the figures so far; any thread may ask."""
        counters = self._buffer.counters
        return PlayoutStatistics(
            received=counters.received,
            played=counters.played - (self._malformed - self._malformed_copies),
            lost=counters.lost,
            concealed=self._concealed,
            recovered_by_fec=self._recovered,
            recovered_by_copies=counters.from_copies - self._malformed_copies,
            late=counters.late,
            duplicates=counters.duplicates,
            skipped=counters.skipped,
            malformed=self._malformed,
            stretched=self._stretched,
            buffer_ms=self._buffer.waited * 1000,
            wanted_ms=self._buffer.wanted_delay * 1000,
            jitter_ms=self._buffer.jitter * 1000,
        )

    def _take_arrivals(self) -> None:
        for _ in range(min(len(self._arrivals), _MOST_TAKEN)):
            number, offset, audio, now, absent = self._arrivals.popleft()
            if offset:
                self._buffer.insert_copy(number, offset, audio, now)
            else:
                self._buffer.insert(number, audio, now, absent)

    def _follow(self, now: float, samples: int) -> float:
        """Return the smoothed time of this pull; single late pulls hardly move it."""
        if self._clock is None or abs(now - self._clock) > _CLOCK_JUMP:
            self._clock = now
        self._clock += (now - self._clock) * _CLOCK_SHARE
        pull_seconds = min(samples / SAMPLE_RATE, _MOST_PULL_SECONDS)
        self._buffer.pull_seconds = max(pull_seconds, self._buffer.pull_seconds * _PULL_DECAY)
        return self._clock

    def _next_sound(self, due: float, room: int) -> Samples:
        """Return the frame that is due, or background up to the start of the next one."""
        if self._buffer.idle:
            start = self._buffer.start_time(due)
            wait = room if start is None else int((start - due) * SAMPLE_RATE)
            if wait > 0:
                return self._background(min(wait, room))
            self._buffer.start(due)
            self._fresh = _FRESH_FRAMES
        match self._buffer.take(due):
            case None:
                return self._background(room)
            case Play() as due_now:
                return self._play(due_now)
            case gap:
                return self._fill(gap.next_audio)

    def _play(self, play: Play) -> Samples:
        replaced = self._decoded(play.instead_of)
        frame = self._decoded(play.audio)
        if frame is None:
            self._malformed += 1
            self._malformed_copies += play.is_copy
            return self._fill(None)
        if replaced is not None:
            frame = crossfaded(replaced, frame, _CROSSFADE_SAMPLES)
        self._gaps = 0
        frame = self._come_in(frame)
        self._noise_left = round(_NOISE_SECONDS * SAMPLE_RATE)
        self._expect_fec(play.audio)
        return self._in_time(frame)

    def _decoded(self, packet: bytes | None) -> Samples | None:
        try:
            return None if packet is None else self._decoder.decode(packet)
        except MalformedAudio:
            return None

    def _in_time(self, frame: Samples) -> Samples:
        """Return a frame longer or shorter, where the delay is wrong."""
        flat = self._quiet or self._fresh > 0
        changed = self._change.applied(frame, self._buffer.excess, flat=flat, fresh=self._fresh > 0)
        self._stretched += len(changed) != len(frame)
        self._fresh = max(0, self._fresh - 1)
        return changed

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
        if gain < 1:
            frame = mixed(frame, scaled(self._background(len(frame)), 1 - self._gain, 1 - gain))
        self._gain = gain
        self._quiet = mean_square(frame) < _QUIET_RMS**2
        return frame

    def _background(self, samples: int) -> Samples:
        """Return the far room's noise, which fades away when nothing comes any more."""
        whole = _NOISE_SECONDS * SAMPLE_RATE
        before, self._noise_left = self._noise_left, max(0, self._noise_left - samples)
        if not before:
            return silence(samples)
        return scaled(self._noise.next(samples), before / whole, self._noise_left / whole)

    def _come_in(self, frame: Samples) -> Samples:
        """Return a frame that fades in over the background where there was a gap."""
        self._measure(frame)
        if self._gain < 1:
            start = scaled(frame[:_FADE_IN_SAMPLES], self._gain, 1.0)
            room = scaled(self._background(_FADE_IN_SAMPLES), 1 - self._gain, 0.0)
            frame = np.concatenate((mixed(start, room), frame[_FADE_IN_SAMPLES:]))
            self._gain = 1.0
        return frame

    def _measure(self, frame: Samples) -> None:
        power = mean_square(frame)
        self.meter.note(power_db(power), FRAME_SECONDS)
        level = math.sqrt(power)
        self._quiet = level < _QUIET_RMS
        self._noise.hear(frame, level)


class _DelayChange:
    """Decides when a frame is stretched or shrunk, and does it.

    The wanted delay follows the path up and down by the second; the sound must not, for each
    change costs a little quality. Too little delay loses frames, so it is made up for at once. Too
    much is taken away once it lasted, first where it is quiet, in a voice only when it is much or
    no quiet place came; then it goes on until it is all gone. A place to cut should look like what
    follows it; noise does so nowhere, and is not hurt by it, so less and less is asked for.
    """

    _LEAST = 0.002
    _SHORT = 0.006
    _LONG = 0.010
    _LONG_FRAMES = 25
    _VERY_LONG = 0.040
    _VERY_LONG_FRAMES = 5
    _PATIENCE_FRAMES = 150
    _ALIKE = 0.8
    _ALIKE_FRAMES = 100  # then it falls, to nothing in as many more
    _HARDLY_ALIKE = 0.3

    def __init__(self) -> None:
        self._frames = 0  # for which the delay was too large
        self._least = 0.0  # excess among them
        self._shrinking = False
        self._rest = False

    def applied(self, frame: Samples, excess: float, *, flat: bool, fresh: bool) -> Samples:
        """Return the frame with the length that the delay needs.

        Args:
            frame: int16[960].
            excess: how much too large the delay is, seconds.
            flat: the frame has no pitch, and may be cut anywhere.
            fresh: the sound has just begun, so that now is the time for any change.
        """
        self._watch(excess)
        if excess < -(self._LEAST if fresh else self._SHORT):
            return self._longer(frame, round(-excess * SAMPLE_RATE), flat)
        most = excess if fresh else self._lasting()
        if most <= self._LEAST:
            return frame
        return self._shorter(frame, round(most * SAMPLE_RATE), flat)

    def _watch(self, excess: float) -> None:
        if excess < (self._LEAST if self._shrinking else self._LONG):
            self._frames, self._shrinking = 0, False
            return
        self._least = min(self._least, excess) if self._frames else excess
        self._frames += 1

    def _lasting(self) -> float:
        """Return how much can be taken away now, else 0, in seconds."""
        enough = self._VERY_LONG_FRAMES if self._least > self._VERY_LONG else self._LONG_FRAMES
        return self._least if self._shrinking or self._frames > enough else 0.0

    def _longer(self, frame: Samples, short: int, flat: bool) -> Samples:
        return resized(frame, short) if flat else lengthened(frame, MOST_LAG, self._HARDLY_ALIKE)

    def _shorter(self, frame: Samples, most: int, flat: bool) -> Samples:
        very_long = self._least > self._VERY_LONG
        if not (flat or very_long or self._shrinking or self._frames > self._PATIENCE_FRAMES):
            return frame
        self._shrinking = True
        if flat:
            return resized(frame, -most)
        self._rest = not self._rest
        return frame if self._rest else shortened(frame, most, self._likeness)

    @property
    def _likeness(self) -> float:
        return self._ALIKE * min(1.0, max(0.0, 2 - self._frames / self._ALIKE_FRAMES))
