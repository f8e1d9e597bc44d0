"""Time that a test moves on: a clock for calls, and everything that is to happen in it."""

import heapq
import math
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(order=True)
class Due:
    """Something that happens at a moment: what comes from outside, then what was asked for."""

    at: float
    is_timer: bool
    number: int
    action: Callable[[], None] = field(compare=False)
    cancelled: bool = field(default=False, compare=False)

    def cancel(self) -> None:
        self.cancelled = True


class VirtualTime:
    """Implements `Clock`; nothing happens but while a test lets time pass.

    Attributes:
        seconds: it is now, monotonic.

    Args:
        wall: Unix seconds at monotonic 0.
        begin: where it begins, monotonic seconds.
    """

    def __init__(self, wall: float, begin: float = 0.0) -> None:
        self.seconds = begin
        self._wall = wall
        self._due: list[Due] = []
        self._numbers = 0

    def now(self) -> float:
        return self.seconds

    def monotonic(self) -> float:
        return self.seconds

    def wall(self) -> float:
        return self._wall + self.seconds

    def call_at(self, at: float, action: Callable[[], None]) -> Due:
        return self._push(at, action, is_timer=True)

    def after(self, seconds: float, action: Callable[[], None]) -> Due:
        """Let something happen from outside in so many seconds."""
        return self._push(self.seconds + seconds, action, is_timer=False)

    def _push(self, at: float, action: Callable[[], None], *, is_timer: bool) -> Due:
        self._numbers += 1
        due = Due(max(at, self.seconds), is_timer, self._numbers, action)
        heapq.heappush(self._due, due)
        return due

    def next_event(self) -> float:
        """Return when something happens next, infinity if nothing does."""
        while self._due and self._due[0].cancelled:
            heapq.heappop(self._due)
        return self._due[0].at if self._due else math.inf

    def run(self, seconds: float) -> None:
        """Let so much time pass, with everything that happens in it."""
        self.run_until(lambda: False, seconds)

    def run_until(self, reached: Callable[[], bool], seconds: float = 100.0) -> bool:
        """Let time pass until something holds, at most so many seconds; tell whether it does."""
        end = self.seconds + seconds
        while not reached():
            if self.next_event() > end:
                self.seconds = end
                return False
            due = heapq.heappop(self._due)
            self.seconds = due.at
            due.action()
        return True
