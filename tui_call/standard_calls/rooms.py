"""Who speaks, and what each hears and reads: what follows from a call."""

from dataclasses import dataclass
from typing import Literal

from tui_call.standard_calls.state import Member, StandardCall

Hears = Literal["room", "music", "nothing"]


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
    """A side of a call, as the bridge has to know it."""

    id: str
    seats: tuple[RoomSeat, ...]


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
        )
        for side in sides
    )


def waits(call: StandardCall, member: Member) -> bool:
    """Tell whether somebody in the call hears music.

    That is so in a parked call; where all others on its side hold the call; and for one who is
    alone while a transfer is under way, but not for who speaks apart and waits for an answer.
    """
    if not member.is_in or member.on_hold:
        return False
    if call.parked is not None:
        return True
    others = [
        other
        for other in call.inside
        if other.side == member.side and other.account != member.account
    ]
    if not others:
        return call.transfer is not None and member.side == 0
    return all(other.on_hold for other in others)


def readers(call: StandardCall, writer: Member) -> tuple[Member, ...]:
    """Return who gets a note: the others who have answered and are not apart from the writer.

    Who holds the call reads it too; in a parked call all wait, and nobody does.
    """
    if call.parked is not None:
        return ()
    return tuple(
        member
        for member in call.inside
        if member.side == writer.side and member.account != writer.account
    )


def _seat(call: StandardCall, member: Member) -> RoomSeat:
    hears: Hears = "room"
    if member.on_hold or member.why_rings == "hand_over":
        hears = "nothing"
    elif waits(call, member):
        hears = "music"
    legs = tuple(leg.id for leg in member.legs)
    return RoomSeat(member.number, legs, hears == "room", hears)
