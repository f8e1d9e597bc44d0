"""The clock of calls: Unix seconds, as they are saved, that nobody sets back while a call is on."""

from collections.abc import Callable


class SteadyClock:
    """Follows the clock of the computer, but not back while anything waits for a time.

    Deadlines are saved with calls, as a service that is started anew goes on with them, so they are
    of the wall clock. Set back, it would let people wait for a tone of a second for an hour.
    """

    def __init__(
        self,
        wall_clock: Callable[[], float],
        clock: Callable[[], float],
        waits: Callable[[], bool],
    ) -> None:
        """Begin with the wall clock.

        Args:
            wall_clock: Unix seconds.
            clock: monotonic seconds.
            waits: tells whether there is any call.
        """
        self._wall_clock = wall_clock
        self._clock = clock
        self._waits = waits
        self._looked_at = clock()
        self._now = wall_clock()

    def __call__(self) -> float:
        """Return Unix seconds."""
        at, now = self._clock(), self._wall_clock()
        if self._waits():
            now = max(now, self._now + at - self._looked_at)
        self._looked_at, self._now = at, now
        return now
