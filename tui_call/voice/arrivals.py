"""When frames come, and from that: when they should be played.

A frame's *transit* is its arrival minus `number * 20 ms`: meaningless by itself, but comparable
from frame to frame. To play every frame at `point + number * 20 ms` makes those late whose transit
is above `point`. So the point follows a high rank of the transits:

- of the last second, so that a path that gets worse is followed at once (fast attack);
- of the last ten seconds, so that one that got better is believed slowly (slow decay).

A path that got slower by more than any delay that is given, for a whole second, is another path:
what was quick before it says nothing any more.

Frames that were held up together come out of the path together, in whatever order, each 20 ms less
late than the one before. They are one event, whose lateness is that of the oldest: a single outage
of 200 ms is one outlier and not ten, and changes nothing; one each second is a habit of the path,
and counts.

All times are seconds of one monotonic clock.
"""

from bisect import bisect_left, insort
from collections import deque

from tui_call.voice.sound import FRAME_SECONDS

_LONG = 500
_SHORT = 50
_OUTLIERS = 5  # of the long window, 1 %
_ONE_IN = 20  # and of fewer transits that share
_TOGETHER_SECONDS = FRAME_SECONDS / 2
_OTHER_CLOCK_SECONDS = 0.250
_OTHER_PATH_SECONDS = 0.250
_JITTER_SHARE = 1 / 16


class Arrivals:
    """Transits of the newest frames.

    Attributes:
        jitter: mean deviation of transit between frames, seconds (RFC 3550 section 6.4.1).
    """

    def __init__(self) -> None:
        self.jitter = 0.0
        self._long, self._short = _Window(_LONG), _Window(_SHORT)
        self._quickest = self._high = 0.0
        self._last_arrival = -1.0
        self._last_transit: float | None = None

    @property
    def known(self) -> bool:
        """Whether any frame came since the beginning or the last `restart`."""
        return len(self._long) > 0

    @property
    def quickest(self) -> float:
        """The smallest transit of the last ten seconds."""
        return self._quickest

    @property
    def high(self) -> float:
        """The transit that only outliers exceed."""
        return self._high

    def note(self, number: int, now: float) -> None:
        """Take note of the frame `number`, which arrived at `now`."""
        transit = now - number * FRAME_SECONDS
        if self._last_transit is not None:
            self.jitter += (abs(transit - self._last_transit) - self.jitter) * _JITTER_SHARE
        self._last_transit = transit
        if self.known and transit < self._quickest - _OTHER_CLOCK_SECONDS:
            self.restart()  # a computer slept: what was known of its clock is void
        together = self.known and now - self._last_arrival < _TOGETHER_SECONDS
        self._last_arrival = now
        if together and transit <= self._long.newest:
            self._quickest = min(self._quickest, transit)
            return
        for window in (self._long, self._short):
            if together:
                window.forget_newest()
            window.add(transit)
        if self._short.full and self._short.least - self._long.least > _OTHER_PATH_SECONDS:
            self._long = self._short.copy(_LONG)
        self._quickest = self._long.least
        self._high = max(self._long.high, self._short.high)

    def restart(self) -> None:
        """Forget all: the path or a clock is another one."""
        self._long, self._short = _Window(_LONG), _Window(_SHORT)


class _Window:
    """The newest transits, in order of arrival and in order of size."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._arrived: deque[float] = deque()
        self._sorted: list[float] = []

    def __len__(self) -> int:
        return len(self._sorted)

    @property
    def full(self) -> bool:
        return len(self) == self._size

    @property
    def newest(self) -> float:
        return self._arrived[-1]

    @property
    def least(self) -> float:
        return self._sorted[0]

    @property
    def high(self) -> float:
        """The transit that only outliers exceed."""
        return self._sorted[-1 - min(_OUTLIERS, len(self) // _ONE_IN)]

    def add(self, transit: float) -> None:
        """Take the newest in, and leave the oldest out where there are too many."""
        if len(self) == self._size:
            self._forget(self._arrived.popleft())
        self._arrived.append(transit)
        insort(self._sorted, transit)

    def copy(self, size: int) -> "_Window":
        """Return a larger one with the same transits."""
        other = _Window(size)
        other._arrived, other._sorted = self._arrived.copy(), self._sorted.copy()
        return other

    def forget_newest(self) -> None:
        """Leave the newest out."""
        self._forget(self._arrived.pop())

    def _forget(self, transit: float) -> None:
        del self._sorted[bisect_left(self._sorted, transit)]
