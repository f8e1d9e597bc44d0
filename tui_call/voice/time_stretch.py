"""Longer and shorter frames in which no voice changes its pitch.

WSOLA (Verhelst and Roelands, ICASSP 1993) for one frame: a piece is left out or said twice where
the sound a little later looks most like the sound now, which in a voice is one or more periods of
its pitch, and both are faded over.
"""

import numpy as np

from tui_call.voice.samples import Samples, crossfaded
from tui_call.voice.sound import FRAME_SAMPLES

LEAST_LAG = 120
"""Samples, 2.5 ms: shorter ones are not a period of a voice (400 Hz)."""
MOST_LAG = 720
"""Samples, 15 ms: a period of the lowest voices (67 Hz)."""
OVERLAP = 240
"""Samples that are compared and faded over, 5 ms; with `MOST_LAG` they fill a frame."""


def shortened(frame: Samples, most: int, likeness: float) -> Samples:
    """Return a frame of 20 ms with a piece left out.

    Args:
        frame: int16[960].
        most: samples to leave out at most; under `LEAST_LAG` nothing is done.
        likeness: normalised correlation, -1 to 1, under which the frame stays as it is.
    """
    lag = _similar(frame, min(most, MOST_LAG), likeness)
    return crossfaded(frame[:-lag], frame[lag:], OVERLAP) if lag else frame


def lengthened(frame: Samples, most: int, likeness: float) -> Samples:
    """Return a frame of 20 ms in which a piece is said twice; arguments as for `shortened`."""
    lag = _similar(frame, min(most, MOST_LAG), likeness)
    return np.concatenate((frame[:lag], crossfaded(frame[lag:], frame, OVERLAP))) if lag else frame


def resized(frame: Samples, change: int) -> Samples:
    """Return a frame with up to half a frame more or less in it; for sound that has no pitch."""
    change = max(-FRAME_SAMPLES // 2, min(FRAME_SAMPLES // 2, change))
    seam = FRAME_SAMPLES // 2 if change > 0 else FRAME_SAMPLES // 4
    return np.concatenate((frame[:seam], crossfaded(frame[seam:], frame[seam - change :], OVERLAP)))


def _similar(frame: Samples, most: int, likeness: float) -> int:
    """Return the lag at which the sound is most like that at its start, 0 if none is enough."""
    if most < LEAST_LAG:
        return 0
    sound = frame.astype(np.float64)
    start = sound[:OVERLAP]
    later = sound[LEAST_LAG : most + OVERLAP]
    energy = np.concatenate(([0.0], np.cumsum(later**2)))
    energies = energy[OVERLAP:] - energy[:-OVERLAP]
    products = np.correlate(later, start)
    likenesses = products / np.sqrt(np.maximum(energies * (start @ start), 1.0))
    best = int(np.argmax(likenesses))
    return best + LEAST_LAG if likenesses[best] >= likeness else 0
