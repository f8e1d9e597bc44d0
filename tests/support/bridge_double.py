"""A bridge worker that carries nothing: it says what a real one says, and remembers its orders."""

import asyncio
import contextlib
from dataclasses import dataclass

from tests.support.process_double import ProcessDouble, ProcessLife
from tui_call.signaling.bridge_messages import (
    VERSION,
    CarriedRooms,
    CloseRoom,
    DescribeLeg,
    FromWorker,
    LegChanged,
    LegDescription,
    LegState,
    SetRoom,
    TapReached,
    ToWorker,
    WorkerHello,
    encode_line,
    to_worker_decoder,
)
from tui_call.signaling.fences import in_lines
from tui_call.signaling.liveness import Alive, LivenessCheck

_Life = ProcessLife[SetRoom]


@dataclass
class BridgeDouble(ProcessDouble[_Life, ToWorker]):
    """A `ProcessBeside`, with as many lives as are started.

    Attributes:
        silent: legs are answered and not connected.
    """

    silent: bool = False
    _hung: _Life | None = None

    @property
    def alive(self) -> bool:
        return self._life is not None

    @property
    def rooms(self) -> dict[str, SetRoom]:
        """As they were ordered last."""
        return self._life.rooms if self._life is not None else {}

    def hang(self) -> None:
        """Have the one that lives read nothing any more."""
        self._hung = self._life

    def report(self, leg: str, state: LegState) -> None:
        """Tell how a leg is."""
        assert self._life is not None
        for writer in self._life.services:
            _say(writer, LegChanged(leg, state))

    def reach_tap(self, reached: bool) -> None:
        """Tell whether frames reach the tap."""
        assert self._life is not None
        for writer in self._life.services:
            _say(writer, TapReached(reached))

    def _begin(self) -> _Life:
        return _Life()

    async def _serve(
        self, life: _Life, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        life.services.append(writer)
        rooms = tuple((room.room, room.fence) for room in life.rooms.values())
        _say(writer, WorkerHello(VERSION, life.name))
        for some in in_lines(rooms):
            _say(writer, CarriedRooms(some))
        with contextlib.suppress(OSError):
            while line := await reader.readline():
                order = to_worker_decoder.decode(line)
                if life is self._hung:
                    continue
                if isinstance(order, LivenessCheck):
                    _say(writer, Alive())
                else:
                    self._obey(life, order, writer)
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
