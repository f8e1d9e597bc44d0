"""A process that a service starts beside itself: the bridge worker, the tap.

Services connect to its local socket, are told how things stand, and give orders. It goes on
without one, so that nothing stops where a service is started anew, and ends half a minute after the
last one went.
"""

import asyncio
import contextlib
import logging
import sys
import time
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec

from tui_call.control import platform
from tui_call.control.loopback import Accept
from tui_call.errors import LocalFault
from tui_call.logs import log_to

ALONE_SECONDS = 30.0
"""For so long it goes on without a service."""

MOST_UNREAD = 1_048_576
"""Bytes that a service may leave unread before it counts as gone."""

MOST_LINE = 65_536

log = logging.getLogger(__name__)

_Order = TypeVar("_Order")

Reply = Callable[[bytes], None]
"""Says a line to the one service that gave an order."""


def run_companion(work: Coroutine[Any, Any, None], log_file: Path | None) -> None:
    """Run a process of this kind; its own faults end it with a sentence."""
    platform.keep_memory_out_of_core_dumps()
    if log_file is not None:
        log_to(log_file)
    try:
        asyncio.run(work)
    except LocalFault as fault:
        sys.exit(f"tui-call: {fault}")


def stopped_by_signals() -> asyncio.Event:
    """Return what is set once this process is told to end."""
    stopped = asyncio.Event()
    platform.stop_on_signals(asyncio.get_running_loop(), stopped.set)
    return stopped


@contextlib.asynccontextmanager
async def listening(socket: Path, accept: Accept) -> AsyncGenerator[None]:
    """Listen at a local socket of this user, which is gone in the end.

    Raises:
        SocketUnavailable: it cannot be opened.
    """
    platform.make_private_directory(socket.parent)
    server = await platform.listen(socket, accept)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            socket.unlink()
        server.close()


class Services(Generic[_Order]):
    """The services that are connected; to be used in one event loop.

    One that goes without an order was none, or of another version: it keeps nothing alive.

    Args:
        decode: reads the line of an order; raises `msgspec.DecodeError`.
        greet: the lines for a service that has come, each asked for when the one before is out.
        obey: does an order.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        decode: Callable[[bytes], _Order],
        greet: Callable[[], Iterable[bytes]],
        obey: Callable[[_Order, Reply], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._decode = decode
        self._greet = greet
        self._obey = obey
        self._clock = clock
        self._writers: set[asyncio.StreamWriter] = set()
        self._last = clock()

    @property
    def any(self) -> bool:
        """Whether one is connected."""
        return bool(self._writers)

    @property
    def unneeded(self) -> bool:
        """Whether none was there for long enough."""
        return not self.any and self._clock() - self._last >= ALONE_SECONDS

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Do what a service orders until it goes."""
        self._writers.add(writer)

        def reply(line: bytes) -> None:
            _say(writer, line)

        in_charge = False
        try:
            for line in self._greet():
                reply(line)
                await writer.drain()
            while line := await reader.readline():
                if len(line) > MOST_LINE:
                    raise ValueError("a line is too long")
                self._obey(self._decode(line), reply)
                in_charge = True
        except (OSError, ValueError, msgspec.DecodeError) as error:
            log.warning("service is not understood", {"error": type(error).__name__})
        finally:
            self._writers.discard(writer)
            if in_charge:
                self._last = self._clock()
            writer.close()

    def say(self, line: bytes) -> None:
        """Say a line to all."""
        for writer in self._writers:
            _say(writer, line)

    def close(self) -> None:
        """Let go of all."""
        for writer in self._writers:
            writer.close()


def _say(writer: asyncio.StreamWriter, line: bytes) -> None:
    if writer.is_closing():
        return
    writer.write(line)
    if writer.transport.get_write_buffer_size() > MOST_UNREAD:
        writer.transport.abort()
