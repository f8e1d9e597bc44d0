"""The common part of ports without a device: a monotonic clock stands for both sound cards.

Sample `i` of the microphone is captured at `input_started_at + i / 48000`, sample `j` of the
speaker is heard at `output_started_at + j / 48000`, without drift. Where nothing was written in
time, the speaker plays silence for just that long.
"""

import time
from collections.abc import Callable
from typing import Protocol

from tui_call.voice.samples import Samples, silence
from tui_call.voice.sound import FRAME_SAMPLES, SAMPLE_RATE

_PLAYBACK_TARGET = 480  # filled again 5 ms below it, which leaves 5 ms for a late look
_PLAYBACK_STEP = 120
_MOST_PLAYBACK_TARGET = 1_440
_MOST_BACKLOG = SAMPLE_RATE // 5


class Source(Protocol):
    """Where the microphone's samples come from."""

    def fill(self, position: int, out: Samples) -> None:
        """Write the samples from `position` of the microphone's time line into `out`."""
        ...


class Sink(Protocol):
    """Where the speaker's samples go."""

    def take(self, position: int, samples: Samples) -> None:
        """Take the samples at `position` of the speaker's time line; positions have no gaps."""
        ...


class PacedPort:
    """An `AudioPort` between a source and a sink, either of which may be missing.

    The input starts at the first `read` or level asked for, the output at the first `write`, so
    that nothing of either is lost while a call is being set up.

    Attributes:
        input_started_at: monotonic seconds at which sample 0 was captured, None before.
        output_started_at: monotonic seconds at which sample 0 was heard, None before.
        underflows: how often nothing was queued for the speaker.
        playback_target: 10 to 30 ms of samples; more after an underflow.
    """

    capture_latency = 0.0
    playback_latency = 0.0
    capture_cushion = 0

    def __init__(
        self,
        source: Source | None,
        sink: Sink | None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.input_started_at: float | None = None
        self.output_started_at: float | None = None
        self.underflows = 0
        self.playback_target = _PLAYBACK_TARGET
        self._source = source
        self._sink = sink
        self._clock = clock
        self._read = 0
        self._written = 0

    @property
    def has_microphone(self) -> bool:
        """There is a source."""
        return self._source is not None

    @property
    def has_speaker(self) -> bool:
        """There is a sink."""
        return self._sink is not None

    def start(self) -> None:
        """Nothing to open."""

    def stop(self) -> None:
        """Nothing to close."""

    def read(self, out: Samples) -> bool:
        """Fill `out` if its last sample has been captured."""
        if self._source is None or self.capture_level() < len(out):
            return False
        self._source.fill(self._read, out)
        self._read += len(out)
        return True

    def capture_level(self) -> int:
        """Return how many captured samples wait; a reader that slept long loses the oldest."""
        if self._source is None:
            return 0
        if self.input_started_at is None:
            self.input_started_at = self._clock()
        level = self._elapsed(self.input_started_at) - self._read
        if level > _MOST_BACKLOG:
            self._read += level - FRAME_SAMPLES
            level = FRAME_SAMPLES
        return level

    def discard(self, samples: int) -> None:
        """Pass over samples of the source."""
        self._read += min(samples, self.capture_level())

    def write(self, samples: Samples) -> None:
        """Queue samples; first comes the silence that was heard where nothing was queued."""
        if self.output_started_at is None:
            self.output_started_at = self._clock()
        missed = -self._playback_balance()
        if missed > 0:
            self.underflows += 1
            self.playback_target = min(self.playback_target + _PLAYBACK_STEP, _MOST_PLAYBACK_TARGET)
            self._append_silence(missed)
        self._append(samples)

    def playback_level(self) -> int:
        """Return how many samples are written and not yet heard."""
        return max(0, self._playback_balance())

    def _playback_balance(self) -> int:
        if self.output_started_at is None:
            return 0
        return self._written - self._elapsed(self.output_started_at)

    def _append(self, samples: Samples) -> None:
        sink = self._sink  # it may be taken away meanwhile
        if sink is not None:
            sink.take(self._written, samples)
        self._written += len(samples)

    def _append_silence(self, count: int) -> None:
        if self._sink is None:
            self._written += count
            return
        for start in range(0, count, SAMPLE_RATE):  # it may be hours
            self._append(silence(min(SAMPLE_RATE, count - start)))

    def _elapsed(self, since: float) -> int:
        return int((self._clock() - since) * SAMPLE_RATE)
