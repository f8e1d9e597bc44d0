"""A `ProcessBeside` within the test's own process, with as many lives as are started."""

import asyncio
import secrets
import socket
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Generic, TypeVar

RoomT = TypeVar("RoomT")
OrderT = TypeVar("OrderT")


@dataclass
class ProcessLife(Generic[RoomT]):
    """One process, until it is killed."""

    name: str = field(default_factory=lambda: secrets.token_hex(8))
    rooms: dict[str, RoomT] = field(default_factory=dict[str, RoomT])
    services: list[asyncio.StreamWriter] = field(default_factory=list)


LifeT = TypeVar("LifeT", bound=ProcessLife[object])


@dataclass
class ProcessDouble(ABC, Generic[LifeT, OrderT]):
    """Is connected to and killed; who derives from it says what the process does.

    Attributes:
        starts: how often one was started.
        orders: all that was ordered, of all lives.
        broken: none can be started.
    """

    starts: int = 0
    orders: list[OrderT] = field(default_factory=list[OrderT])
    broken: bool = False
    _life: LifeT | None = None
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def name(self) -> str:
        """Of the one that lives."""
        assert self._life is not None
        return self._life.name

    @property
    def services(self) -> int:
        """How many are connected."""
        return len(self._life.services) if self._life is not None else 0

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
            self._life = self._begin()

    async def end(self) -> None:
        self.kill()

    def kill(self) -> None:
        """End as by SIGKILL."""
        if self._life is not None:
            for writer in self._life.services:
                writer.transport.abort()
        self._life = None

    @abstractmethod
    def _begin(self) -> LifeT:
        """Return a new life."""

    @abstractmethod
    async def _serve(
        self, life: LifeT, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Speak with a service until it or the life ends."""
