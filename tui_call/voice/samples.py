"""Stretches of sound, in the one form of this package (see `tui_call.voice.sound`)."""

import numpy as np
import numpy.typing as npt

from tui_call.voice.sound import FRAME_SAMPLES

Samples = npt.NDArray[np.int16]
"""One-dimensional int16 samples at 48 kHz."""


def silence(samples: int = FRAME_SAMPLES) -> Samples:
    """Return that many samples of digital silence."""
    return np.zeros(samples, dtype=np.int16)


def scaled(samples: Samples, first: float, last: float) -> Samples:
    """Return samples with a gain that goes in a straight line from `first` to `last`."""
    gain = np.linspace(first, last, len(samples), dtype=np.float32)
    return (samples * gain).astype(np.int16)


def crossfaded(old: Samples, new: Samples, overlap: int) -> Samples:
    """Return `new` with its first `overlap` samples faded over from those of `old`."""
    result = new.copy()
    result[:overlap] = scaled(old[:overlap], 1.0, 0.0) + scaled(new[:overlap], 0.0, 1.0)
    return result


def mean_square(samples: Samples) -> float:
    """Return the mean of the squares, 0.0 for no samples."""
    # A dot product of one array with itself takes a fifth of the time of np.mean.
    values = samples.astype(np.float32)
    return float(values @ values) / max(1, len(values))


def mixed(one: Samples, other: Samples) -> Samples:
    """Return the saturated sum of two sounds of one length."""
    total = one.astype(np.int32) + other
    return np.clip(total, -32_768, 32_767).astype(np.int16)
