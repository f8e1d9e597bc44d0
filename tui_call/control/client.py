"""A screen's or command's side of the control socket."""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Callable, Collection, Generator, Iterable
from pathlib import Path
from typing import Literal, TypeVar

from tui_call.control import codec, platform
from tui_call.control.actions import Action
from tui_call.control.deltas import Delta
from tui_call.control.figures import of_this_call
from tui_call.control.lines import (
    VERSION,
    Caption,
    ClientHello,
    ClientLine,
    Command,
    EngineHello,
    EngineLine,
    Error,
    ErrorCode,
    Farewell,
    Meters,
    Ok,
    Ping,
    Pong,
    Result,
    SnapshotMessage,
    Statistics,
)
from tui_call.control.pending import Pending, PendingCaptions, Update
from tui_call.control.replica import Replica
from tui_call.control.versions import OtherVersion
from tui_call.control.views import SentenceView, Snapshot
from tui_call.errors import LocalFault
from tui_call.tasks import Tasks

PING_INTERVAL = 1.0
SLOW_AFTER = 0.25
DEAD_AFTER = 5.0
GREETING_WITHIN = 10.0

Pulse = Literal["ok", "slow", "dead"]
_T = TypeVar("_T")


class EngineUnreachable(LocalFault):
    """No engine is running. Start it with tui-call."""


class ForeignListener(EngineUnreachable):
    """Another user listens in your engine's place. Nothing was sent there. Run tui-call anew."""


class CommandRefused(LocalFault):
    """The engine did not carry out the command."""

    def __init__(self, error: Error) -> None:
        super().__init__(error.sentence or SentenceView("", "", error.detail))
        self.code: ErrorCode = error.code


