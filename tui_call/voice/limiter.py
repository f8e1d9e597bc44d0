"""Keeps the sum of several voices below full scale, without a click."""

import numpy as np

from tui_call.voice.samples import Samples
from tui_call.voice.sound import SAMPLE_RATE

KNEE = 28_000.0
"""What is no louder passes as it is; about -1.4 dBFS."""

_FULL_SCALE = 32_767.0
_RISE_PER_SECOND = 0.5


class Limiter:
    """Turns down at once what would be too loud, and slowly up again.

    The gain falls within one stretch of sound, so what is too loud at its very beginning is bent
    instead: above the knee the curve gets flatter and never reaches full scale.
    """

    def __init__(self) -> None:
        self._gain = 1.0

    def limited(self, total: np.ndarray) -> Samples:
        """Return the next stretch of a sum, int16 or int32, as int16."""
        peak = max(int(total.max()), -int(total.min()), 1)
        rise = _RISE_PER_SECOND * len(total) / SAMPLE_RATE
        before, self._gain = self._gain, min(1.0, KNEE / peak, self._gain + rise)
        if before == self._gain == 1.0:
            return total.astype(np.int16, copy=False)
        gain = np.linspace(before, self._gain, len(total), dtype=np.float32)
        return _bent(total * gain).astype(np.int16)


def _bent(sound: np.ndarray) -> np.ndarray:
    over = np.maximum(np.abs(sound) - KNEE, 0.0)
    room = _FULL_SCALE - KNEE
    return np.clip(sound, -KNEE, KNEE) + np.sign(sound) * room * over / (over + room)
