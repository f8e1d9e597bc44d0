"""How late sound arrives, measured from the sound itself.

What was said and what was heard are cut into windows; each window of speech is looked for in what
was heard by normalised cross-correlation (computed with the fast Fourier transform), and the lag
of the best match is the delay from mouth to ear at that moment.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui_call.voice.sound import SAMPLE_RATE

WINDOW_SECONDS = 0.5
STEP_SECONDS = 0.1
LONGEST_DELAY_SECONDS = 2.0
SPEECH_RMS = 0.003
MATCH = 0.5
"""Correlation from which a window counts as found: unrelated speech stays under 0.3."""


@dataclass(frozen=True, slots=True)
class Alignment:
    """What looking for the said in the heard gave.

    Attributes:
        delays: seconds, one a window that was found.
        windows: how many windows held speech.
        starts: when the found windows begin, seconds after the first sample that was said.
    """

    delays: tuple[float, ...]
    windows: int
    starts: tuple[float, ...] = ()

    @property
    def heard(self) -> bool:
        """Whether the far end's sound is what was said: most windows were found."""
        return self.windows > 0 and len(self.delays) * 2 > self.windows

    def percentile(self, percent: float) -> float | None:
        """Return a percentile of the delays in seconds, None if nothing was found."""
        return float(np.percentile(self.delays, percent)) if self.delays else None


def align(
    said: NDArray[np.int16], heard: NDArray[np.int16], heard_starts: float = 0.0
) -> Alignment:
    """Measure the delay of `heard` against `said`, both 48 kHz mono.

    Args:
        said: samples that went in.
        heard: samples that came out.
        heard_starts: when the first heard sample was played, in seconds after the first said
            sample was recorded; both on one clock.
    """
    window, step = round(WINDOW_SECONDS * SAMPLE_RATE), round(STEP_SECONDS * SAMPLE_RATE)
    reach = round(LONGEST_DELAY_SECONDS * SAMPLE_RATE)
    source, target = _unit(said), _unit(heard)
    offset = round(heard_starts * SAMPLE_RATE)
    delays: list[float] = []
    starts: list[float] = []
    windows = 0
    for start in range(0, len(source) - window, step):
        needle = source[start : start + window]
        begin = max(0, start - offset)
        hay = target[begin : start - offset + window + reach]
        if np.sqrt(np.mean(needle**2)) < SPEECH_RMS or len(hay) < window:
            continue
        windows += 1
        lag, match = _best_match(needle, hay)
        if match >= MATCH:
            delays.append((begin + lag + offset - start) / SAMPLE_RATE)
            starts.append(start / SAMPLE_RATE)
    return Alignment(tuple(delays), windows, tuple(starts))


def _unit(samples: NDArray[np.int16]) -> NDArray[np.float64]:
    return samples.astype(np.float64) / 32768


def _best_match(needle: NDArray[np.float64], hay: NDArray[np.float64]) -> tuple[int, float]:
    """Return the lag in samples and the normalised correlation of the best match."""
    size = 1 << (len(hay) + len(needle) - 1).bit_length()
    spectrum = np.fft.rfft(hay, size) * np.conj(np.fft.rfft(needle, size))
    correlation = np.fft.irfft(spectrum, size)[: len(hay) - len(needle) + 1]
    energy = np.concatenate(([0.0], np.cumsum(hay**2)))
    norms = np.sqrt(np.maximum(energy[len(needle) :] - energy[: -len(needle)], 1e-9))
    normalised = correlation / (norms * np.sqrt(np.sum(needle**2)))
    lag = int(np.argmax(normalised))
    return lag, float(normalised[lag])
