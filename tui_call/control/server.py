"""The engine's side of the control socket.

The engine never waits for a client. What a client has not read yet is kept as the newest value of
each thing (`control.pending`: so it is bounded, and no state is lost), the newest figures, and the
answers to its commands, of which only `MOST_COMMANDS` may be under way. Of a client that leaves
`MOST_ANSWERS` unread nothing more is read. What changes nothing of what was told is not sent.
"""

import asyncio
import contextlib
import logging
import os
from collections import deque
from collections.abc import Callable, Mapping
from importlib.metadata import version
from typing import Any, Protocol

import msgspec

from tui_call.control import codec, lines
from tui_call.control.actions import Action
from tui_call.control.codec import MalformedLine
from tui_call.control.deltas import AnyDelta, PastCallDelta, PersonDelta
from tui_call.control.door import Door, OpenDoor
from tui_call.control.pace import until_next
from tui_call.control.pending import Pending, PendingCaptions
from tui_call.control.platform import SocketUnavailable
from tui_call.control.replica import Replica
from tui_call.control.versions import what_helps
from tui_call.control.views import PARTS, Part, Snapshot
from tui_call.errors import TuiCallError
from tui_call.sentences import Sentence, sentence
from tui_call.tasks import Tasks, log_failure

MOST_COMMANDS = 64
MOST_ANSWERS = 256
MOST_MALFORMED = 20
METER_INTERVAL = 1 / 12
LOOK_INTERVAL = 1.0
"""Seconds after which a socket that was lost is made again."""
CLOSE_WITHIN = 1.0
"""Seconds that clients have to read what is pending when the engine ends."""

log = logging.getLogger(__name__)


class ActionRefused(TuiCallError):
    """The engine cannot do that now.

    Args:
        code: for programs.
        words: the code of a sentence, or one that is filled in.
        fields: what stands for the names in braces.
    """

    def __init__(self, code: lines.ErrorCode, words: str | Sentence, /, **fields: object) -> None:
        super().__init__(sentence(words, **fields) if isinstance(words, str) else words)
        self.code: lines.ErrorCode = code


class CaptionReader(Protocol):
    """Who is attached, as one who may want captions."""

    def put_caption(self, caption: lines.Caption) -> None:
        """Tell what is said; it never waits for who reads it."""
        ...


class Handler(Protocol):
    """What the engine gives to its control socket."""

    def snapshot(self, *, lists: bool = True) -> Snapshot:
        """Return the state as a screen shows it, without `lists` neither people nor past calls."""
        ...

    async def act(self, action: Action, reader: CaptionReader) -> Mapping[str, Any]:
        """Carry out an action; raises `ActionRefused` or another `TuiCallError`.

        Args:
            action: what is ordered.
            reader: who orders it.
        """
        ...

    def left(self, reader: CaptionReader) -> None:
        """Take note that somebody is attached no more."""
        ...


