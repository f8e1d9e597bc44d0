"""The garbage collector, which stops everything while it works, kept to moments and to few objects.

Counting references frees nearly all, and connections that end leave no cycles. Cycles come of
errors and libraries, and most are over soon. So the collector looks at what is new, each second
when nothing else is to be done. What it has left twice is frozen, as is all that a service has at
its start: it is freed like anything else, but not looked at. Cycles among that are found when
nobody is connected, because only then all of it can be looked at without making somebody wait.
"""

import asyncio
import contextlib
import gc
from collections.abc import AsyncGenerator, Callable
from typing import Any, Protocol

from tui_call.tasks import Tasks

EVERY = 1.0
"""Seconds between two rounds, where little is new."""
LATE = 0.01
"""Seconds after which a round finds that there is other work."""
MOST_LATE_ROUNDS = 5
"""One after another that leave everything as it is; what is new would be too much then."""
MOST_NEW = 8_000
"""Objects that are new in a second before rounds follow each other sooner."""
MOST_OLD = 8_000
"""Objects looked at a second time, together: 2 to 6 ms of a core of 2 GHz, by what else it does."""


class Collector(Protocol):
    """What is used of the module `gc`."""

    def collect(self, generation: int = 2) -> int:
        """Collect a generation and the newer ones."""
        ...

    def get_objects(self, generation: int | None = None) -> list[Any]:
        """Return the objects of a generation."""
        ...

    def get_count(self) -> tuple[int, int, int]:
        """Return how many objects came to the youngest generation, and two more counts."""
        ...

    def freeze(self) -> None:
        """Look at nothing of all that there is any more."""
        ...

    def unfreeze(self) -> None:
        """Look at it again, as the oldest generation."""
        ...


class Rounds:
    """What is collected when."""

    def __init__(self, collector: Collector = gc) -> None:
        self._collector = collector
        self._late_rounds = 0
        self._complete = False
        self.collect_all()

    def collect_all(self) -> None:
        """Look at everything, and at what is left no more."""
        self._collector.unfreeze()
        self._collector.collect()
        self._collector.freeze()
        self._complete = True

    def go(self, late: float, *, used: bool) -> float:
        """Do what is due, and return the seconds until the next round.

        Args:
            late: seconds that this round comes too late.
            used: whether anybody is connected.
        """
        new = self._collector.get_count()[0]
        self._late_rounds = self._late_rounds + 1 if late > LATE else 0
        if not used:
            if not self._complete:
                self.collect_all()
        elif self._late_rounds in (0, MOST_LATE_ROUNDS):
            self._late_rounds = 0
            self._complete = False
            self._collect_new()
        return EVERY * min(1.0, MOST_NEW / max(1, new))

    def _collect_new(self) -> None:
        self._collector.collect(1)
        if len(self._collector.get_objects(2)) > MOST_OLD:
            self._collector.collect()
            self._collector.freeze()


@contextlib.asynccontextmanager
async def collecting_when_idle(used: Callable[[], bool]) -> AsyncGenerator[None]:
    """Let nothing but rounds collect in this process meanwhile.

    Args:
        used: tells whether anybody is connected.
    """
    going = Tasks()
    gc.disable()
    try:
        going.spawn(_go_round(used))
        yield
    finally:
        going.cancel()
        gc.unfreeze()
        gc.enable()


async def _go_round(used: Callable[[], bool]) -> None:
    rounds, loop = Rounds(), asyncio.get_running_loop()
    pause = EVERY
    while True:
        due = loop.time() + pause
        await asyncio.sleep(pause)
        pause = rounds.go(loop.time() - due, used=used())
