"""Who is in a call, as the stage shows them: a word for what each does now, and an edge for it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import Enum

from tui_call.control.views import CallView, MemberView, Snapshot

OWN = -1
"""The key of the person here among the participants; a member's is its number."""


class Edge(Enum):
    """What the border of a card repeats of its word."""

    HEARD = "heard"
    SILENT = "silent"
    MUTED = "muted"
    HELD = "held"
    AWAY = "away"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Participant:
    """One person.

    Attributes:
        key: `MemberView.number`, or `OWN`.
        name: as it stands on the card.
        person: whose initials these are.
        word: what the person does.
        device: at which this one speaks or is heard.
    """

    key: int
    name: str
    person: str
    word: str
    edge: Edge
    device: str = ""


def participants(call: CallView, snapshot: Snapshot, heard: Collection[int]) -> list[Participant]:
    """Return who is in a call, the person here first.

    Args:
        call: the call.
        snapshot: for the person here, and the devices.
        heard: keys of those who speak.
    """
    me, devices = snapshot.me, snapshot.devices
    word, edge = _own(call, OWN in heard)
    own = Participant(OWN, "you", me.name or me.account, word, edge, devices.microphone_shown)
    speaker = "NO SPEAKER" if call.speaker == "none" else devices.speaker_shown
    others = [
        Participant(
            member.number,
            member.name,
            member.name,
            *member_state(call, member, heard=member.number in heard),
            speaker if call.kind == "e2ee" else member.device,
        )
        for member in call.members
    ]
    return [own, *others]


def _own(call: CallView, heard: bool) -> tuple[str, Edge]:
    match call.microphone:
        case "on":
            return ("speaking", Edge.HEARD) if heard else ("silent", Edge.SILENT)
        case "held":
            return call.microphone_word, Edge.HELD
        case "muted":
            return call.microphone_word, Edge.MUTED
        case "none" | "off":
            return call.microphone_word, Edge.AWAY


def member_state(call: CallView, member: MemberView, *, heard: bool) -> tuple[str, Edge]:
    """Return what somebody else does, and the edge for it."""
    if member.state != "here":
        words = {"lost": "LOST CONNECTION", "gone": "has left"}
        edge = Edge.LOST if member.state == "lost" else Edge.AWAY
        return words.get(member.state, member.state), edge
    if member.waits:
        return "hears music", Edge.HELD
    if member.apart:
        return "speaks apart", Edge.HELD
    if member.holding:
        return ("HOLDS YOU" if len(call.members) == 1 else "ON HOLD"), Edge.HELD
    if call.on_hold and len(call.members) == 1:
        return "ON HOLD", Edge.HELD
    if member.silent:
        return "muted", Edge.MUTED
    return ("speaking", Edge.HEARD) if heard else ("listening", Edge.SILENT)


def speakers_first(participants: Sequence[Participant], spoke: Sequence[int]) -> list[Participant]:
    """Return participants in another order.

    Args:
        participants: the person here first.
        spoke: keys of those who stand before all others.
    """
    places = {key: place for place, key in enumerate(spoke)}
    return sorted(participants, key=lambda participant: places.get(participant.key, len(places)))
