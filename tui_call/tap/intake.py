"""Frames as they come from bridge workers, and who takes them."""

import asyncio
import logging
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from math import inf

from tui_call.payload import MOST_SOUND, Audio, Copy, MalformedPayload, parse_payload
from tui_call.signaling.tap_messages import TapMember
from tui_call.tap.interfaces import MemberFrame, TakeFrame
from tui_call.tap_frame import MalformedTapFrame, TapFrame, TapFrames
from tui_call.voice.sound import FRAME_SECONDS

READ_BYTES = 65_536

LATEST_SECONDS = 5.0
"""For so long an order of a room is remembered that is over: late frames were said then."""

MOST_ORDERS = 2048
"""Of a room: what sixteen people ask for in two seconds, as often as they may."""

TURNS = 2
"""Of the loop, for which frames wait: what was ordered before they were said has been read then. It
lay in its socket before they were read from theirs; the one turn reads it, the other one obeys."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A member whose frames are wanted.

    Attributes:
        member: who.
        since: what was said before, monotonic seconds, is nobody's: it may have waited in the
            stream, and frames bring copies of earlier ones.
        record: takes each of its frames to be written, None for nobody.
        by_rule: written is all that the others hear, and they hear those copies, too.
        hear: the same to be recognised.
    """

    member: TapMember
    since: float
    record: TakeFrame | None = None
    hear: TakeFrame | None = None
    by_rule: bool = False


_Members = Mapping[int, Wanted]


@dataclass(frozen=True, slots=True)
class _Order:
    """Whose frames are wanted of a room since some time, by source."""

    since: float
    wanted: _Members


class Intake:
    """Gives the frames of each room to those who want them.

    Attributes:
        dropped: frames that are none, or of nobody who is wanted.
        taken_until: all frames that came to the worker before have been taken, monotonic seconds.
    """

    def __init__(self) -> None:
        self.dropped = 0
        self.taken_until = 0.0
        self._rooms: dict[str, deque[_Order]] = {}

    def want(self, room: str, wanted: _Members, since: float) -> None:
        """Have these frames of a room from a time on, by source, and no others of it."""
        orders = self._rooms.setdefault(room, deque(maxlen=MOST_ORDERS))
        orders.appendleft(_Order(since, wanted))
        while len(orders) > 1 and orders[-2].since < since - LATEST_SECONDS:
            orders.pop()
        for name, (newest, *_) in tuple(self._rooms.items()):
            if not newest.wanted and newest.since < since - LATEST_SECONDS:
                del self._rooms[name]

    def take(self, frame: TapFrame) -> None:
        """Take a frame; it is recorded as was wanted when it came to the worker."""
        self.taken_until = max(self.taken_until, frame.arrival)
        orders = self._rooms.get(frame.room, ())
        held = next((order for order in orders if order.since <= frame.arrival), None)
        recorded = _of(held, frame)
        heard = _of(orders[0], frame) if orders else None
        try:
            if recorded is not None and recorded.record is not None:
                recorded.record(_taken_apart(recorded, frame, whole=recorded.by_rule))
            if heard is not None and heard.hear is not None:
                heard.hear(_taken_apart(heard, frame, whole=False))
        except MalformedPayload:
            heard = recorded = None
        if heard is None and recorded is None:
            self.dropped += 1

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take the frames of a worker until it goes."""
        frames = TapFrames()
        try:
            while data := await reader.read(READ_BYTES):
                for _ in range(TURNS):
                    await asyncio.sleep(0)
                for frame in frames.feed(data):
                    self.take(frame)
        except (OSError, MalformedTapFrame) as error:
            log.warning("frames are not understood", {"error": type(error).__name__})
        finally:
            writer.close()


def _of(order: _Order | None, frame: TapFrame) -> Wanted | None:
    """Return whose a frame is, where an order wants it."""
    wanted = order.wanted.get(frame.source) if order is not None else None
    return wanted if wanted is not None and frame.arrival >= wanted.since else None


def _taken_apart(wanted: Wanted, frame: TapFrame, *, whole: bool) -> MemberFrame:
    """Return a frame with its copies, also of what was said too early where it is wanted whole."""
    oldest = inf if whole else (frame.arrival - wanted.since) / FRAME_SECONDS
    number, blocks = parse_payload(frame.frame)
    packet, copies = b"", list[tuple[int, bytes]]()
    for block in blocks[:MOST_SOUND]:
        if isinstance(block, Audio):
            packet = packet or block.packet  # of two, those who listen hear the first
        elif isinstance(block, Copy) and block.offset <= oldest:
            copies.append((block.offset, block.packet))
    return MemberFrame(wanted.member, number, frame.arrival, frame.slot, packet, tuple(copies))
