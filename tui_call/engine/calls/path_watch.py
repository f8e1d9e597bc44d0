"""Looks at a call's path when its time comes."""

import math
from collections.abc import Callable

from tui_call.calls.path_monitor import PathEvent, PathMonitor
from tui_call.engine.calls.clock import Clock, Timer

BUSY_SECONDS = 0.05
"""A look that comes so late was held up, and so were frames that have arrived: they go first."""


class PathWatch:
    """Looks at a call's path monitor when its time comes, until it is stopped.

    Args:
        monitor: is told of every authentic frame by others.
        tell: is told what follows from the time alone.
        clock: of the call.
    """

    def __init__(
        self, monitor: PathMonitor, tell: Callable[[PathEvent], None], clock: Clock
    ) -> None:
        self._monitor = monitor
        self._tell = tell
        self._clock = clock
        self._timer: Timer | None = None
        self._due = 0.0
        self._set_timer()

    def stop(self) -> None:
        """Look no more."""
        self._due = math.inf
        if self._timer is not None:
            self._timer.cancel()

    def _set_timer(self) -> None:
        deadline = self._monitor.next_deadline()
        if deadline is not None and self._due < math.inf:
            self._due = deadline
            self._timer = self._clock.call_at(deadline, self._look)

    def _look(self) -> None:
        now = self._clock.now()
        if now > self._due + BUSY_SECONDS:
            self._due = now
            self._timer = self._clock.call_at(now + BUSY_SECONDS / 5, self._look)
            return
        try:
            for event in self._monitor.time_passed(now):
                self._tell(event)
        finally:  # who could not be told now has to hear of the path's end all the same
            self._set_timer()
