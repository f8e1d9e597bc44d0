"""A room in virtual time: what the speaker plays comes back into the microphone.

The devices of the room may run at clocks of their own, as a headset and a monitor do.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from tui_call.voice.samples import Samples, silence
from tui_call.voice.sound import SAMPLE_RATE


class Room:
    """An `AudioPort` in which somebody speaks and a loudspeaker is heard.

    Attributes:
        captured: what the microphone gave, echo and all, before anybody processed it.
    """

    has_microphone = True
    has_speaker = True
    capture_latency = 0.0
    playback_latency = 0.0
    capture_cushion = 0
    playback_target = 960

    def __init__(
        self,
        clock: Callable[[], float],
        speech: Samples,
        *,
        echo_db: float = -12.0,
        echo_seconds: float = 0.080,
        speaker_speed: float = 1.0,
        burst_seconds: float = 1 / SAMPLE_RATE,
    ) -> None:
        """Furnish the room.

        Args:
            clock: seconds; the microphone takes 48000 samples in each.
            speech: what is said into the microphone, silence behind it.
            echo_db: how loud the speaker is in the microphone.
            echo_seconds: after how long.
            speaker_speed: how fast the speaker's clock runs.
            burst_seconds: how much the microphone hands over at once.
        """
        self.captured: list[Samples] = []
        self._clock = clock
        self._started = clock()
        self._speech = speech
        self._gain = 10 ** (echo_db / 20)
        self._echo_seconds = echo_seconds
        self._speed = speaker_speed
        self._burst = round(burst_seconds * SAMPLE_RATE)
        self._played: NDArray[np.int16] = silence(3600 * SAMPLE_RATE // 20)
        self._written = 0
        self._read = 0

    def start(self) -> None:
        """Nothing to open."""

    def stop(self) -> None:
        """Nothing to close."""

    def read(self, out: Samples) -> bool:
        """Give speech and echo."""
        if self.capture_level() < len(out):
            return False
        positions = np.arange(self._read, self._read + len(out))
        said = self._speech[self._read : self._read + len(out)]
        heard_at = (positions - self._echo_seconds * SAMPLE_RATE) * self._speed
        there = np.arange(max(0, int(heard_at[0]) - 1), max(0, int(heard_at[-1]) + 2))
        echo = np.interp(heard_at, there, self._played[there]) if len(there) else heard_at * 0
        out[:] = np.round(echo * self._gain)
        out[: len(said)] += said
        self._read += len(out)
        self.captured.append(out.copy())
        return True

    def capture_level(self) -> int:
        """Return what the microphone has handed over and nobody read."""
        captured = round((self._clock() - self._started) * SAMPLE_RATE)
        return captured // self._burst * self._burst - self._read

    def discard(self, samples: int) -> None:
        """Lose samples."""
        self._read += samples

    def write(self, samples: Samples) -> None:
        """Play; where nothing was queued in time, silence was heard."""
        self._written = max(self._written, self._heard())
        self._played[self._written : self._written + len(samples)] = samples
        self._written += len(samples)

    def playback_level(self) -> int:
        """Return what the speaker's clock has not played yet."""
        return max(0, self._written - self._heard())

    def _heard(self) -> int:
        return round((self._clock() - self._started) * self._speed * SAMPLE_RATE)
