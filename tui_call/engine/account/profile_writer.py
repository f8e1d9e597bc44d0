"""Writing the profile without keeping the event loop waiting for the disk.

One write at a time, in a thread; what changed meanwhile is in the next one. So the disk may be slow
as it likes, a burst of changes costs two writes, and the newest state is written last. What could
not be written is tried again, for a key that was compared must not be forgotten for a full disk.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from tui_call.engine.notices import Notices
from tui_call.errors import LocalFault
from tui_call.profile.profile import Profile
from tui_call.sentences import Sentence
from tui_call.tasks import Tasks

_T = TypeVar("_T")

log = logging.getLogger(__name__)

AGAIN_AFTER = 10.0
"""Seconds after which a write that failed is tried again."""


class ProfileWriter:
    """Writes the profile when it changed.

    Args:
        profile: what is written, while it is ready.
        notices: tell that it cannot be written.
        tasks: own the writing; they are not cancelled, for the last state is written at the end.
    """

    def __init__(self, profile: Profile, notices: Notices, tasks: Tasks) -> None:
        self._profile = profile
        self._notices = notices
        self._tasks = tasks
        self._wanted = False
        self._writing: asyncio.Task[None] | None = None
        self._failed_at: float | None = None

    @property
    def behind(self) -> bool:
        """Whether the last write failed, so that the disk has an older state."""
        return self._failed_at is not None

    def save(self) -> None:
        """Write the state as it is now, soon."""
        self._wanted = True
        if self._writing is None or self._writing.done():
            self._writing = self._tasks.spawn(self._write())

    def look_around(self, now: float) -> None:
        """Try again what could not be written some time ago; in monotonic seconds."""
        if self._failed_at is not None and now >= self._failed_at + AGAIN_AFTER:
            self.save()

    async def close(self) -> None:
        """Write what is left to write, what could not be written before among it."""
        if self.behind:
            self.save()
        await self.written()

    async def written(self) -> None:
        """Wait until nothing is left to write, or writing it failed."""
        while self._writing is not None and not self._writing.done():
            await asyncio.shield(self._writing)  # who waits may give up, the writing does not

    async def now(self) -> None:
        """Write the state as it is now, before anything that depends on it is said.

        Raises:
            ProfileLocked: there is nothing to save.
            StoreUnavailable: a file cannot be written; the old one is still there.
        """
        await asyncio.to_thread(self._profile.write, self._profile.changes())

    async def _write(self) -> None:
        while self._wanted and self._profile.state == "ready":
            self._wanted = False
            try:
                await self.now()
            except LocalFault as fault:
                log.error("profile not saved", {"error": type(fault).__name__})
                self._failed(fault.sentence)
            except Exception as error:
                self._tasks.on_failure("saving", error)
                self._failed_at = time.monotonic()
            else:
                self._failed_at = None

    def _failed(self, words: Sentence) -> None:
        """Tell the person, once: calls go on."""
        if not self.behind:
            self._notices.add(words)
        self._failed_at = time.monotonic()


async def apart(work: Callable[[], _T]) -> _T:
    """Do something that may never come back, such as asking the keyring, and keep no exit waiting.

    Raises: what the work raises.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[_T] = loop.create_future()

    def settle(put: Callable[[], None]) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(lambda: None if done.done() else put())

    def run() -> None:
        try:
            result = work()
        except Exception as error:
            fault = error
            settle(lambda: done.set_exception(fault))
        else:
            settle(lambda: done.set_result(result))

    threading.Thread(target=run, name="apart", daemon=True).start()
    return await done
