"""Whether the engine's process gets on with what it does, which on a busy computer may take long.

Everything else goes before it, so the wall's clock says nothing: a second's work was seen to take a
minute. Its own processor time does: who hangs takes none, or takes it without an end.
"""

import time
from collections.abc import Callable

LEAST_SECONDS = 0.001
"""Of processor time between two questions; who is at work gets more of it on any computer."""

MOST_SECONDS = 5.0
"""Of processor time for one thing; then nobody is told any more that it goes on."""


def _of_other_threads() -> float:
    return time.process_time() - time.thread_time()


class Progress:
    """What one thread does, as another one may ask; neither waits for the other.

    Args:
        processor: seconds that all threads but the asking one have taken.
    """

    def __init__(self, processor: Callable[[], float] = _of_other_threads) -> None:
        self._processor = processor
        self._at_work = False
        self._begun = 0
        self._known = -1
        self._since = self._looked = 0.0

    def begins(self) -> None:
        """Begin to do something."""
        self._begun += 1
        self._at_work = True

    def waits(self) -> None:
        """Have nothing to do."""
        self._at_work = False

    def goes_on(self) -> bool:
        """Tell whether it waits, or has got on since it was asked last."""
        now, before = self._processor(), self._looked
        self._looked = now
        if not self._at_work or self._begun != self._known:
            self._known, self._since = self._begun, now
            return True
        return now - before >= LEAST_SECONDS and now - self._since < MOST_SECONDS
