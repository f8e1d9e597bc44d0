"""Another user of this computer, who listens where somebody else's engine should."""

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tui_call.control import platform

SOMEBODY = 65_534
"""The user "nobody" of Debian, and of most others."""


@dataclass
class Stranger:
    """What a stranger does.

    Attributes:
        heard: what those who came to its socket said until they left.
        visitors: how many came.
    """

    heard: list[bytes] = field(default_factory=list)
    visitors: int = 0

    def takes(self, path: Path) -> None:
        """Own a directory or file."""
        if os.getuid() == 0:
            os.chown(path, SOMEBODY, SOMEBODY)

    @asynccontextmanager
    async def listening(self, path: Path) -> AsyncIterator[None]:
        """Accept everybody at a socket, as a process of the other user."""
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(path))
            path.chmod(0o777)
            _as_the_other_user(listener)  # the kernel notes whose process it was that listened
            listener.setblocking(False)
            hearing = asyncio.create_task(self._hear(listener))
            yield
            hearing.cancel()
            await asyncio.gather(hearing, return_exceptions=True)
            with contextlib.suppress(BlockingIOError):
                while True:
                    listener.accept()[0].close()
                    self.visitors += 1

    async def _hear(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            visitor, _ = await loop.sock_accept(listener)
            self.visitors += 1
            said = b""
            with visitor, contextlib.suppress(ConnectionError):
                while some := await loop.sock_recv(visitor, 4096):
                    said += some
            self.heard.append(said)


def _as_the_other_user(listener: socket.socket) -> None:
    child = os.fork()
    if child == 0:
        if os.getuid() == 0:
            os.setgid(SOMEBODY)
            os.setuid(SOMEBODY)
        listener.listen()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0


def stranger(monkeypatch: pytest.MonkeyPatch) -> Stranger:
    """Return a second user; one who may not change users takes every file for a stranger's."""
    if os.getuid() != 0:
        monkeypatch.setattr(platform, "_own_user", lambda: SOMEBODY)
    return Stranger()
