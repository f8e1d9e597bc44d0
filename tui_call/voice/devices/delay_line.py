"""What was heard comes back as the microphone some time later: how Echo hears and speaks."""

import time
from collections.abc import Callable

import numpy as np

from tui_call.voice.devices.paced import PacedPort
from tui_call.voice.samples import Samples
from tui_call.voice.sound import SAMPLE_RATE

DEFAULT_DELAY = 1.0

_MARGIN_SAMPLES = 2 * SAMPLE_RATE


class DelayLinePort(PacedPort):
    """An `AudioPort` whose microphone is its own speaker, `delay` seconds ago."""

    def __init__(
        self, delay: float = DEFAULT_DELAY, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Make a line that is `delay` (0.1 to 60) seconds long."""
        self._line = _Line(round(max(0.1, min(60.0, delay)) * SAMPLE_RATE))
        super().__init__(self._line, self._line, clock)

    def write(self, samples: Samples) -> None:
        """Queue samples; both time lines begin together, so that the delay is what was asked."""
        self.capture_level()
        if self.output_started_at is None:
            self.output_started_at = self.input_started_at
        super().write(samples)


class _Line:
    """Source and sink in one: a circular memory of the speaker's time line."""

    def __init__(self, delay_samples: int) -> None:
        self._delay = delay_samples
        self._memory = np.zeros(delay_samples + _MARGIN_SAMPLES, dtype=np.int16)
        self._end = 0  # position behind the newest sample heard

    def take(self, position: int, samples: Samples) -> None:
        kept = samples[-len(self._memory) :]
        start = position + len(samples) - len(kept)
        self._memory[np.arange(start, start + len(kept)) % len(self._memory)] = kept
        self._end = position + len(samples)

    def fill(self, position: int, out: Samples) -> None:
        wanted = np.arange(position, position + len(out)) - self._delay
        there = (wanted >= max(0, self._end - len(self._memory))) & (wanted < self._end)
        out[:] = np.where(there, self._memory[wanted % len(self._memory)], 0)
