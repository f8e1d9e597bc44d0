"""A process that a service starts beside itself, and a service's end of its local stream."""

import asyncio
import contextlib
import sys
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from tests.support.connections import until
from tui_call.control import platform
from tui_call.service.process_link import POLL, STARTS_WITHIN

_Said = TypeVar("_Said")
_End = TypeVar("_End", bound="ServicesEnd[Any]")


def frames_socket(directory: Path) -> Path:
    """Return where worker and tap of one directory meet."""
    return directory / "tap" / "frames.sock"


class ServicesEnd(Generic[_Said]):
    """A service's end of the stream.

    Attributes:
        heard: all lines, in order.
    """

    def __init__(
        self,
        streams: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        decode: Callable[[bytes], _Said],
    ) -> None:
        self.heard: list[_Said] = []
        self._decode = decode
        reader, self.writer = streams
        self._reading = asyncio.create_task(self._read(reader))

    @property
    def over(self) -> bool:
        return self._reading.done()

    async def close(self) -> None:
        self.writer.close()
        await self._reading

    async def _read(self, reader: asyncio.StreamReader) -> None:
        while line := await reader.readline():
            self.heard.append(self._decode(line))


class CompanionAlone(Generic[_End]):
    """Use as `async with`: a process, and a first service.

    Attributes:
        command: that runs it.
        process: its own.
        service: that connected first.

    Args:
        module: that is run.
        end: makes an end of streams.
        socket: where it listens.
        arguments: beside the socket.
    """

    def __init__(
        self,
        module: str,
        end: Callable[[tuple[asyncio.StreamReader, asyncio.StreamWriter]], _End],
        socket: Path,
        *arguments: str,
    ) -> None:
        self.socket = socket
        self.command = (sys.executable, "-P", "-m", module, "--socket", str(socket), *arguments)
        self._end = end
        self._services: list[_End] = []

    async def __aenter__(self) -> Self:
        self.process = await asyncio.create_subprocess_exec(
            *self.command, cwd=Path(__file__).parent.parent.parent
        )
        async with asyncio.timeout(STARTS_WITHIN):
            self.service = await self._first_service()
        return self

    async def _first_service(self) -> _End:
        """Connect as soon as it listens; its socket's file is there a moment before."""
        while self.process.returncode is None:
            with contextlib.suppress(FileNotFoundError, ConnectionRefusedError):
                return await self.connect()
            await asyncio.sleep(POLL)
        raise AssertionError(f"it ended: {self.process.returncode}")

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.process.returncode is None:
            self.process.terminate()
        for service in self._services:
            await service.close()
        await self.process.wait()

    async def connect(self) -> _End:
        """Be another service, which has heard the first line."""
        end = self._end(await platform.connect(self.socket))
        self._services.append(end)
        await until(lambda: end.heard)
        return end
