"""Who in a room gets which packet: no input or output, no clock, nothing of what is said.

A packet comes from a leg of a member and goes to all legs of those who hear the room, never to the
member's own. The source that a leg claims is overwritten by the member's number. Up to four people
all are heard, beyond them the loudest (`loudest`); each hop is stamped and repeated as it needs
(`hop`). Times are monotonic seconds.
"""

from collections import deque
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from tui_call.bridge.hop import FARTHEST_REPETITION, Hop
from tui_call.bridge.loudest import Loudest
from tui_call.bridge.timeline import Placed, Timeline
from tui_call.bridge_packet import BridgePacket, encode_behind_hop
from tui_call.signaling.bridge_messages import Hears, RoomMember, SetRoom

ALL_HEARD = 4
"""People up to whom all are heard."""

NUMBER_RESTS_SECONDS = 10.0
"""For so long after a member went its number is nobody else's: what listeners still have of that
source would be taken for the newcomer's."""

_MOST_AGAIN = 255

Send = tuple[str, bytes]
"""A leg, and what it is to be sent."""


@dataclass(slots=True)
class _Member:
    """A member with the legs that are connected.

    Attributes:
        silent_until: before then the number still is another member's for those who listen.
        listeners: the hops of all who hear this member.
        timeline: of its frames, where they are tapped.
        earlier: the newest frames that were passed on in a row, the newest first.
    """

    told: RoomMember
    silent_until: float
    timeline: Timeline
    hops: tuple[Hop, ...] = ()
    listeners: tuple[Hop, ...] = ()
    earlier: deque[BridgePacket] = field(
        default_factory=lambda: deque[BridgePacket](maxlen=FARTHEST_REPETITION)
    )


@dataclass(frozen=True, slots=True)
class _Gone:
    """A member that went: its legs, and when."""

    legs: frozenset[str]
    at: float


class Room:
    """One room, as the service told it last.

    Attributes:
        tapped: the frames of all who speak are passed on to the tap, too.
        only_tapped: those that are not are passed on to nobody.
    """

    def __init__(self) -> None:
        self.tapped = self.only_tapped = False
        self._members: dict[int, _Member] = {}
        self._gone: dict[int, _Gone] = {}
        self._loudest = Loudest(0)

    @property
    def legs(self) -> frozenset[str]:
        """All legs that the members may have."""
        return frozenset(leg for member in self._members.values() for leg in member.told.legs)

    def set(self, told: SetRoom, now: float) -> None:
        """Be as told; `connect` has to follow, for legs may have come and gone."""
        self.tapped, self.only_tapped = told.tapped, told.only_tapped
        before = self._members
        self._members = {
            member.source: _next_of(
                before.get(member.source), member, self._silent_until(member, now)
            )
            for member in told.members
        }
        for source in before.keys() - self._members.keys():
            self._gone[source] = _Gone(frozenset(before[source].told.legs), now)
            self._loudest.leave(source)
        if told.speakers != self._loudest.places:
            self._loudest = Loudest(told.speakers)

    def connect(self, hops: Mapping[int, Sequence[Hop]]) -> None:
        """Take it that these legs are connected, by the number of the member whose they are."""
        for source, member in self._members.items():
            member.hops = tuple(hops.get(source, ()))
        for source, member in self._members.items():
            member.listeners = tuple(self._hearing("room", but=(source,)))

    def may_speak(self, source: int, now: float) -> bool:
        """Tell whether there is such a member, and what it says is passed on."""
        member = self._members.get(source)
        return member is not None and member.told.speaks and now >= member.silent_until

    def place(self, source: int, frame: bytes, now: float) -> Placed | None:
        """Return where the frame of a member stands, None for one that nobody may hear."""
        return self._members[source].timeline.place(frame, now)

    def forward(self, source: int, packet: BridgePacket, now: float) -> list[Send]:
        """Return what follows from a packet of the frame of a member who may speak.

        Args:
            source: the member's number, whatever the packet says.
            packet: as it came.
            now: monotonic seconds.
        """
        member = self._members[source]
        if not self._passes(source, packet.level, now):
            member.earlier.clear()
            return []
        rest = encode_behind_hop(source, packet.level, packet.again, packet.frame)
        repeated: dict[int, bytes] = {}
        sends: list[Send] = []
        for hop in member.listeners:
            if not hop.takes(source, packet.level, now):
                continue
            sends.append((hop.leg, hop.stamped(rest, now)))
            for late in hop.repetitions:
                if late <= len(member.earlier):
                    if late not in repeated:
                        repeated[late] = _again(source, member.earlier[late - 1], late)
                    sends.append((hop.leg, hop.stamped(repeated[late], now)))
        member.earlier.appendleft(packet)
        return sends

    def play(self, hears: Hears, rest: bytes, now: float, but: Container[int] = ()) -> list[Send]:
        """Return what follows from a packet of the bridge's own for those who hear the room."""
        return [(hop.leg, hop.stamped(rest, now)) for hop in self._hearing(hears, but)]

    def play_to(self, source: int, rest: bytes, now: float) -> list[Send]:
        """Return what follows from a packet of the bridge's own for one who hears the room."""
        member = self._members.get(source)
        if member is None or member.told.hears != "room":
            return []
        return [(hop.leg, hop.stamped(rest, now)) for hop in member.hops]

    def _hearing(self, hears: Hears, but: Container[int] = ()) -> Iterable[Hop]:
        for source, member in self._members.items():
            if member.told.hears == hears and source not in but:
                yield from member.hops

    def _passes(self, source: int, level: int, now: float) -> bool:
        if len(self._members) <= ALL_HEARD:
            return True
        return self._loudest.takes(source, level, now)

    def _silent_until(self, member: RoomMember, now: float) -> float:
        known = self._members.get(member.source)
        if known is not None:
            return known.silent_until
        gone = self._gone.pop(member.source, None)
        if gone is None or not gone.legs.isdisjoint(member.legs):
            return now
        return gone.at + NUMBER_RESTS_SECONDS


def _next_of(known: _Member | None, told: RoomMember, silent_until: float) -> _Member:
    """Return a member as it is told now, with what is known of it."""
    if known is None:
        return _Member(told, silent_until, Timeline())
    return _Member(told, silent_until, known.timeline, earlier=known.earlier)


def _again(source: int, packet: BridgePacket, late: int) -> bytes:
    again = min(packet.again + late, _MOST_AGAIN)
    return encode_behind_hop(source, packet.level, again, packet.frame)
