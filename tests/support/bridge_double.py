"""A bridge worker that carries nothing: it says what a real one says, and remembers its orders."""

import asyncio
import contextlib
import secrets
import socket
from dataclasses import dataclass, field

from tui_call.signaling.bridge_messages import (
    VERSION,
    CloseRoom,
    DescribeLeg,
    FromWorker,
    LegChanged,
    LegDescription,
    LegState,
    SetRoom,
    ToWorker,
    WorkerHello,
    encode_line,
    to_worker_decoder,
)


@dataclass
class _Life:
    """One process, until it is killed."""

    name: str = field(default_factory=lambda: secrets.token_hex(8))
    rooms: dict[str, SetRoom] = field(default_factory=dict)
    services: list[asyncio.StreamWriter] = field(default_factory=list)


@dataclass
class BridgeDouble:
    """A `ProcessBeside`, with as many lives as are started.

    Attributes:
        starts: how often one was started.
        orders: all that was ordered, of all lives.
        broken: none can be started.
        silent: legs are answered and not connected.
    """

    starts: int = 0
    orders: list[ToWorker] = field(default_factory=list)
    broken: bool = False
    silent: bool = False
    _life: _Life | None = None
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def name(self) -> str:
        """Of the one that lives."""
        assert self._life is not None
        return self._life.name

    @property
    def alive(self) -> bool:
        return self._life is not None

    @property
    def services(self) -> int:
        """How many are connected."""
        return len(self._life.services) if self._life is not None else 0

    @property
    def rooms(self) -> dict[str, SetRoom]:
        """As they were ordered last."""
        return self._life.rooms if self._life is not None else {}

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._life is None:
            raise ConnectionRefusedError
        ours, theirs = socket.socketpair()
        reader, writer = await asyncio.open_connection(sock=theirs)
        task = asyncio.create_task(self._serve(self._life, reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return await asyncio.open_connection(sock=ours)

    def start(self) -> None:
        if self.broken:
            raise OSError("none")
        if self._life is None:
            self.starts += 1
            self._life = _Life()

    async def end(self) -> None:
        self.kill()

    def kill(self) -> None:
        """End as by SIGKILL."""
        if self._life is not None:
            for writer in self._life.services:
                writer.transport.abort()
        self._life = None

    def report(self, leg: str, state: LegState) -> None:
        """Tell how a leg is."""
        assert self._life is not None
        for writer in self._life.services:
            _say(writer, LegChanged(leg, state))

    async def _serve(
        self, life: _Life, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        life.services.append(writer)
        rooms = tuple((room.room, room.fence) for room in life.rooms.values())
        _say(writer, WorkerHello(VERSION, life.name, rooms))
        with contextlib.suppress(OSError):
            while line := await reader.readline():
                self._obey(life, to_worker_decoder.decode(line), writer)
        life.services.remove(writer)
        writer.close()

    def _obey(self, life: _Life, order: ToWorker, writer: asyncio.StreamWriter) -> None:
        self.orders.append(order)
        match order:
            case SetRoom(room=room, fence=fence):
                if room not in life.rooms or fence >= life.rooms[room].fence:
                    life.rooms[room] = order
            case CloseRoom(room=room):
                life.rooms.pop(room, None)
            case DescribeLeg(leg=leg, offer=offer):
                _say(writer, LegDescription(leg, f"answer to {offer}"))
                if not self.silent:
                    _say(writer, LegChanged(leg, "connected"))
            case _:
                pass


def _say(writer: asyncio.StreamWriter, message: FromWorker) -> None:
    writer.write(encode_line(message))
