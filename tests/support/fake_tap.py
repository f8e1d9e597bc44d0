"""Rooms of a tap with writers and speech that only remember, and a clock that a test moves."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from tui_call.signaling.tap_messages import (
    CloseTap,
    KeptPart,
    PartClosed,
    PartOpened,
    SetTap,
    Spoken,
    TapMember,
)
from tui_call.tap.intake import Intake
from tui_call.tap.interfaces import MemberFrame, Recognised
from tui_call.tap.parts import PartNews
from tui_call.tap.rooms import KeptRooms


@dataclass
class FakePart:
    """A part of either kind."""

    part: KeptPart
    begun: float
    frames: list[MemberFrame] = field(default_factory=list[MemberFrame])
    finals: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])
    closed: bool = False
    ended: float | None = None
    why: str = ""

    def take(self, frame: MemberFrame, /) -> None:
        self.frames.append(frame)

    def write(self, person: int, spoken: Spoken) -> None:
        assert not self.closed
        self.finals.append((person, spoken.text))

    def close(self, at: float | None = None, why: str = "") -> None:
        self.closed, self.ended, self.why = True, at, why


class FakeKeeper:
    """Opens nothing; `parts` are all that were begun, by number."""

    def __init__(self) -> None:
        self.recordings: list[FakePart] = []
        self.transcripts: list[FakePart] = []

    def close_left_behind(self) -> None:
        pass

    def record(self, part: KeptPart, begun: float) -> FakePart:
        self.recordings.append(FakePart(part, begun))
        return self.recordings[-1]

    def transcribe(self, part: KeptPart, begun: float) -> FakePart:
        self.transcripts.append(FakePart(part, begun))
        return self.transcripts[-1]

    def acknowledged(self, kept: str, part: int) -> None:
        pass

    async def finish(self) -> None:
        pass


class FakeSpeech:
    """Remembers who is listened to; `ready` says that it is out, all that was said or not."""

    def __init__(self) -> None:
        self.listened: dict[str, tuple[TapMember, ...]] = {}
        self.frames: list[tuple[str, MemberFrame]] = []
        self.ready = asyncio.Event()
        self.all_recognised = True

    def listen(self, room: str, members: tuple[TapMember, ...]) -> None:
        self.listened[room] = members

    def take(self, room: str, frame: MemberFrame) -> None:
        self.frames.append((room, frame))

    async def finish(self, room: str, within: float) -> bool:
        await self.ready.wait()
        return self.all_recognised

    def try_again(self) -> None:
        pass

    async def close(self) -> None:
        pass


class TapScene:
    """Rooms, and all that they use."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.keeper, self.speech, self.intake = FakeKeeper(), FakeSpeech(), Intake()
        self.said: list[PartOpened | PartClosed] = []
        self.parts = PartNews(self.said.append)
        clock: Callable[[], float] = lambda: self.now  # noqa: E731
        self.rooms = KeptRooms(self.keeper, self.speech, self.intake, self.parts, clock)

    def order(self, *orders: SetTap | CloseTap) -> None:
        for order in orders:
            self.rooms.order(order)

    def hear(self, member: TapMember, text: str, *, room: str = "room", final: bool = True) -> None:
        """Let speech say that somebody says something now."""
        spoken = Spoken(room, member.source, 1, 1, text, 0, self.now, self.now + 1, final)
        self.rooms.hear(Recognised(member, spoken))
