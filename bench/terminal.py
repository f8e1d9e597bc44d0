"""A Python module in a terminal of its own: what it writes there, and what it takes for it."""

import asyncio
import contextlib
import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Mapping
from pathlib import Path

STARTS_WITHIN = 30.0


class Terminal:
    """The module while it runs.

    Args:
        module: run as `python -m`, with these arguments.
        size: lines and columns.
        environment: added to that of this process.

    Attributes:
        drawn: bytes that it wrote so far.
    """

    def __init__(
        self,
        module: str,
        *arguments: str,
        size: tuple[int, int] = (24, 80),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.drawn = 0
        self.began = time.monotonic()
        self._written, self._awaited = bytearray(), b""
        self._seen, self._seen_at = asyncio.Event(), 0.0
        self._here, theirs = pty.openpty()
        fcntl.ioctl(self._here, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments], start_new_session=True,
            stdin=theirs, stdout=theirs, stderr=theirs,
            env=os.environ | {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
            | dict(environment or {}),
        )  # fmt: skip
        os.close(theirs)
        asyncio.get_running_loop().add_reader(self._here, self._read)

    async def shows(self, text: str) -> float:
        """Wait until it wrote a text in one style; return seconds since it was started."""
        self._awaited = text.encode()
        self._look()
        async with asyncio.timeout(STARTS_WITHIN):
            await self._seen.wait()
        return self._seen_at - self.began

    @property
    def processor_seconds(self) -> float:
        """What its threads have taken so far."""
        threads = Path(f"/proc/{self._process.pid}/task").iterdir()
        return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e9

    async def close(self) -> None:
        """End it."""
        asyncio.get_running_loop().remove_reader(self._here)
        self._process.terminate()
        os.close(self._here)
        await asyncio.to_thread(self._process.wait)

    def _read(self) -> None:
        with contextlib.suppress(OSError):  # it has ended
            read = os.read(self._here, 65_536)
            self.drawn += len(read)
            self._written += read
            self._look()

    def _look(self) -> None:
        if self._awaited and self._awaited in self._written and not self._seen.is_set():
            self._seen_at = time.monotonic()
            self._seen.set()