class ControlServer:
    """Serves any number of screens and commands at one socket.

    A socket that is lost, because a cleaner or the last logout took its directory, is made again.
    """

    def __init__(self, door: Door, handler: Handler) -> None:
        self._door = door
        self._handler = handler
        self._clients: set[_Client] = set()
        self._serving: set[asyncio.Task[None]] = set()
        self._told: Replica | None = None
        self._open: OpenDoor | None = None
        self._watching = Tasks()

    @property
    def screens(self) -> int:
        """How many attached clients are screens."""
        return sum(client.kind == "tui" for client in self._clients)

    @property
    def clients(self) -> int:
        """How many clients of any kind are attached."""
        return len(self._clients)

    async def start(self) -> None:
        """Begin to listen.

        Raises:
            SocketUnavailable: the socket cannot be opened.
        """
        self._open = await self._door.open(self._serve)
        self._watching.spawn(self._stay_reachable())

    async def close(self, *, told: bool = True) -> None:
        """Send what is pending, as far as clients read it at once, and close all.

        Args:
            told: the engine ends because it was told to; clients learn no more where it failed.
        """
        self._watching.cancel()
        if self._open:
            self._open.close()
        for client in list(self._clients):
            client.close(told=told)
        if self._serving:
            _, late = await asyncio.wait(self._serving, timeout=CLOSE_WITHIN)
            if late:
                for client in list(self._clients):
                    client.abort()
                await asyncio.wait(late, timeout=CLOSE_WITHIN)

    async def _stay_reachable(self) -> None:
        """Open the door again whenever it is lost; clients that are attached stay so."""
        while True:
            await asyncio.sleep(until_next(LOOK_INTERVAL))
            if self._open and self._open.lost:
                self._open.close()
                with contextlib.suppress(SocketUnavailable):  # tried again the next second
                    self._open = await self._door.open(self._serve)
                    log.info("control socket made again")

    def publish(self, part: Part, value: object) -> None:
        """Tell every client what is new where a part of the snapshot has this value."""
        if self._told is not None:
            for delta in list(self._told.differences(part, value)):
                self.publish_delta(delta)

    def publish_delta(self, delta: AnyDelta) -> None:
        """Tell every client a change, unless it is none to them."""
        if self._told is not None and self._told.apply(delta):
            for client in self._clients:
                client.put(delta)

    def publish_latest(self, message: lines.Meters | lines.Statistics) -> None:
        """Tell every client a reading of which only the latest matters."""
        for client in self._clients:
            client.put_latest(message)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        client = _Client(reader, writer, self._handler, self._snapshot)
        task = asyncio.current_task()
        assert task is not None
        self._clients.add(client)
        self._serving.add(task)
        try:
            await client.run()
        finally:
            self._clients.discard(client)
            self._serving.discard(task)
            self._handler.left(client)
            if not self._clients:
                self._told = None  # nobody has to be told of what changes

    def _snapshot(self, lists: bool) -> Snapshot:
        """Return what every client was told, once they were told all that is so now."""
        now = self._handler.snapshot(lists=lists)
        if self._told is None:
            self._told = Replica(now)
        for part in PARTS:
            if lists or part not in ("people", "history"):
                self.publish(part, getattr(now, part))
        told = self._told.snapshot
        return told if lists else msgspec.structs.replace(told, people=(), history=())


