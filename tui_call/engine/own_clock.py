"""A clock of the time in which this process ran, for all that waits for others.

A computer is suspended, a process is stopped, or so busy that nothing gets its turn. Whatever was
due from others meanwhile may have come, and nobody here looked: silence in such a time says nothing
about a peer or a service. So the clock of calls leaves it out, and tells how long it was.

Whoever reads the clock may be the first to notice, before any timer or packet is taken; it is read
ten times a second at least. The monotonic clock of some systems stands still while they sleep, so a
second one is compared that does not.
"""

import time
from collections.abc import Callable

from tui_call.control.platform import seconds_since_boot

STANDSTILL = 2.0
"""Seconds between two readings that are no mere delay; a sender that was idle for 5 needs keys."""


class OwnClock:
    """Monotonic seconds without the times in which nothing ran here.

    Args:
        monotonic: seconds that never fall; may stand still in suspension.
        since_boot: seconds that never fall, with suspension where the system tells.
    """

    def __init__(
        self,
        monotonic: Callable[[], float] = time.monotonic,
        since_boot: Callable[[], float] = seconds_since_boot,
    ) -> None:
        self._monotonic = monotonic
        self._since_boot = since_boot
        self._read = monotonic(), since_boot()
        self._left_out = 0.0
        self._stood = 0.0

    def now(self) -> float:
        """Return the time, in seconds that never fall."""
        before, self._read = self._read, (self._monotonic(), self._since_boot())
        ran, passed = self._read[0] - before[0], self._read[1] - before[1]
        if ran >= STANDSTILL or passed >= STANDSTILL:
            self._left_out += ran
            self._stood += max(ran, passed)
        return self._read[0] - self._left_out

    def stood_still(self) -> float:
        """Return for how many seconds nothing ran since this was asked last, 0 for none."""
        self.now()
        stood, self._stood = self._stood, 0.0
        return stood