class EngineClient:
    """A connection to an engine, with the snapshot kept up to date.

    Attributes:
        pulse: whether it answers in time.
        ended: it said that it ends; otherwise one that is gone failed, or does not answer.
    """

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, snapshot: Snapshot
    ) -> None:
        self._replica = Replica(snapshot)
        self._statistics: Statistics | None = None
        self.pulse: Pulse = "ok"
        self.ended = False
        self._reader = reader
        self._writer = writer
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Ok]] = {}
        self._updates = Pending(lambda: self.snapshot)
        self._captions = PendingCaptions()
        self._arrived = asyncio.Event()
        self._changed = asyncio.Event()
        self._ponged = 0.0
        self._gone = False
        self._tasks = Tasks()
        self._tasks.spawn(self._read())
        self._tasks.spawn(self._ping())

    @classmethod
    async def connect(cls, path: Path, client: str, *, lists: bool = True) -> "EngineClient":
        """Connect, greet, and take the snapshot.

        Args:
            path: the engine's control socket.
            client: "tui" for a screen, "cli" for a command.
            lists: be told of people and past calls, too.

        Raises:
            EngineUnreachable: nobody listens, or what answers is no engine.
            OtherVersion: it is one that speaks another version of the protocol.
            ForeignListener: another user listens there, or could.
        """
        try:
            async with asyncio.timeout(GREETING_WITHIN):
                reader, writer = await platform.connect(path)
                with _closed_if_it_fails(writer):
                    _send(writer, ClientHello(VERSION, client, lists))
                    snapshot = await _greeting(reader)
        except platform.ForeignOwner as error:
            raise ForeignListener from error
        except (OSError, ValueError, TimeoutError, codec.MalformedLine) as error:
            raise EngineUnreachable from error
        return cls(reader, writer, snapshot)

    @property
    def snapshot(self) -> Snapshot:
        """The engine's state."""
        return self._replica.snapshot

    @property
    def statistics(self) -> Statistics | None:
        """The newest figures of the call in front, None while there are none."""
        return of_this_call(self._statistics, self.snapshot)

    async def command(self, action: Action) -> Result:
        """Send an action and wait for its answer.

        Raises:
            CommandRefused: the engine said no, and why.
            EngineUnreachable: the engine is gone.
        """
        if self._gone:
            raise EngineUnreachable
        number = next(self._numbers)
        answer: asyncio.Future[Ok] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        try:
            _send(self._writer, Command(number, action))
            return (await answer).result
        finally:
            self._waiting.pop(number, None)

    async def lines(self) -> AsyncIterator[Update]:
        """Yield what changes, after it was applied to `snapshot`; ends when the engine is gone.

        Of each thing the newest; the whole snapshot where it was not asked for too long.
        """
        while self._updates or self._captions or not self._gone:
            for update in (*self._updates.take(), *self._captions.take()):
                yield update
            self._arrived.clear()
            if not (self._updates or self._captions or self._gone):
                await self._arrived.wait()

    async def wait_for_change(self) -> None:
        """Return when the next line arrived.

        Raises:
            EngineUnreachable: the engine is gone.
        """
        if self._gone:
            raise EngineUnreachable
        self._changed.clear()
        await self._changed.wait()

    async def close(self) -> None:
        """Detach; the engine and a call go on."""
        self._tasks.cancel()
        await self._tasks.wait()
        self._lost()
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()

    async def _read(self) -> None:
        try:
            with contextlib.suppress(OSError, ValueError, codec.MalformedLine):
                while line := await self._reader.readline():
                    self._take(codec.decode_engine(line))
        finally:
            self._lost()  # however reading ended: what is not kept up to date must not be shown

    def _take(self, message: EngineLine) -> None:
        match message:
            case Delta():
                self._replica.apply(message)
                self._update(message)
            case SnapshotMessage(snapshot):
                self._replica = Replica(snapshot)
                self._update(message)
            case Meters():
                self._update(message)
            case Caption():
                self._captions.put(message)
                self._arrived.set()
                self._changed.set()
            case Statistics():
                self._statistics = message
                self._update(message)
            case Ok() | Error():
                self._answered(message)
            case Farewell():
                self.ended = True
            case Pong():
                self._ponged = asyncio.get_running_loop().time()
            case EngineHello():
                raise codec.MalformedLine("greeting")

    def _answered(self, answer: Ok | Error) -> None:
        waiting = self._waiting.get(answer.id)
        if waiting is None or waiting.done():  # given up, and not yet cleaned up
            return
        if isinstance(answer, Ok):
            waiting.set_result(answer)
        else:
            waiting.set_exception(CommandRefused(answer))

    def _update(self, update: Update) -> None:
        self._updates.put(update)
        self._arrived.set()
        self._changed.set()

    async def _ping(self) -> None:
        loop = asyncio.get_running_loop()
        for number in itertools.count(1):
            asked = loop.time()
            _send(self._writer, Ping(number))
            await asyncio.sleep(SLOW_AFTER)
            self.pulse = "ok" if self._ponged >= asked else "slow"
            while self._ponged < asked:
                await asyncio.sleep(SLOW_AFTER)
                if loop.time() - asked > DEAD_AFTER:
                    self.pulse = "dead"
                    self._writer.close()
                    return
            await asyncio.sleep(PING_INTERVAL - SLOW_AFTER)

    def _lost(self) -> None:
        self._gone = True
        self.pulse = "dead"
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(EngineUnreachable())
        self._arrived.set()
        self._changed.set()


async def wait_until(
    client: EngineClient, condition: Callable[[EngineClient], bool], seconds: float
) -> bool:
    """Wait until the snapshot satisfies a condition; False when the time is over.

    Raises:
        EngineUnreachable: the engine is gone.
    """
    try:
        async with asyncio.timeout(seconds):
            while not condition(client):
                await client.wait_for_change()
    except TimeoutError:
        return condition(client)
    return True


def added(before: Collection[_T], now: Iterable[_T]) -> list[_T]:
    """Return what came to a list of the snapshot since, in order.

    The engine keeps no list for ever: an older one may have gone from anywhere in it.

    Args:
        before: the list as it was.
        now: the list as it is.
    """
    return [one for one in now if one not in before]


def _send(writer: asyncio.StreamWriter, message: ClientLine) -> None:
    writer.write(codec.encode(message))


@contextlib.contextmanager
def _closed_if_it_fails(writer: asyncio.StreamWriter) -> Generator[None]:
    try:
        yield
    except BaseException:
        writer.close()
        raise


async def _greeting(reader: asyncio.StreamReader) -> Snapshot:
    hello = codec.decode_engine(await reader.readline())
    if not isinstance(hello, EngineHello):
        raise EngineUnreachable("no engine")
    if hello.version != VERSION:
        raise OtherVersion(hello.version)
    first = codec.decode_engine(await reader.readline())
    if not isinstance(first, SnapshotMessage):
        raise EngineUnreachable("no engine")
    return first.snapshot
