"""All rooms and legs of one worker, as the service orders; no input or output, no clock.

A leg is in one room, the one told last that names it, and keeps its count over a move. Orders with
a lower fence than was seen of a room are ignored. Times are monotonic seconds.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import assert_never

from tui_call.bridge.hop import Hop
from tui_call.bridge.room import Room, Send
from tui_call.bridge.tones import Playing, ToneClock, Tones, tone_packet
from tui_call.bridge_packet import HOP, MalformedPacket, parse_packet
from tui_call.signaling.bridge_messages import CloseRoom, PlayTone, SetRoom
from tui_call.signaling.fences import Fences
from tui_call.tap_frame import TapFrame

_NOWHERE = ("", 0)


class Rooms:
    """The rooms of a worker.

    Attributes:
        dropped: packets that are none, of a leg without a room, or not heard where it is tapped:
            see `timeline`.
        tones: what the bridge itself says.

    Args:
        tones: to begin with.
        now: monotonic seconds.
        tap: takes the frames of rooms that are tapped; tells whether it could.
    """

    def __init__(self, tones: Tones, now: float, tap: Callable[[TapFrame], bool]) -> None:
        self.dropped = 0
        self.tones = tones
        self._tap = tap
        self._clock = ToneClock(now)
        self._fences = Fences()
        self._rooms: dict[str, Room] = {}
        self._hops: dict[str, Hop] = {}
        self._places: dict[str, tuple[str, int]] = {}
        self._playing = Playing()

    @property
    def fences(self) -> tuple[tuple[str, int], ...]:
        """The rooms that there are, with the fence of each."""
        return tuple((room, self._fences[room]) for room in self._rooms)

    @property
    def busy(self) -> bool:
        """Whether any leg is connected, so that `tick` has to be called."""
        return bool(self._hops)

    @property
    def tapped(self) -> bool:
        """Whether the tap is told of any room."""
        return any(room.tapped for room in self._rooms.values())

    def in_charge(self, room: str, fence: int) -> bool:
        """Tell whether an order for a room is of a service in charge; from then on no lower one."""
        return self._fences.in_charge(room, fence, self._rooms)

    def stands_in(self, leg: str, room: str) -> bool:
        """Tell whether a leg is one of a room's."""
        return self._places.get(leg, _NOWHERE)[0] == room

    def stands(self, leg: str) -> bool:
        """Tell whether a leg is one of any room's, as far as services have said."""
        return leg in self._places

    def order(self, order: SetRoom | CloseRoom | PlayTone, now: float) -> frozenset[str]:
        """Do what a service in charge orders; return the legs that go with it."""
        if not self.in_charge(order.room, order.fence):
            return frozenset()
        match order:
            case SetRoom():
                self._set(order, now)
                return frozenset()
            case CloseRoom():
                return self._close(order.room)
            case PlayTone():
                if order.room in self._rooms:
                    self._playing.begin((order.room, order.source), order.tone)
                return frozenset()
            case _:
                assert_never(order)

    def connected(self, leg: str, now: float) -> None:
        """Take note that a leg is there."""
        if leg not in self._hops:
            self._hops[leg] = Hop(leg, now)
            self._settle_place_of(leg)

    def closed(self, leg: str) -> None:
        """Take note that a leg is gone."""
        if self._hops.pop(leg, None) is not None:
            self._settle_place_of(leg)

    def packet(self, leg: str, data: bytes, now: float) -> list[Send]:
        """Return what follows from a packet of a leg."""
        hop = self._hops.get(leg)
        try:
            packet = parse_packet(data)
        except MalformedPacket:
            packet = None
        if hop is None or packet is None:
            self.dropped += 1
            return []
        hop.arrived(packet.hop, now)
        if packet.source == HOP:
            hop.hear(packet.frame, now)
            return []
        place = self._places.get(leg)
        if place is None:
            self.dropped += 1
            return []
        name, source = place
        room = self._rooms[name]
        if not room.may_speak(source, now) or not self._may_be_heard(place, packet.frame, now):
            return []
        return room.forward(source, packet, now)

    def tick(self, now: float) -> list[Send]:
        """Return what is due by the time alone; to be called every 20 ms."""
        sends: list[Send] = []
        for number in self._clock.due(now):
            sends += self._music(number, now)
            sends += self._play(number, now)
        for leg, hop in self._hops.items():
            said = hop.due(now)
            if said is not None:
                sends.append((leg, said))
        return sends

    def _may_be_heard(self, place: tuple[str, int], frame: bytes, now: float) -> bool:
        """Pass a frame on to the tap where it is tapped; tell whether people may hear it."""
        name, source = place
        room = self._rooms[name]
        if not room.tapped:
            return not room.only_tapped
        placed = room.place(source, frame, now)
        if placed is None:
            self.dropped += 1
            return False
        taken = self._tap(TapFrame(name, source, now, placed.slot, frame))
        return placed.heard and (taken or not room.only_tapped)

    def _music(self, number: int, now: float) -> list[Send]:
        music = self.tones.music
        if not music:
            return []
        rest = tone_packet(number, music[number % len(music)])
        return [send for room in self._rooms.values() for send in room.play("music", rest, now)]

    def _play(self, number: int, now: float) -> list[Send]:
        """Play what is due; who has a tone alone does not hear that of all at the same time."""
        sends: list[Send] = []
        due = self._playing.due(self.tones)
        for (name, source), opus in due.items():
            room, rest = self._rooms[name], tone_packet(number, opus)
            if source:
                sends += room.play_to(source, rest, now)
            else:
                alone = [other for where, other in due if where == name]
                sends += room.play("room", rest, now, but=alone)
        return sends

    def _set(self, told: SetRoom, now: float) -> None:
        room = self._rooms.setdefault(told.room, Room())
        left = room.legs
        room.set(told, now)
        changed = {told.room}
        for member in told.members:
            for leg in member.legs:
                changed.add(self._places.get(leg, (told.room, 0))[0])
                self._places[leg] = told.room, member.source
        self._displace(left - room.legs, told.room)
        self._settle(changed)

    def _close(self, name: str) -> frozenset[str]:
        room = self._rooms.pop(name, None)
        self._playing.forget(name)
        return self._displace(room.legs, name) if room is not None else frozenset()

    def _displace(self, legs: Iterable[str], room: str) -> frozenset[str]:
        """Take legs out of a room; return those that were there, and not in another one."""
        gone = frozenset(leg for leg in legs if self._places.get(leg, _NOWHERE)[0] == room)
        for leg in gone:
            del self._places[leg]
        return gone

    def _settle_place_of(self, leg: str) -> None:
        place = self._places.get(leg)
        if place is not None:
            self._settle((place[0],))

    def _settle(self, names: Iterable[str]) -> None:
        for name in names:
            room = self._rooms[name]
            hops = defaultdict[int, list[Hop]](list)
            for leg in room.legs & self._hops.keys():
                where, source = self._places.get(leg, _NOWHERE)
                if where == name:
                    hops[source].append(self._hops[leg])
            room.connect(hops)
