"""The rooms of the bridge, as they follow from a call: who speaks, and what each hears."""

from dataclasses import dataclass

from tui_call.standard_calls.hearing import Hears, hears
from tui_call.standard_calls.kept_rooms import is_tapped, may_speak
from tui_call.standard_calls.state import Member, StandardCall


@dataclass(frozen=True, slots=True)
class RoomSeat:
    """A member in a room.

    Attributes:
        source: its number.
        legs: ids of its connections.
        speaks: its packets are passed on.
        hears: what it is sent.
    """

    source: int
    legs: tuple[str, ...]
    speaks: bool
    hears: Hears


@dataclass(frozen=True, slots=True)
class BridgeRoom:
    """A side of a call, as the bridge has to know it.

    `tapped` says that the frames of all who speak are passed on, to be kept or read; `only_tapped`
    that nobody hears a frame that is not.
    """

    id: str
    seats: tuple[RoomSeat, ...]
    tapped: bool = False
    only_tapped: bool = False


def room_id(call: str, side: int) -> str:
    """Return what a side of a call is called at the bridge."""
    return f"{call}-{side}" if side else call


def rooms_of(call: StandardCall) -> tuple[BridgeRoom, ...]:
    """Return the rooms of a call: one a side; none once it is over."""
    sides = sorted({member.side for member in call.inside})
    return tuple(
        BridgeRoom(
            room_id(call.id, side),
            tuple(_seat(call, member) for member in call.inside if member.side == side),
            tapped=side == 0 and is_tapped(call),
            only_tapped=call.by_rule,
        )
        for side in sides
    )


def _seat(call: StandardCall, member: Member) -> RoomSeat:
    heard = hears(call, member)
    legs = tuple(leg.id for leg in member.legs)
    speaks = heard == "room" and may_speak(call, member)
    return RoomSeat(member.number, legs, speaks, heard)
