"""Frames as they come from bridge workers, and who takes them."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import structlog

from tui_call.payload import Audio, Copy, MalformedPayload, parse_payload
from tui_call.signaling.tap_messages import TapMember
from tui_call.tap.keeping import MemberFrame
from tui_call.tap_frame import MalformedTapFrame, TapFrame, TapFrames
from tui_call.voice.sound import FRAME_SECONDS

READ_BYTES = 65_536

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Wanted:
    """A member whose frames are wanted.

    Attributes:
        member: who.
        takers: take each of its frames; none of them waits.
        since: what was said before, monotonic seconds, is nobody's: it may have waited in the
            stream, and frames bring copies of earlier ones.
    """

    member: TapMember
    takers: tuple[Callable[[MemberFrame], None], ...]
    since: float


class Intake:
    """Gives the frames of each room to those who want them.

    Attributes:
        dropped: frames that are none, or of nobody who is wanted.
    """

    def __init__(self) -> None:
        self.dropped = 0
        self._wanted: dict[str, Mapping[int, Wanted]] = {}

    def want(self, room: str, wanted: Mapping[int, Wanted]) -> None:
        """Have these frames of a room from now on, by source, and no others of it."""
        if wanted:
            self._wanted[room] = wanted
        else:
            self._wanted.pop(room, None)

    def take(self, frame: TapFrame) -> None:
        """Take a frame."""
        wanted = self._wanted.get(frame.room, {}).get(frame.source)
        if wanted is None or frame.arrival < wanted.since:
            self.dropped += 1
            return
        try:
            taken_apart = _taken_apart(wanted, frame)
        except MalformedPayload:
            self.dropped += 1
            return
        for take in wanted.takers:
            take(taken_apart)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take the frames of a worker until it goes."""
        frames = TapFrames()
        try:
            while data := await reader.read(READ_BYTES):
                for frame in frames.feed(data):
                    self.take(frame)
        except (OSError, MalformedTapFrame) as error:
            log.warning("frames are not understood", error=type(error).__name__)
        finally:
            writer.close()


def _taken_apart(wanted: Wanted, frame: TapFrame) -> MemberFrame:
    oldest = (frame.arrival - wanted.since) / FRAME_SECONDS
    number, blocks = parse_payload(frame.frame)
    packet, copies = b"", list[tuple[int, bytes]]()
    for block in blocks:
        if isinstance(block, Audio):
            packet = block.packet
        elif isinstance(block, Copy) and block.offset <= oldest:
            copies.append((block.offset, block.packet))
    return MemberFrame(wanted.member, number, frame.arrival, packet, tuple(copies))
