"""What each member of a call hears and reads."""

from typing import Literal

from tui_call.standard_calls.state import Member, StandardCall

Hears = Literal["room", "music", "nothing"]


def hears(call: StandardCall, member: Member) -> Hears:
    """Return what somebody in the call is sent."""
    if member.on_hold or member.why_rings == "hand_over":
        return "nothing"
    return "music" if waits(call, member) else "room"


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
