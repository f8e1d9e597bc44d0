"""A tap in a process of its own, a service's end of its stream, and a worker's."""

from pathlib import Path
from typing import TypeVar

from tests.support.companion import CompanionAlone, ServicesEnd, frames_socket
from tests.support.connections import until
from tests.support.kept_sound import Talker
from tests.support.placed_frames import payload_of
from tui_call.control import platform
from tui_call.service.process_link import Streams
from tui_call.signaling.liveness import Alive
from tui_call.signaling.tap_messages import (
    FromTap,
    PartClosed,
    PartOpened,
    TappedRooms,
    ToTap,
    encode_line,
    from_tap_decoder,
)
from tui_call.tap.interfaces import MemberFrame
from tui_call.tap_frame import TapFrame, encode_tap_frame

_Line = TypeVar("_Line", PartOpened, PartClosed, TappedRooms, Alive)


class TapEnd(ServicesEnd[FromTap]):
    """A service's end of the stream to a tap."""

    def __init__(self, streams: Streams) -> None:
        super().__init__(streams, from_tap_decoder.decode)

    def say(self, *messages: ToTap) -> None:
        self.writer.write(b"".join(map(encode_line, messages)))

    def lines(self, kind: type[_Line]) -> list[_Line]:
        """Return what was said of one kind."""
        return [line for line in self.heard if isinstance(line, kind)]

    async def first(self, kind: type[_Line]) -> _Line:
        """Wait for a line of one kind."""
        await until(lambda: self.lines(kind))
        return self.lines(kind)[0]


class TapAlone(CompanionAlone[TapEnd]):
    """Use as `async with TapAlone(directory) as tap`: a process, and a first service.

    Attributes:
        kept: the directory of all that is kept.
        frames: where it takes frames.
        log: its file.
    """

    def __init__(self, directory: Path, *arguments: str) -> None:
        self.kept = directory / "recordings"
        self.frames = frames_socket(directory)
        self.log = directory / "tap.log"
        super().__init__(
            "tui_call.tap", TapEnd, directory / "tap" / "tap.sock",
            "--frames", str(self.frames), "--directory", str(self.kept), "--log", str(self.log),
            *arguments,
        )  # fmt: skip

    async def worker(self) -> "WorkerEnd":
        """Be a worker."""
        return WorkerEnd(await platform.connect(self.frames))


class WorkerEnd:
    """A worker's end of the stream of frames."""

    def __init__(self, streams: Streams) -> None:
        _, self.writer = streams

    def send(self, *frames: TapFrame) -> None:
        self.writer.write(b"".join(map(encode_tap_frame, frames)))

    def close(self) -> None:
        self.writer.close()


def tap_frame(room: str, frame: MemberFrame) -> TapFrame:
    """Return a frame as a worker passes it on."""
    return TapFrame(room, frame.member.source, frame.arrival, frame.slot, payload_of(frame))


def said_by(talker: Talker, room: str, begin: float, end: float) -> list[TapFrame]:
    """Return what a worker passes on of somebody's words."""
    return [tap_frame(room, frame) for frame in talker.frames(begin, end)]
