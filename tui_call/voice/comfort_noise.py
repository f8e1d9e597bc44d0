"""The far room's own silence, for the time in which nothing comes from there."""

import numpy as np

from tui_call.voice.samples import Samples, silence
from tui_call.voice.sound import FRAME_SAMPLES

MOST_RMS = 180.0
"""About -45 dBFS: what is louder is no background."""

_FORGET = 1.01  # a frame: the quietest of the last seconds is what counts
_HOP = FRAME_SAMPLES // 2
_WINDOW = np.sqrt(np.hanning(FRAME_SAMPLES + 1)[:-1])  # its squares add up to one


class ComfortNoise:
    """Noise with the level and the spectrum of the quietest sound lately.

    Its phases are random, so that nothing said is in it; their seed is fixed, since they hide
    nothing.
    """

    def __init__(self) -> None:
        self._chance = np.random.default_rng(0)
        self._spectrum: np.ndarray | None = None
        self._floor = np.inf
        self._tail = np.zeros(_HOP)
        self._rest = silence(0)

    def hear(self, frame: Samples, rms: float) -> None:
        """Take note of a decoded frame, int16[960], whose root mean square is known."""
        self._floor *= _FORGET
        if rms <= min(self._floor, MOST_RMS):
            self._floor = max(rms, 1.0)
            self._spectrum = np.abs(np.fft.rfft(frame * _WINDOW))

    def next(self, samples: int) -> Samples:
        """Return that many samples, in one piece with those before; silence before it heard any."""
        if self._spectrum is None:
            return silence(samples)
        while len(self._rest) < samples:
            self._rest = np.concatenate((self._rest, self._made(self._spectrum)))
        noise, self._rest = self._rest[:samples], self._rest[samples:]
        return noise

    def _made(self, spectrum: np.ndarray) -> Samples:
        phases = np.exp(2j * np.pi * self._chance.random(len(spectrum)))
        block = np.fft.irfft(spectrum * phases, FRAME_SAMPLES) * _WINDOW * np.sqrt(2)
        made = self._tail + block[:_HOP]
        self._tail = block[_HOP:]
        return np.clip(made, -32_768, 32_767).astype(np.int16)
