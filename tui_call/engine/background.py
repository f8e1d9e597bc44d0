"""Work that goes on beside everything else, for whoever starts it and waits for no outcome."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog

log = structlog.get_logger()


def go_on(tasks: set[asyncio.Task[None]], work: Coroutine[Any, Any, None]) -> None:
    """Let work go on until it ends or is cancelled; what nobody foresaw in it is logged.

    Args:
        tasks: where it stands while it goes on.
        work: what nobody waits for.
    """

    def ended(task: asyncio.Task[None]) -> None:
        tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            log.error("work failed", work=work.__name__, exc_info=error)

    task = asyncio.create_task(work)
    tasks.add(task)
    task.add_done_callback(ended)
