"""Which of the numbers that somebody counts up arrived lately, and how losses cluster."""

WINDOW_FRAMES = 250
"""Loss is counted over the newest five seconds of frames."""

UNSETTLED_FRAMES = 5
"""The newest frames that are not counted yet: packets that overtake others, by up to 100 ms, make
no loss."""

_MASK = (1 << WINDOW_FRAMES) - 1


class LossWindow:
    """Which of the newest numbers arrived: bit k stands for the one k before the newest.

    Attributes:
        newest: the highest that arrived, None before any did.
    """

    def __init__(self) -> None:
        self._first = 0
        self.newest: int | None = None
        self._arrived = 0

    def loss(self, missing: int = 0) -> float:
        """Return the share of frames that did not come, with so many more after the newest."""
        expected = min(self._expected + missing, WINDOW_FRAMES - UNSETTLED_FRAMES)
        before = self._lost & ((1 << max(0, expected - missing)) - 1)
        return (before.bit_count() + min(missing, expected)) / max(1, expected)

    @property
    def burst(self) -> float:
        """Mean number lost in a row, 0.0 while none was."""
        lost = self._lost
        return lost.bit_count() / max(1, (lost & ~(lost << 1)).bit_count())

    @property
    def _expected(self) -> int:
        if self.newest is None:
            return 0
        frames = min(WINDOW_FRAMES, self.newest - self._first + 1)
        return max(0, frames - UNSETTLED_FRAMES)

    @property
    def _lost(self) -> int:
        """Bit k stands for the frame k before the newest settled one."""
        return ~(self._arrived >> UNSETTLED_FRAMES) & ((1 << self._expected) - 1)

    def take(self, number: int) -> bool:
        """Note a frame; return whether it is a new one that the window still covers."""
        if self.newest is None:
            self._first = self.newest = number
        advance = number - self.newest
        if advance > 0:
            self.newest = number
            self._arrived = self._arrived << min(advance, WINDOW_FRAMES) & _MASK
        age = self.newest - number
        bit = 1 << age if age < WINDOW_FRAMES else 0
        if bit == 0 or self._arrived & bit:
            return False
        self._first = min(self._first, number)
        self._arrived |= bit
        return True
