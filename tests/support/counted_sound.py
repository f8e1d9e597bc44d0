"""Sound that tells of itself which moment of it is heard: a tone that rises, beside the own one.

The own tones are those of `who_hears_whom`, below all rising ones, so who speaks is read as ever.
"""

from pathlib import Path

import numpy as np

from tests.support.rig_pair import write_wav
from tests.support.who_hears_whom import TONES, WINDOW
from tui_call.voice.samples import Samples
from tui_call.voice.sound import SAMPLE_RATE

RISES = 12.0
"""Hz in a second."""
LASTS = 150.0
"""Seconds; silence follows."""
LOWEST = {"ada": 4000.0, "ben": 6000.0}
"""Where the rising tone of each begins, in Hz."""

MOMENT = WINDOW / SAMPLE_RATE
"""Seconds from one moment to the next."""

_AMPLITUDE = 6000
_LEAST = 600


def count_aloud(folder: Path) -> None:
    """Let those count who say what stands in a folder."""
    time = np.arange(round(LASTS * SAMPLE_RATE)) / SAMPLE_RATE
    for name, lowest in LOWEST.items():
        own = np.sin(2 * np.pi * TONES[name] * time)
        rising = np.sin(2 * np.pi * (lowest + RISES * time / 2) * time)
        write_wav(folder / f"{name}.wav", (_AMPLITUDE * (own + rising)).astype(np.int16))


def moments(sound: Samples, whose: str) -> list[float | None]:
    """Return which second of what somebody says is heard in each fifth of one, None for none.

    It is right within a twentieth of a second.
    """
    whole = sound[: len(sound) // WINDOW * WINDOW].reshape(-1, WINDOW)
    return [_moment(window, LOWEST[whose]) for window in whole]


def _moment(window: Samples, lowest: float) -> float | None:
    spectrum = np.abs(np.fft.rfft(window * np.hanning(WINDOW))) * 4 / WINDOW
    step = SAMPLE_RATE / WINDOW
    first, last = round(lowest / step), round((lowest + RISES * LASTS) / step)
    peak = first + int(np.argmax(spectrum[first : last + 1]))
    if spectrum[peak] < _LEAST:
        return None
    below, top, above = np.log(spectrum[peak - 1 : peak + 2] + 1)
    place = peak + (below - above) / (2 * (below - 2 * top + above))
    return float(place * step - lowest) / RISES