class _Client:
    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        handler: Handler,
        snapshot: Callable[[bool], Snapshot],
    ) -> None:
        self.kind = ""
        self._reader = reader
        self._writer = writer
        self._handler = handler
        self._snapshot = snapshot
        self._greeted = False
        self._malformed = 0
        self._deltas = Pending(self._whole)
        self._figures = Pending(self._whole)
        self._captions = PendingCaptions()
        self._lists = True
        self._answers: deque[lines.EngineLine] = deque()
        self._room = asyncio.Event()  # for more of them
        self._room.set()
        self._commands, self._writing = Tasks(), Tasks(self._cannot_write)
        self._pending = asyncio.Event()

    def _whole(self) -> Snapshot:
        return self._snapshot(self._lists)

    def put(self, delta: AnyDelta) -> None:
        wanted = self._lists or not isinstance(delta, PersonDelta | PastCallDelta)
        if self._greeted and wanted:
            self._deltas.put(delta)
            self._pending.set()

    def put_latest(self, message: lines.Meters | lines.Statistics) -> None:
        if self._greeted:
            self._figures.put(message)
            self._pending.set()

    def put_caption(self, caption: lines.Caption) -> None:
        self._captions.put(caption)
        self._pending.set()

    def _answer(self, message: lines.EngineLine) -> None:
        self._answers.append(message)
        self._pending.set()
        if len(self._answers) >= MOST_ANSWERS:
            self._room.clear()

    def close(self, *, told: bool) -> None:
        if told:
            self._answers.append(lines.Farewell())
        self._flush()
        self._writer.close()

    def abort(self) -> None:
        self._writer.transport.abort()

    async def run(self) -> None:
        self._writing.spawn(self._write())
        try:
            await self._read()
        except (ConnectionError, asyncio.IncompleteReadError, ValueError):
            log.info("control client gone")  # ValueError: a line over the stream's limit
        finally:
            self._writing.cancel()
            self._commands.cancel()
            self._writer.close()

    async def _read(self) -> None:
        while (line := await self._reader.readline()) and self._malformed < MOST_MALFORMED:
            try:
                message = codec.decode_client(line)
            except MalformedLine as error:
                self._malformed += 1
                number = codec.command_number(line)
                self._refuse(number, "malformed", error.sentence)
                continue
            if not self._take(message):
                break
            await self._room.wait()
        self._flush()

    def _take(self, message: lines.ClientLine) -> bool:
        """Handle a line; False ends the connection."""
        match message:
            case lines.ClientHello():
                return self._greet(message)
            case lines.Ping(number):
                self._answer(lines.Pong(number))
            case lines.Command(number, action) if self._greeted:
                if self._commands.running >= MOST_COMMANDS:
                    self._refuse(number, "unavailable", sentence("O_TOO_MANY"))
                    return True
                self._commands.spawn(self._act(number, action))
            case lines.Command(number):
                self._refuse(number, "wrong_state", sentence("O_HELLO"))
        return True

    def _greet(self, hello: lines.ClientHello) -> bool:
        self._answer(lines.EngineHello(lines.VERSION, version("tui-call"), os.getpid()))
        if hello.version != lines.VERSION:
            words = what_helps(screen=hello.version, engine=lines.VERSION)
            self._refuse(0, "version", words)
            return False
        self.kind, self._greeted, self._lists = hello.client, True, hello.lists
        snapshot = self._whole()
        self._deltas.clear()
        self._answer(lines.SnapshotMessage(snapshot))
        return True

    async def _act(self, number: int, action: Action) -> None:
        try:
            result = await self._handler.act(action, self)
        except ActionRefused as refused:
            self._refuse(number, refused.code, refused.sentence)
        except TuiCallError as error:
            self._refuse(number, "failed", error.sentence)
        except Exception:
            log.exception("action failed", {"action": type(action).__name__})
            self._refuse(number, "failed", sentence("O_FAILED"))
        else:
            self._answer(lines.Ok(number, dict(result)))

    def _cannot_write(self, work: str, error: BaseException) -> None:
        """Let a client go that can be told no more; it may attach again."""
        log_failure(work, error)
        self.abort()

    def _refuse(self, number: int, code: lines.ErrorCode, words: Sentence) -> None:
        self._answer(lines.Error(number, code, words.whole, words))

    async def _write(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while not self._writer.is_closing():
                await self._pending.wait()
                written = loop.time()
                self._flush()
                with contextlib.suppress(ConnectionError):
                    await self._writer.drain()
                await self._pause_until(written + METER_INTERVAL)
        finally:
            self._room.set()  # else nobody reads that the client is gone

    async def _pause_until(self, deadline: float) -> None:
        """Let readings merge; answers and state go at once."""
        while not (self._answers or self._deltas):
            self._pending.clear()
            try:
                async with asyncio.timeout_at(deadline):
                    await self._pending.wait()
            except TimeoutError:
                break
        if self._figures or self._captions:
            self._pending.set()

    def _flush(self) -> None:
        """Write all that is pending, in an order in which a screen can use it."""
        self._pending.clear()
        if self._writer.is_closing():
            return
        told: list[lines.EngineLine] = []
        while self._answers and not isinstance(self._answers[0], lines.Ok | lines.Error):
            told.append(self._answers.popleft())
        told.extend(self._deltas.take())
        told.extend(self._figures.take())
        told.extend(self._captions.take())
        told.extend(self._answers)
        self._answers.clear()
        self._room.set()
        self._writer.writelines([codec.encode(line) for line in told])
