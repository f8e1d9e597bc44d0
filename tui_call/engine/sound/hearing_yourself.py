"""The microphone played back: through codec and playout, as others would hear it."""

import asyncio
import time
from collections.abc import Callable

from tui_call.control.actions import MOST_HEARD_SECONDS
from tui_call.voice.playout import Playout

LATER_SECONDS = 0.5
"""So late that one hears oneself apart from one's own voice."""


class HearingYourself:
    """Takes frames and puts them into a playout half a second later."""

    def __init__(self, loop: asyncio.AbstractEventLoop, over: Callable[[], object]) -> None:
        self.playout = Playout()
        self._loop = loop
        self._frames = 0
        self._ends = loop.call_later(MOST_HEARD_SECONDS, over)
        self._stopped = False

    def frame(self, packet: bytes) -> None:
        """Take an Opus packet of the microphone."""
        self._loop.call_later(LATER_SECONDS, self._insert, self._frames, packet)
        self._frames += 1

    def stop(self) -> None:
        """Take nothing more."""
        self._stopped = True
        self._ends.cancel()

    def _insert(self, number: int, packet: bytes) -> None:
        if not self._stopped:
            self.playout.insert(number, packet, time.monotonic())
