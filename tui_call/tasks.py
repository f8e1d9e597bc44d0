"""Work that goes on beside everything else: each task has an owner, and none fails unseen.

Python tells of a task's error when the collector finds the task, and that one is off in a call. So
an owner looks as soon as a task has ended.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar, TypeVarTuple

log = logging.getLogger(__name__)

_T = TypeVar("_T")
_Given = TypeVarTuple("_Given")

OnFailure = Callable[[str, BaseException], None]
"""Takes the name of what failed in a way that nobody foresaw, and the error."""


def log_failure(work: str, error: BaseException) -> None:
    """Write down what failed, with its place."""
    log.error("work failed", {"work": work}, exc_info=error)


def attempt(
    on_failure: OnFailure, name: str, work: Callable[[*_Given], object], *given: *_Given
) -> None:
    """Do work whose failure keeps nothing else from being done.

    Args:
        on_failure: takes what nobody foresaw.
        name: of the work, for the log.
        work: what is to be done.
        *given: what it is done with.
    """
    try:
        work(*given)
    except Exception as error:
        on_failure(name, error)


class Tasks:
    """Owns tasks that nobody waits for.

    Args:
        on_failure: takes what nobody foresaw in one; where the person has to know, it tells them.
    """

    def __init__(self, on_failure: OnFailure = log_failure) -> None:
        self.on_failure = on_failure
        self._running: set[asyncio.Task[Any]] = set()

    @property
    def running(self) -> int:
        """How many go on."""
        return len(self._running)

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Let work go on until it ends or is cancelled."""
        task = self._begin(work)
        task.add_done_callback(self._look_at)
        return task

    async def finish(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Return what work gives; it goes on to its end also where whoever waits for it gives up.

        Raises: what the work raises.
        """
        task = self._begin(work)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            task.add_done_callback(self._look_at)  # nobody else will
            raise

    def cancel(self) -> None:
        """Stop all that goes on."""
        for task in list(self._running):
            task.cancel()

    async def wait(self, seconds: float | None = None) -> None:
        """Wait until all that goes on now has ended, at most so many seconds."""
        if self._running:
            await asyncio.wait(self._running, timeout=seconds)

    def _begin(self, work: Coroutine[Any, Any, _T]) -> asyncio.Task[_T]:
        task = asyncio.create_task(work)  # noqa: TID251 - this is its owner
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    def _look_at(self, task: asyncio.Task[Any]) -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self.on_failure(getattr(task.get_coro(), "__name__", "work"), error)
