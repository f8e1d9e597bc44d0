"""Level in dBFS and whether somebody speaks, from int16 samples."""

import math

from tui_call.voice.samples import Samples, mean_square
from tui_call.voice.sound import SAMPLE_RATE

FLOOR_DB = -100.0
FULL_SCALE = 32_768.0

_FALL_DB_PER_SECOND = 60.0
_BEGIN_DB = -42.0
_END_DB = -50.0
_HANG_SECONDS = 0.300


def level_db(samples: Samples) -> float:
    """Return the level of samples in dBFS (a full-scale square wave is 0), at least `FLOOR_DB`."""
    return power_db(mean_square(samples))


def power_db(mean_square: float) -> float:
    """Return the same for samples whose mean square is known."""
    power = mean_square / FULL_SCALE**2
    return max(FLOOR_DB, 10 * math.log10(power)) if power > 0 else FLOOR_DB


class LevelMeter:
    """A meter as people expect it: up at once, down slowly; speaking with hysteresis.

    Attributes:
        level: dBFS, `FLOOR_DB` is silence.
        speaking: above -42 dBFS now, or above -50 dBFS in the last 0.3 s since then.
    """

    def __init__(self) -> None:
        self.level = FLOOR_DB
        self.speaking = False
        self._quiet_seconds = 0.0

    def update(self, samples: Samples) -> None:
        """Take the next samples of the sound."""
        self.note(level_db(samples), len(samples) / SAMPLE_RATE)

    def note(self, level: float, seconds: float) -> None:
        """Take the level of the next seconds, dBFS."""
        self.level = max(level, self.level - _FALL_DB_PER_SECOND * seconds)
        self._quiet_seconds = 0.0 if level > _END_DB else self._quiet_seconds + seconds
        if level > _BEGIN_DB:
            self.speaking = True
        elif self._quiet_seconds >= _HANG_SECONDS:
            self.speaking = False

    def reset(self) -> None:
        """Fall to silence at once."""
        self.level = FLOOR_DB
        self.speaking = False
        self._quiet_seconds = 0.0
