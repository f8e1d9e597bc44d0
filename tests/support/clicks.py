"""Clicks: jumps from one sample to the next that neither the sound itself nor a fade explains.

The third difference of a sound of low pitch is next to nothing, and that of a jump is twice the
jump. So a click is where the third difference of what was heard exceeds the largest one that the
codec's own output has nearby, by more than the corner of a 5 ms fade can add.
"""

from array import array

import numpy as np

from tui_call.voice.samples import Samples
from tui_call.voice.sound import SAMPLE_RATE

BLOCK_SAMPLES = 240
"""5 ms, as long as the shortest fade."""
NEARBY_SECONDS = 0.060
_NEARBY_BLOCKS = round(NEARBY_SECONDS * SAMPLE_RATE) // BLOCK_SAMPLES
_ROUNDING = 16.0
"""What samples that are rounded twice, by up to one each time, can add."""
_COMFORT_NOISE = 80.0
"""What comfort noise has where nobody speaks, which comes from no codec: 86 at a peak of 27 (-62
dBFS), measured. As a jump it would be one of 40, at -58 dBFS."""


class Texture:
    """The largest third difference and the largest sample of a sound, 5 ms by 5 ms."""

    def __init__(self) -> None:
        self._before = np.zeros(3)
        self._rough = array("f")
        self._loud = array("f")

    def __len__(self) -> int:
        """Return how many blocks there are."""
        return len(self._rough)

    @property
    def nbytes(self) -> int:
        """How much memory it takes."""
        return (len(self._rough) + len(self._loud)) * self._rough.itemsize

    def add(self, samples: Samples, block: int | None = None) -> None:
        """Take the next samples of the sound.

        Args:
            samples: int16, a whole number of blocks.
            block: where they belong in time; None for behind those before.
        """
        block = len(self) if block is None else block
        joined = np.concatenate((self._before, samples.astype(np.float64)))
        self._before = joined[-3:]
        rough = np.abs(np.diff(joined, 3)).reshape(-1, BLOCK_SAMPLES).max(axis=1)
        loud = np.abs(joined[3:]).reshape(-1, BLOCK_SAMPLES).max(axis=1)
        for place, values in enumerate(zip(rough, loud, strict=True), block):
            self._note(place, *values)

    def nearby(self, blocks: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the largest third difference and sample within 60 ms of each of some blocks."""
        return _nearby(self._rough, blocks), _nearby(self._loud, blocks)

    @property
    def rough(self) -> np.ndarray:
        """The largest third difference of each block."""
        return np.array(self._rough)

    def _note(self, block: int, rough: float, loud: float) -> None:
        missing = block + 1 - len(self)
        if missing > 0:
            self._rough.extend([0.0] * missing)
            self._loud.extend([0.0] * missing)
        self._rough[block] = max(self._rough[block], rough)
        self._loud[block] = max(self._loud[block], loud)


def clicks(heard: Texture, *own: Texture) -> list[float]:
    """Return when there are clicks, in seconds from the beginning of what was heard.

    Args:
        heard: what is listened to.
        own: the outputs of codecs that it is the sum of, at about the same times.
    """
    rough, loud = np.sum([voice.nearby(len(heard)) for voice in own], axis=0)
    _, heard_loud = heard.nearby(len(heard))
    fade = 2 * np.maximum(loud, heard_loud) / BLOCK_SAMPLES
    places = np.flatnonzero(heard.rough > rough + fade + _ROUNDING + _COMFORT_NOISE)
    first = places[np.diff(places, prepend=-2) > 1]
    return [float(place) * BLOCK_SAMPLES / SAMPLE_RATE for place in first]


def _nearby(values: "array[float]", blocks: int) -> np.ndarray:
    padded = np.zeros(blocks + 2 * _NEARBY_BLOCKS, np.float32)
    kept = values[: blocks + _NEARBY_BLOCKS]
    padded[_NEARBY_BLOCKS : _NEARBY_BLOCKS + len(kept)] = kept
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * _NEARBY_BLOCKS + 1)
    return windows.max(axis=1)
