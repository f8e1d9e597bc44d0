"""Loads what only calls need with the first of them, in a thread, while its first messages travel.

aiortc, FFmpeg, numpy, and what here stands on them, are half of what an engine would take in
memory, and take a third of a second to load: an engine without a call has none of them.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from importlib import import_module

from tui_call.tasks import OnFailure, Tasks, attempt, log_failure

_NEEDED = (
    "tui_call.transport.peer_connection",
    "tui_call.voice.mixer",
    "tui_call.engine.media.bridge_media",
    "tui_call.engine.sound.open_sound",
)


async def load() -> None:
    """Import what calls need, without holding the event loop."""
    for module in _NEEDED:
        await asyncio.to_thread(import_module, module)


class CallLibraries:
    """What calls need, and what waits until it is there.

    Args:
        loaded: it is there already.
        on_failure: takes what nobody foresaw in loading it, or in what waited for it.
    """

    def __init__(self, *, loaded: bool = False, on_failure: OnFailure = log_failure) -> None:
        self._loaded = self._begun = loaded
        self._waiting: deque[Callable[[], None]] = deque()
        self._tasks = Tasks(on_failure)

    def begin(self) -> None:
        """Begin to load, where nobody has begun."""
        if not self._begun:
            self._begun = True
            self._tasks.spawn(self._load())

    def when_loaded(self, work: Callable[[], None]) -> None:
        """Do something that needs them: now, or in its turn when they are loaded."""
        if self._loaded:
            work()
        else:
            self._waiting.append(work)
            self.begin()

    async def _load(self) -> None:
        try:
            await load()
        finally:
            while self._waiting:
                attempt(self._tasks.on_failure, "what waited", self._waiting.popleft())
            self._loaded = True
