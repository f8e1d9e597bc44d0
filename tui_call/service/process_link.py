"""A process beside the service: found, or started, and kept while it is wanted; lines to and from.

The process outlives its service for a while, so that sound goes on where the service is started
anew, and ends by itself without one. So the service only lets go of it when nothing wants it, and
takes it again where that changes soon. One that is gone is replaced at once; one that ends again
and again is waited for longer each time.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import msgspec

from tui_call.errors import LocalFault
from tui_call.tasks import Tasks

To = TypeVar("To")
From = TypeVar("From")

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Tell = Callable[[], Awaitable[None]]
TellLost = Callable[[float], Awaitable[None]]

STARTS_WITHIN = 15.0
POLL = 0.03
SHORT_LIFE = 5.0
"""Seconds; one that ended sooner is not replaced at once."""
SHORTEST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
MOST_UNREAD = 4 * 1_048_576
"""Bytes that a process may leave unread before it counts as gone."""

CHECK_SECONDS = 0.5
MOST_CHECKS = 3
"""Without an answer, until a process has hung: two seconds after the last that it said."""

log = logging.getLogger(__name__)


class ProcessBeside(Protocol):
    """Where a process is."""

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

    def kill(self) -> None:
        """End the one that was connected to at once: it does not listen."""
        ...


@dataclass(frozen=True, slots=True)
class LineLanguage(Generic[To, From]):
    """What is said to a process and by it, a line each.

    Attributes:
        speaker: what the log calls the process.
        most: bytes of a line.
        encode: makes a line of what is said.
        decode: makes a message of a line, with or without its end; raises `msgspec.DecodeError`.
        name_in: the name of the process where a message is its first one, None in others; raises
            `ValueError` where it is of another version.
        check: is answered at once, by any line.
    """

    speaker: str
    most: int
    encode: Callable[[To], bytes]
    decode: Callable[[bytes], From]
    name_in: Callable[[From], str | None]
    check: To


class ProcessLink(Generic[To, From]):
    """Keeps a connection to a process while one is wanted.

    Attributes:
        name: of the process, "" while none is connected.
    """

    def __init__(self, process: ProcessBeside, lines: LineLanguage[To, From]) -> None:
        """Prepare; the process is found or started when it is wanted."""
        self.name = ""
        self._process = process
        self._lines, self._speaker = lines, lines.speaker
        self._wanted = asyncio.Event()
        self._waiting: list[asyncio.Future[None]] = []
        self._writer: asyncio.StreamWriter | None = None
        self._let_go = False
        self._tasks = Tasks()

    def open(
        self,
        hear: Callable[[From], Awaitable[None]],
        lost: TellLost,
        missed: Tell | None = None,
        absent: Tell | None = None,
    ) -> None:
        """Begin to keep the process, while it is wanted.

        Args:
            hear: takes what it says, its name first.
            lost: told when it is gone, and for how many seconds it may have been so before.
            missed: told when it could not be had.
            absent: told where none runs, before one is started.
        """
        self._tasks.spawn(self._keep(hear, lost, missed, absent))

    def want(self, wanted: bool) -> None:
        """Have a process from now on, or let go of it."""
        if wanted:
            self._wanted.set()
            return
        self._wanted.clear()
        if self._writer is not None:
            self.name, self._let_go = "", True
            self._writer.close()

    async def until_there(self) -> bool:
        """Wait until a process is connected, or could not be; it has to be wanted.

        Returns:
            Whether one is there.
        """
        if not self.name:
            waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(waiting)
            await waiting
        return self.name != ""

    def say(self, message: To) -> None:
        """Send a line; without a process it is dropped, as all is said again to the next one."""
        writer = self._writer
        if writer is None or writer.is_closing():
            return
        writer.write(self._lines.encode(message))
        if writer.transport.get_write_buffer_size() > MOST_UNREAD:
            writer.transport.abort()

    async def close(self) -> None:
        """Let go of the process; one that nobody wants any more ends."""
        self._tasks.cancel()
        await self._tasks.wait()
        if self._writer is not None:
            self._writer.close()
        if not self._wanted.is_set():
            await self._process.end()

    async def _keep(
        self,
        hear: Callable[[From], Awaitable[None]],
        lost: TellLost,
        missed: Tell | None,
        absent: Tell | None,
    ) -> None:
        clock, pause = asyncio.get_running_loop().time, 0.0
        while True:
            await self._wanted.wait()
            streams = await self._found()
            if streams is None:
                if absent is not None:
                    await absent()
                streams = await self._started()
            began = clock()
            if streams is not None:
                await lost(await self._converse(*streams, hear))
                if self._let_go:
                    self._let_go = False
                    continue
            elif missed is not None:
                await missed()
            self._tried()
            short = clock() - began < SHORT_LIFE and self._wanted.is_set()
            pause = min(2 * pause or SHORTEST_PAUSE, LONGEST_PAUSE) if short else 0.0
            await asyncio.sleep(pause)

    async def _found(self) -> Streams | None:
        """Connect to the process that runs, if one does."""
        with contextlib.suppress(OSError, ValueError):
            return await self._process.connect()
        return None

    async def _started(self) -> Streams | None:
        """Connect to a process that is started."""
        try:
            async with asyncio.timeout(STARTS_WITHIN):
                while True:
                    self._process.start()
                    if (streams := await self._found()) is not None:
                        return streams
                    await asyncio.sleep(POLL)
        except TimeoutError:
            log.error("process does not listen", {"process": self._speaker})
        except (LocalFault, OSError) as fault:
            log.error(
                "process does not start", {"process": self._speaker, "fault": type(fault).__name__}
            )
        return None

    async def _converse(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        hear: Callable[[From], Awaitable[None]],
    ) -> float:
        """Hear all that is said; return for how many seconds nothing was, where that ended it."""
        self._writer, silent = writer, 0.0
        try:
            while (line := await self._next_line(reader)) and not self._let_go:
                await self._take(line, hear)
        except TimeoutError:
            log.error("process hangs", {"process": self._speaker})
            writer.transport.abort()
            self._process.kill()
            silent = (MOST_CHECKS + 1) * CHECK_SECONDS
        except (OSError, ValueError, msgspec.DecodeError) as error:
            log.warning(
                "process is not understood",
                {"process": self._speaker, "error": type(error).__name__},
            )
        except Exception as error:  # in what hears it: the process is wanted all the same
            self._tasks.on_failure("hear", error)
        finally:
            self._writer, self.name = None, ""
            writer.close()
        if self._wanted.is_set():
            log.warning("process is gone", {"process": self._speaker})
        return silent

    async def _next_line(self, reader: asyncio.StreamReader) -> bytes:
        """Return what is said next; raises `TimeoutError` where it is not even that it is there."""
        for _ in range(MOST_CHECKS):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(CHECK_SECONDS):
                    return await reader.readline()
            self.say(self._lines.check)
        async with asyncio.timeout(CHECK_SECONDS):
            return await reader.readline()

    async def _take(self, line: bytes, hear: Callable[[From], Awaitable[None]]) -> None:
        if len(line) > self._lines.most:
            raise ValueError
        message = self._lines.decode(line)
        self.name = self._lines.name_in(message) or self.name
        await hear(message)
        if not self._let_go:  # whoever waits by now waits for the next connection
            self._tried()

    def _tried(self) -> None:
        """Let go on who waited for a process, whether it has come or not."""
        waiting, self._waiting = self._waiting, []
        for one in waiting:
            if not one.done():
                one.set_result(None)
