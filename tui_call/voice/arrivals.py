"""When frames come, and from that: when they should be played.

A frame's *transit* is its arrival minus `number * 20 ms`: meaningless by itself, but comparable
from frame to frame. To play every frame at `point + number * 20 ms` makes those late whose transit
is above `point`. So the point follows a high rank of the transits:

- of the last second, so that a path that gets worse is followed at once (fast attack);
- of the last ten seconds, so that one that got better is believed slowly (slow decay).

Frames that were held up together come out of the path together, each 20 ms less late than the one
before. They are one event, whose lateness is that of the first: a single outage of 200 ms is one
outlier and not ten, and changes nothing; one each second is a habit of the path, and counts.

All times are seconds of one monotonic clock.
"""

import numpy as np

from tui_call.voice.sound import FRAME_SECONDS

_LONG = 500
_SHORT = 50
_OUTLIERS = 5  # of the long window, 1 %
_ONE_IN = 20  # and of fewer transits that share
_TOGETHER_SECONDS = FRAME_SECONDS / 2
_OTHER_CLOCK_SECONDS = 0.250
_JITTER_SHARE = 1 / 16


class Arrivals:
    """Transits of the newest frames.

    Attributes:
        jitter: mean deviation of transit between frames, seconds (RFC 3550 section 6.4.1).
    """

    def __init__(self) -> None:
        self.jitter = 0.0
        self._ring = np.zeros(_LONG)
        self._count = 0
        self._quickest = self._high = 0.0
        self._newest = -1
        self._last_arrival = -1.0
        self._last_transit: float | None = None

    @property
    def known(self) -> bool:
        """Whether any frame came since the beginning or the last `restart`."""
        return self._count > 0

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
        together = number > self._newest and now - self._last_arrival < _TOGETHER_SECONDS
        self._newest, self._last_arrival = max(self._newest, number), now
        if self.known and together:
            self._quickest = min(self._quickest, transit)
            return
        self._ring[self._count % _LONG] = transit
        self._count += 1
        self._judge()

    def restart(self) -> None:
        """Forget all: the path or a clock is another one."""
        self._count = 0

    def _judge(self) -> None:
        newest = np.arange(max(0, self._count - _SHORT), self._count) % _LONG
        kept = self._ring[: min(self._count, _LONG)]
        self._quickest = float(kept.min())
        self._high = max(_high_rank(kept), _high_rank(self._ring[newest]))


def _high_rank(transits: np.ndarray) -> float:
    rank = len(transits) - 1 - min(_OUTLIERS, len(transits) // _ONE_IN)
    return float(np.partition(transits, rank)[rank])
