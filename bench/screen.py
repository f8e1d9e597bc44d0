"""How late frames arrive while the application draws its whole screen 20 times a second.

The application runs in a terminal of its own, attached to the caller's engine, and is told twenty
times a second that the terminal has another width.
"""

import asyncio
import contextlib
import fcntl
import os
import pty
import statistics
import struct
import subprocess
import sys
import termios
from collections.abc import AsyncIterator

from bench.lateness import SIDES, frames_late

_DRAWS_A_SECOND = 20
_LINES, _COLUMNS = 40, 120
_STARTED_BYTES = 5_000
_START_SECONDS = 20.0


class Screen:
    """The application in a terminal.

    Attributes:
        drawn: bytes that it wrote so far.
    """

    def __init__(self, profile: str) -> None:
        self.drawn = 0
        self._started = asyncio.Event()
        self._terminal, theirs = pty.openpty()
        self._resize(_COLUMNS)
        environment = os.environ | {"TERM": "xterm-256color"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tui_call", "--profile", profile],
            stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True,
        )  # fmt: skip
        os.close(theirs)
        asyncio.get_running_loop().add_reader(self._terminal, self._read)

    async def started(self) -> None:
        """Wait until there is something on the screen."""
        async with asyncio.timeout(_START_SECONDS):
            await self._started.wait()

    async def draw_again_and_again(self) -> None:
        """Go on until cancelled."""
        for count in range(sys.maxsize):
            self._resize(_COLUMNS + count % 2)
            await asyncio.sleep(1 / _DRAWS_A_SECOND)

    async def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self._terminal)
        self._process.terminate()
        os.close(self._terminal)
        await asyncio.to_thread(self._process.wait)

    def _resize(self, columns: int) -> None:
        fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, struct.pack("HHHH", _LINES, columns, 0, 0))

    def _read(self) -> None:
        with contextlib.suppress(OSError):  # it has ended
            self.drawn += len(os.read(self._terminal, 65_536))
        if self.drawn >= _STARTED_BYTES:
            self._started.set()


def lateness_beside_a_screen(seconds: float, runs: int) -> float:
    """Return how late frames are, 99th percentile in milliseconds, the median of some calls."""
    return statistics.median(asyncio.run(frames_late(seconds, _drawing)) for _ in range(runs))


@contextlib.asynccontextmanager
async def _drawing(*_: object) -> AsyncIterator[None]:
    screen = Screen(SIDES[0])
    try:
        await screen.started()
        drawing = asyncio.create_task(screen.draw_again_and_again())
        yield
        drawing.cancel()
    finally:
        await screen.close()
