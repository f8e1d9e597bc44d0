"""A voice drawn as a seismograph does: a cursor walks over a line and writes one cell."""

from collections.abc import Mapping, Sequence
from typing import Literal

Drawing = Literal["braille", "blocks", "ascii"]

_QUIETEST, _LOUDEST = -54.0, -6.0
"""Levels in dBFS of the least and the most that is drawn."""
_DOTS = 4
_LEFT = (0x00, 0x40, 0x44, 0x46, 0x47)
_RIGHT = (0x00, 0x80, 0xA0, 0xB0, 0xB8)
_PAIRS = [(left, right) for left in range(_DOTS + 1) for right in range(_DOTS + 1)]
_DRAWN: Mapping[Drawing, Mapping[tuple[int, int], str]] = {
    "braille": {
        (left, right): chr(0x2800 + _LEFT[left] + _RIGHT[right]) if left + right else " "
        for left, right in _PAIRS
    },
    "blocks": {pair: " ▁▃▅█"[max(pair)] for pair in _PAIRS},
    "ascii": {pair: " _==="[max(pair)] for pair in _PAIRS},
}
_SOFTEST = -50.0
_HEARD_FOR = 0.8
"""Seconds for which a voice counts as heard: a pause between two words is none."""


class Voice:
    """What is drawn of one person's voice.

    Attributes:
        level: the loudest of the last second, dBFS; it changes once a second.
    """

    def __init__(self) -> None:
        self.level = -100.0
        self._loudest = -100.0
        self._second = 0
        self._heard_at = float("-inf")
        self._columns: list[float] = []
        self._cursor = 0

    def write(self, level: float, *, heard: bool, now: float) -> None:
        """Write how loud it is now, and go on by half a cell.

        Args:
            level: dBFS.
            heard: somebody speaks, where that is known; else the level says it.
            now: monotonic seconds.
        """
        if heard:
            self._heard_at = now
        self._loudest = max(self._loudest, level)
        if int(now) != self._second:
            self._second = int(now)
            self.level, self._loudest = self._loudest, -100.0
        if self._columns:
            share = (level - _QUIETEST) / (_LOUDEST - _QUIETEST)
            self._columns[self._cursor] = min(1.0, max(0.0, share))
            self._cursor = (self._cursor + 1) % len(self._columns)

    def is_heard(self, now: float) -> bool:
        """Tell whether it was heard a moment ago."""
        return now - self._heard_at < _HEARD_FOR

    def lines(self, cells: int, rows: int, drawing: Drawing) -> list[str]:
        """Return the line, the upper rows first; the cell before which the cursor stands is empty.

        Args:
            cells: its width; with another one than before it begins anew.
            rows: its height.
            drawing: what the terminal can show.
        """
        if len(self._columns) != 2 * cells:
            self._columns, self._cursor = [0.0] * (2 * cells), 0
        heights = [1 + round(share * (_DOTS * rows - 1)) for share in self._columns]
        ahead = 2 * ((self._cursor // 2 + 1) % max(1, cells))
        heights[ahead : ahead + 2] = [0, 0]
        return [_row(heights, _DOTS * row, drawing) for row in range(rows - 1, -1, -1)]


def _row(heights: Sequence[int], below: int, drawing: Drawing) -> str:
    dots = [min(_DOTS, max(0, height - below)) for height in heights]
    return "".join(map(_DRAWN[drawing].__getitem__, zip(dots[::2], dots[1::2], strict=True)))


def is_voice(level: float) -> bool:
    """Tell whether a level is that of somebody who speaks, where nothing else tells it."""
    return level > _SOFTEST
