"""The time of a call: the computer's, or one that a test moves on."""

import asyncio
import time
from collections.abc import Callable
from typing import Protocol

from tui_call.tasks import OnFailure, attempt, log_failure


class Timer(Protocol):
    """Something that will be done."""

    def cancel(self) -> None:
        """Don't do it."""
        ...


class Clock(Protocol):
    """Tells the time, and does things when theirs has come."""

    def now(self) -> float:
        """Return monotonic seconds in which this process ran: that of all deadlines."""
        ...

    def monotonic(self) -> float:
        """Return monotonic seconds, with those in which nothing ran: that of sound."""
        ...

    def wall(self) -> float:
        """Return Unix seconds, which people may set."""
        ...

    def call_at(self, at: float, action: Callable[[], None]) -> Timer:
        """Do something at `at`, by `now`, or next where that is over."""
        ...


class SystemClock:
    """The computer's time, in the running event loop.

    Args:
        ran: seconds in which this process ran.
        on_failure: takes what nobody foresaw in something that was done in its time.
    """

    def __init__(self, ran: Callable[[], float], on_failure: OnFailure = log_failure) -> None:
        self._ran = ran
        self._on_failure = on_failure

    def now(self) -> float:
        """Return monotonic seconds in which this process ran."""
        return self._ran()

    def monotonic(self) -> float:
        """Return monotonic seconds."""
        return time.monotonic()

    def wall(self) -> float:
        """Return Unix seconds."""
        return time.time()

    def call_at(self, at: float, action: Callable[[], None]) -> Timer:
        """Do something at `at`, by `now`, or next where that is over."""
        delay = max(0.0, at - self._ran())
        name = getattr(action, "__qualname__", "timer")
        loop = asyncio.get_running_loop()
        return loop.call_later(delay, attempt, self._on_failure, name, action)
