"""What the tap has to keep and read of a call, as it follows from the call."""

from dataclasses import dataclass
from typing import Literal

from tui_call.standard_calls.hearing import hears
from tui_call.standard_calls.keeping import Keeping
from tui_call.standard_calls.state import Member, StandardCall


@dataclass(frozen=True, slots=True)
class TapSeat:
    """A member whose frames may come.

    Attributes:
        source: its number.
        person: number of who it is among `StandardCall.people`, from 1.
        kept: it is in the recording.
        transcribed: it is in the transcript.
        captioned: what it says may be shown.
    """

    source: int
    person: int
    kept: bool
    transcribed: bool
    captioned: bool


@dataclass(frozen=True, slots=True)
class TapPart:
    """A part that has to be open; it begins at `began` (seconds of the call)."""

    kept: str
    part: int
    began: float
    tracks: bool
    by_rule: bool


@dataclass(frozen=True, slots=True)
class TapRoom:
    """What is kept and read of a call.

    Attributes:
        id: of the room at the bridge.
        seats: all whose frames may come.
        recording, transcript: to be open, None for none.
        captions: somebody shows them.
    """

    id: str
    seats: tuple[TapSeat, ...]
    recording: TapPart | None
    transcript: TapPart | None
    captions: bool


def tap_room(call: StandardCall) -> TapRoom | None:
    """Return what the tap has to know of a call, None where that is nothing.

    Only the side of a call is kept on which nobody is apart. Parts are named once it is known
    which tap opens them.
    """
    captions = bool(caption_readers(call))
    if not call.kept and not captions:
        return None
    return TapRoom(
        call.id,
        tuple(_seat(call, member) for member in call.inside if member.side == 0),
        _part(call, call.recording),
        _part(call, call.transcript),
        captions,
    )


def must_be_recorded(call: StandardCall) -> bool:
    """Tell whether a rule holds for somebody who is in a call, or was."""
    return call.by_rule or any(member.word.by_rule for member in call.inside)


def takes_part(call: StandardCall, member: Member) -> bool:
    """Tell whether somebody hears the others, and is not apart from them."""
    return member.is_in and member.side == 0 and hears(call, member) == "room"


def is_kept(call: StandardCall, keeping: Keeping | None, member: Member) -> bool:
    """Tell whether what somebody says now is in a recording or transcript."""
    if keeping is None or keeping.phase != "on" or member.account not in keeping.heard:
        return False
    return takes_part(call, member) and (keeping.by_rule or member.may_be_kept)


def may_speak(call: StandardCall, member: Member) -> bool:
    """Tell whether a rule lets somebody be heard: who has to be recorded only once that is so."""
    return not call.by_rule or is_kept(call, call.recording, member)


def waits_for_rule(call: StandardCall, member: Member) -> bool:
    """Tell whether somebody could be heard, but for the rule."""
    return takes_part(call, member) and not may_speak(call, member)


def kept_mark(call: StandardCall, member: Member) -> Literal["", "asked", "kept", "refused"]:
    """Return what the others see of somebody, while something is kept of the call.

    Who has no say in a recording by rule has one in what is kept beside it.
    """
    if is_asked_for(call) and member.consent in ("asked", "refused"):
        return member.consent
    kept = any(is_kept(call, keeping, member) for _, keeping in call.kept)
    return "kept" if kept else ""


def is_asked_for(call: StandardCall) -> bool:
    """Tell whether something is being kept that is not by rule, so each has a say in it."""
    return any(keeping.phase != "opening" and not keeping.by_rule for _, keeping in call.kept)


def caption_readers(call: StandardCall) -> tuple[Member, ...]:
    """Return who is shown what is said: those who show captions, and hear it."""
    return tuple(one for one in call.inside if one.captions and takes_part(call, one))


def is_tapped(call: StandardCall) -> bool:
    """Tell whether the tap has a use for frames, or has to be reached first.

    By rule it is reached before anybody is heard. What broke off goes on once it is.
    """
    if call.by_rule or any(keeping.phase == "reopening" for _, keeping in call.kept):
        return True
    seats = (is_kept(call, keeping, m) for _, keeping in call.kept for m in call.inside)
    return any(seats) or bool(caption_readers(call))


def _seat(call: StandardCall, member: Member) -> TapSeat:
    return TapSeat(
        member.number,
        call.people.index(member.account) + 1,
        is_kept(call, call.recording, member),
        is_kept(call, call.transcript, member),
        member.word.captioned and takes_part(call, member),
    )


def _part(call: StandardCall, keeping: Keeping | None) -> TapPart | None:
    if keeping is None or not call.tap:
        return None
    began = max(0.0, keeping.part_since - call.began)
    return TapPart(keeping.id, keeping.part, began, keeping.tracks, keeping.by_rule)
