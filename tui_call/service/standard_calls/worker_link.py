"""The bridge worker: found, or started, and kept while there is a call; lines to and from it.

The worker outlives its service for a while, so that sound goes on where the service is started
anew, and ends by itself without one. So the service only lets go of it when no call is left, and
takes it again where the next one comes soon. One that is gone is replaced at once; one that ends
again and again is waited for longer each time.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Protocol

import msgspec
import structlog

from tui_call.errors import LocalFault
from tui_call.signaling.bridge_messages import (
    MOST_LINE,
    VERSION,
    FromWorker,
    ToWorker,
    WorkerHello,
    encode_line,
    from_worker_decoder,
)
from tui_call.tasks import Tasks

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Hear = Callable[[FromWorker], Awaitable[None]]
Lost = Callable[[], Awaitable[None]]

STARTS_WITHIN = 15.0
POLL = 0.03
SHORT_LIFE = 5.0
"""Seconds; one that ended sooner is not replaced at once."""
SHORTEST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
MOST_UNREAD = 4 * 1_048_576
"""Bytes that a worker may leave unread before it counts as gone."""

log = structlog.get_logger()


class WorkerProcess(Protocol):
    """Where the worker is."""

    async def connect(self) -> Streams:
        """Connect to the one that runs; raises `OSError` where none does."""
        ...

    def start(self) -> None:
        """Start one, unless one that was started is still alive.

        Raises: `LocalFault` or `OSError` where it cannot be started.
        """
        ...

    async def end(self) -> None:
        """End the one that was started here."""
        ...


class WorkerLink:
    """Keeps a connection to the worker while one is wanted.

    Attributes:
        worker: its name, "" while none is connected.
    """

    def __init__(self, process: WorkerProcess) -> None:
        """Prepare; the process is found or started when it is wanted."""
        self.worker = ""
        self._process = process
        self._wanted = asyncio.Event()
        self._waiting: list[asyncio.Future[None]] = []
        self._writer: asyncio.StreamWriter | None = None
        self._tasks = Tasks()

    def open(self, hear: Hear, lost: Lost) -> None:
        """Begin to keep the worker, while it is wanted.

        Args:
            hear: takes what it says, `WorkerHello` first.
            lost: told when it is gone.
        """
        self._tasks.spawn(self._keep(hear, lost))

    def want(self, wanted: bool) -> None:
        """Have a worker from now on, or let go of it."""
        if wanted:
            self._wanted.set()
            return
        self._wanted.clear()
        if self._writer is not None:
            self._writer.close()

    async def until_there(self) -> bool:
        """Wait until a worker is connected, or could not be; it has to be wanted.

        Returns:
            Whether one is there.
        """
        if not self.worker:
            waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(waiting)
            await waiting
        return self.worker != ""

    def say(self, message: ToWorker) -> None:
        """Send a line; without a worker it is dropped, as all is said again to the next one."""
        writer = self._writer
        if writer is None or writer.is_closing():
            return
        writer.write(encode_line(message))
        if writer.transport.get_write_buffer_size() > MOST_UNREAD:
            writer.transport.abort()

    async def close(self) -> None:
        """Let go of the worker; one that nobody wants any more ends."""
        self._tasks.cancel()
        await self._tasks.wait()
        if self._writer is not None:
            self._writer.close()
        if not self._wanted.is_set():
            await self._process.end()

    async def _keep(self, hear: Hear, lost: Lost) -> None:
        clock, pause = asyncio.get_running_loop().time, 0.0
        while True:
            await self._wanted.wait()
            streams, began = await self._reach(), clock()
            if streams is not None:
                await self._converse(*streams, hear)
                await lost()
            self._tried()
            short = clock() - began < SHORT_LIFE and self._wanted.is_set()
            pause = min(2 * pause or SHORTEST_PAUSE, LONGEST_PAUSE) if short else 0.0
            await asyncio.sleep(pause)

    async def _reach(self) -> Streams | None:
        """Connect to the worker that runs, or to one that is started."""
        with contextlib.suppress(OSError, ValueError):
            return await self._process.connect()
        try:
            async with asyncio.timeout(STARTS_WITHIN):
                while True:
                    self._process.start()
                    with contextlib.suppress(OSError, ValueError):
                        return await self._process.connect()
                    await asyncio.sleep(POLL)
        except TimeoutError:
            log.error("bridge worker does not listen")
        except (LocalFault, OSError) as fault:
            log.error("bridge worker does not start", fault=type(fault).__name__)
        return None

    async def _converse(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, hear: Hear
    ) -> None:
        self._writer = writer
        try:
            while line := await reader.readline():
                await self._take(line, hear)
        except (OSError, ValueError, msgspec.DecodeError) as error:
            log.warning("bridge worker is not understood", error=type(error).__name__)
        finally:
            self._writer, self.worker = None, ""
            writer.close()
        if self._wanted.is_set():
            log.warning("bridge worker is gone")

    async def _take(self, line: bytes, hear: Hear) -> None:
        if len(line) > MOST_LINE:
            raise ValueError
        message = from_worker_decoder.decode(line)
        if isinstance(message, WorkerHello):
            if message.version != VERSION:
                raise ValueError
            self.worker = message.worker
        await hear(message)
        self._tried()

    def _tried(self) -> None:
        """Let go on who waited for a worker, whether it has come or not."""
        waiting, self._waiting = self._waiting, []
        for one in waiting:
            if not one.done():
                one.set_result(None)
