"""A tap that writes and hears nothing: it says what a real one says, and remembers its orders."""

import asyncio
import contextlib
from dataclasses import dataclass, field

from tests.support.process_double import ProcessDouble, ProcessLife
from tui_call.signaling.fences import in_lines
from tui_call.signaling.liveness import Alive, LivenessCheck
from tui_call.signaling.tap_messages import (
    VERSION,
    AcknowledgePart,
    CloseTap,
    FromTap,
    KeptFile,
    KeptPart,
    PartClosed,
    PartOpened,
    SetTap,
    SpeechState,
    Spoken,
    TapHello,
    TappedRooms,
    ToTap,
    encode_line,
    to_tap_decoder,
)

Part = tuple[str, int]


@dataclass
class _Life(ProcessLife[SetTap]):
    """One process, until it is killed."""

    opened: set[Part] = field(default_factory=set)


@dataclass
class TapDouble(ProcessDouble[_Life, ToTap]):
    """A `ProcessBeside`, with as many lives as are started.

    Attributes:
        hangs: it answers nothing any more, and can only be ended.
        stuck: files are never open.
        fails: the code with which each part is closed instead of opened, "" for none.
        unacknowledged: closed parts that no service has written down; they outlive a process.
    """

    hangs: bool = False
    stuck: bool = False
    fails: str = ""
    unacknowledged: dict[Part, PartClosed] = field(default_factory=dict)

    @property
    def rooms(self) -> dict[str, SetTap]:
        """As they were ordered last."""
        return self._life.rooms if self._life is not None else {}

    def kill(self) -> None:
        """End as by SIGKILL; what was open is found by the next one."""
        for kept, part in self._life.opened if self._life is not None else ():
            closed = PartClosed(kept, part, 1.0, _files(part), "N_KEPT_CUT")
            self.unacknowledged[kept, part] = closed
        super().kill()

    def open_what_is_stuck(self) -> None:
        """Open the files of all that is ordered."""
        assert self._life is not None
        self.stuck = False
        for room in self._life.rooms.values():
            self._follow(self._life, [], _parts(room))

    def say(self, message: Spoken | SpeechState | PartClosed) -> None:
        """Tell something of one's own."""
        assert self._life is not None
        if isinstance(message, PartClosed):
            self._close(self._life, message)
            return
        for writer in self._life.services:
            _say(writer, message)

    def _begin(self) -> _Life:
        return _Life()

    async def _serve(
        self, life: _Life, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        life.services.append(writer)
        rooms = tuple((room.room, room.fence) for room in life.rooms.values())
        _say(writer, TapHello(VERSION, life.name))
        for some in in_lines(rooms):
            _say(writer, TappedRooms(some))
        for kept, part in life.opened:
            _say(writer, PartOpened(kept, part))
        for closed in self.unacknowledged.values():
            _say(writer, closed)
        with contextlib.suppress(OSError):
            while line := await reader.readline():
                order = to_tap_decoder.decode(line)
                if self.hangs:
                    continue
                if isinstance(order, LivenessCheck):
                    _say(writer, Alive())
                else:
                    self._obey(life, order)
        life.services.remove(writer)
        writer.close()

    def _obey(self, life: _Life, order: ToTap) -> None:
        self.orders.append(order)
        match order:
            case SetTap(room=room):
                before = life.rooms.get(room)
                life.rooms[room] = order
                self._follow(life, _parts(before), _parts(order))
            case CloseTap(room=room):
                self._follow(life, _parts(life.rooms.pop(room, None)), [])
            case AcknowledgePart(kept, part):
                self.unacknowledged.pop((kept, part), None)
            case _:
                pass

    def _follow(self, life: _Life, before: list[KeptPart], now: list[KeptPart]) -> None:
        for part in before:
            if part not in now and (part.kept, part.part) in life.opened:
                files = _files(part.part)
                self._close(life, PartClosed(part.kept, part.part, 2.0, files))
        for part in now:
            if part in before or self.stuck or (part.kept, part.part) in self.unacknowledged:
                continue
            if self.fails:
                self._close(life, PartClosed(part.kept, part.part, 0.0, (), self.fails))
            else:
                life.opened.add((part.kept, part.part))
                for writer in life.services:
                    _say(writer, PartOpened(part.kept, part.part))

    def _close(self, life: _Life, closed: PartClosed) -> None:
        life.opened.discard((closed.kept, closed.part))
        self.unacknowledged[closed.kept, closed.part] = closed
        for writer in life.services:
            _say(writer, closed)


def _parts(told: SetTap | None) -> list[KeptPart]:
    both = (told.recording, told.transcript) if told is not None else ()
    return [part for part in both if part is not None]


def _files(part: int) -> tuple[KeptFile, ...]:
    return (KeptFile(f"mix-{part}.opus", 100, "0" * 64),)


def _say(writer: asyncio.StreamWriter, message: FromTap) -> None:
    writer.write(encode_line(message))
