"""Work that goes on beside everything else: each task has an owner, and none fails unseen."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog

log = structlog.get_logger()


class Tasks:
    """Owns tasks that nobody waits for; what nobody foresaw in one is logged with its place."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Let work go on until it ends or is cancelled."""
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._ended)

    def cancel(self) -> None:
        """Stop all that goes on."""
        for task in list(self._running):
            task.cancel()

    async def wait(self, seconds: float | None = None) -> None:
        """Wait until all that goes on now has ended, at most so many seconds."""
        if self._running:
            await asyncio.wait(self._running, timeout=seconds)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            work = getattr(task.get_coro(), "__name__", "work")
            log.error("work failed", work=work, exc_info=error)
