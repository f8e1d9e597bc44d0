"""What the bridge worker has to know of all calls, said again whole to each that comes."""

import contextlib
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from tui_call.service.bus.bus import Bus
from tui_call.service.bus.traffic import Address
from tui_call.service.standard_calls.links import WorkerLink
from tui_call.signaling.bridge_messages import (
    CarriedRooms,
    CloseLeg,
    CloseRoom,
    DescribeLeg,
    LegDescription,
    PlayTone,
    RoomMember,
    SetRoom,
)
from tui_call.signaling.standard_calls import LegDescribed
from tui_call.standard_calls.effects import SoundTone
from tui_call.standard_calls.rooms import BridgeRoom, room_id, rooms_of
from tui_call.standard_calls.state import StandardCall

MOST_DESCRIBED = 1024
"""Legs whose description is waited for."""


@dataclass(frozen=True, slots=True)
class OfferedLeg:
    """A leg that a device offers; `call` and `leg` are ids, `offer` is SDP."""

    device: Address
    call: str
    leg: str
    offer: str


class BridgeRooms:
    """Keeps the worker's rooms as the calls are, and passes descriptions on."""

    def __init__(self, link: WorkerLink, bus: Bus) -> None:
        self._link = link
        self._bus = bus
        self._rooms: dict[str, dict[str, SetRoom]] = {}
        self._offered: dict[str, OfferedLeg] = {}
        self._placing = 0

    @property
    def there(self) -> bool:
        """Whether a worker is connected."""
        return self._link.name != ""

    @contextlib.asynccontextmanager
    async def worker(self) -> AsyncGenerator[str]:
        """Have the worker for a call that begins; its name, "" where there is none now."""
        self._placing += 1
        try:
            self._want()
            await self._link.until_there()
            yield self._link.name
        finally:
            self._placing -= 1
            self._want()

    def set(self, call: StandardCall, fence: int) -> None:
        """Have a call's rooms as it is now; of one that is over none are left."""
        before = self._rooms.get(call.id, {})
        rooms = {room.id: _as_said(room, fence) for room in rooms_of(call)}
        for room, said in rooms.items():
            if said != before.get(room):
                self._link.say(said)
        for room in before.keys() - rooms.keys():
            self._link.say(CloseRoom(room, fence))
        if rooms:
            self._rooms[call.id] = rooms
        else:
            self._rooms.pop(call.id, None)
        self._want()

    def end_leg(self, call: StandardCall, fence: int, leg: str) -> None:
        """Close a leg."""
        self._offered.pop(leg, None)
        self._link.say(CloseLeg(call.id, fence, leg))

    def play(self, call: StandardCall, fence: int, effect: SoundTone) -> None:
        """Play a tone to a side of a call."""
        room = room_id(call.id, effect.side)
        self._link.say(PlayTone(room, fence, effect.tone, effect.source))

    def describe(self, offered: OfferedLeg) -> None:
        """Have the worker answer the offer of a leg that stands in a room.

        The answer is "" at once where there is no such leg any more, no worker, or too much to do.
        """
        rooms = self._rooms.get(offered.call, {}).values()
        sides = (said for said in rooms if any(offered.leg in m.legs for m in said.members))
        said = next(sides, None)
        if said is None or not self._link.name or len(self._offered) >= MOST_DESCRIBED:
            self._answer(offered, "")
            return
        self._offered[offered.leg] = offered
        self._link.say(DescribeLeg(said.room, said.fence, offered.leg, offered.offer))

    def described(self, description: LegDescription) -> None:
        """Take what the worker answered."""
        offered = self._offered.pop(description.leg, None)
        if offered is not None:
            self._answer(offered, description.answer)

    def greet(self) -> None:
        """Say everything to a worker that has come."""
        for rooms in self._rooms.values():
            for said in rooms.values():
                self._link.say(said)

    def close_others(self, carried: CarriedRooms) -> None:
        """Close what a worker has of calls that are over."""
        known = set[str]().union(*self._rooms.values())
        for room, fence in carried.rooms:
            if room not in known:
                self._link.say(CloseRoom(room, fence))

    def worker_gone(self) -> None:
        """Answer all offers that waited."""
        offered, self._offered = self._offered, {}
        for one in offered.values():
            self._answer(one, "")

    def _want(self) -> None:
        self._link.want(bool(self._rooms or self._placing))

    def _answer(self, offered: OfferedLeg, answer: str) -> None:
        self._bus.publish(offered.device, LegDescribed(offered.call, offered.leg, answer))


def _as_said(room: BridgeRoom, fence: int) -> SetRoom:
    members = (RoomMember(seat.source, seat.legs, seat.speaks, seat.hears) for seat in room.seats)
    return SetRoom(room.id, fence, tuple(members), tapped=room.tapped, only_tapped=room.only_tapped)
