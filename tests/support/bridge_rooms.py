"""Rooms of a bridge in virtual time: members that send packets and keep what they are sent."""

from collections import defaultdict
from collections.abc import Iterable

from tests.support.whole_frame import whole_frame
from tui_call.bridge.room import Send
from tui_call.bridge.rooms import Rooms
from tui_call.bridge.tones import Tones
from tui_call.bridge_packet import HOP, MUTED, BridgePacket, encode_packet, parse_packet
from tui_call.payload import Audio, Block, Feedback, Report
from tui_call.signaling.bridge_messages import Hears, RoomMember, SetRoom
from tui_call.tap_frame import TapFrame

FRAME_SECONDS = 0.02
FRAME = whole_frame(7, [Audio(b"sound")])
TONES_OF_TESTS = Tones(
    join=(b"j1", b"j2"), leave=(b"l1",), kept=(b"k1", b"k2"), music=(b"m0", b"m1", b"m2")
)


def member(source: int, *, speaks: bool = True, hears: Hears = "room", leg: str = "") -> RoomMember:
    return RoomMember(source, (leg or f"leg{source}",), speaks, hears)


def people(count: int) -> tuple[RoomMember, ...]:
    return tuple(member(source) for source in range(1, count + 1))


class Scene:
    """Rooms with legs that are connected as soon as they are told of."""

    def __init__(self, members: Iterable[RoomMember] = (), *, speakers: int = 3) -> None:
        self.now = 1000.0
        self.tapped: list[TapFrame] = []
        self.tap_takes = True
        self.rooms = Rooms(TONES_OF_TESTS, self.now, self._tap)
        self.speakers = speakers
        self.got: defaultdict[str, list[BridgePacket]] = defaultdict(list)
        self._hops: defaultdict[str, int] = defaultdict(int)
        self.tell(members)

    def tell(
        self,
        members: Iterable[RoomMember],
        room: str = "room",
        fence: int = 1,
        tapped: bool = False,
        only_tapped: bool = False,
    ) -> None:
        told = SetRoom(room, fence, tuple(members), self.speakers, tapped, only_tapped)
        self.rooms.order(told, self.now)
        for one in told.members:
            for leg in one.legs:
                self.rooms.connected(leg, self.now)

    def say(self, leg: str, level: int = 30, frame: bytes = FRAME, source: int = 9) -> set[str]:
        """Send a packet of a leg; return the legs that are sent anything."""
        packet = BridgePacket(self._hops[leg], source, level, 0, frame)
        self._hops[leg] += 1
        return self._take(self.rooms.packet(leg, encode_packet(packet), self.now))

    def report(self, leg: str, loss: float, trip: float | None = None) -> None:
        """Let a device tell what it sees; `trip` after what it names was sent."""
        newest = self.got[leg][-1].hop if self.got[leg] else 0
        self.now += trip or 0.0
        self.report_of(leg, newest, loss)
        self.now -= trip or 0.0

    def report_of(self, leg: str, newest: int, loss: float) -> None:
        """Let a device tell what it sees, and that a packet was the newest."""
        blocks: list[Block] = [Feedback(round(loss * 1000), 0, 0, 0), Report(newest, 0, 10)]
        self.say(leg, MUTED, whole_frame(0, blocks), HOP)

    def pass_time(self, seconds: float = FRAME_SECONDS) -> None:
        """Let time pass, with its ticks."""
        for _ in range(round(seconds / FRAME_SECONDS)):
            self.now += FRAME_SECONDS
            self._take(self.rooms.tick(self.now))

    def frames_of(self, leg: str, source: int) -> list[bytes]:
        return [packet.frame for packet in self.got[leg] if packet.source == source]

    def _tap(self, frame: TapFrame) -> bool:
        if self.tap_takes:
            self.tapped.append(frame)
        return self.tap_takes

    def _take(self, sends: Iterable[Send]) -> set[str]:
        legs = set[str]()
        for leg, data in sends:
            legs.add(leg)
            self.got[leg].append(parse_packet(data))
        return legs
