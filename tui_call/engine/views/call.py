"""The call on the screen, made of its state."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from msgspec.structs import replace

from tui_call.control.views import (
    CallView,
    CapabilityView,
    CodeView,
    EventView,
    MemberView,
    NoteView,
    PersonView,
    SentenceView,
)
from tui_call.engine.calls.call_list import ListedCall
from tui_call.engine.calls.call_state import CallState
from tui_call.engine.calls.kept_news import captions_fault
from tui_call.engine.calls.standard_facts import StandardFacts
from tui_call.engine.phrases import day
from tui_call.engine.views.standard import (
    kept_view,
    members_of,
    standard_shield,
    transfer_of,
    why_standard,
)
from tui_call.foreign_text import clean
from tui_call.identifiers import AccountId
from tui_call.permissions.gate import Phase
from tui_call.profile.contacts import Standing
from tui_call.reasons import EndReason
from tui_call.sentences import sentence

_CONNECTED_SHIELDS = {
    Standing.NEW: "SH_NEW",
    Standing.SEEN_BEFORE: "SH_SEEN",
    Standing.COMPARED: "SH_COMPARED",
    Standing.CHANGED: "SH_CHANGED",
    Standing.DIFFERED: "SH_DIFFER",
}


@dataclass(frozen=True, slots=True)
class SeenFrom:
    """From where a call is seen, and when.

    Attributes:
        organisation: the own one, cleaned.
        has_microphone: this computer has one.
        has_speaker: this computer has one.
        now: seconds on the clock of calls.
        wall: the same moment in Unix seconds.
    """

    organisation: str
    has_microphone: bool
    has_speaker: bool
    now: float
    wall: float


def call_view(
    listed: ListedCall,
    position: int,
    person: Callable[[AccountId], PersonView],
    capabilities: tuple[CapabilityView, ...],
    here: SeenFrom,
) -> CallView:
    """Return a call as a screen shows it.

    Args:
        listed: what is known of it, and where it stands.
        position: its number among the calls that are listed.
        person: shows somebody.
        capabilities: what can be done in it.
        here: from where it is seen.
    """
    call, standard = listed.record, listed.record.standard
    view = CallView(
        id=call.id.hex(),
        was=tuple(one.hex() for one in call.was),
        direction=call.direction,
        phase=call.phase.value,
        members=_members(call, person, here),
        shield=standard_shield(call, here.organisation) if standard else shield(call, here.now),
        place=listed.place.value,
        position=position,
        ringing_here=call.rings_here,
        silenced=call.silenced,
        began=call.began,
        started=call.started,
        ended=call.ended,
        microphone=_microphone(call, here.has_microphone),
        muted=call.muted,
        speaker="on" if here.has_speaker else "none",
        on_hold=call.on_hold,
        capabilities=capabilities,
        events=tuple(EventView(one.at, one.sentence, one.number) for one in call.events),
        notes=tuple(NoteView(one.at, one.mine, one.text, one.number, one.by) for one in call.notes),
        quality=call.quality,
        question=call.question if not call.ended else None,
        asks=call.asks,
        path=_path(call) if not call.ended else "",
        end_reason=call.end_words if call.end_words else None,
    )
    return view if standard is None else _of_bridge(view, standard)


def _of_bridge(view: CallView, standard: StandardFacts) -> CallView:
    """Add what only a standard call has."""
    told, own = standard.told, standard.own
    return replace(
        view,
        kind="standard",
        why_standard=why_standard(standard),
        transfer=transfer_of(standard),
        consulting=standard.consulting,
        slot=standard.slot,
        places_left=standard.places_left,
        recording=kept_view(told.recording, standard),
        transcript=kept_view(told.transcript, standard),
        own_kept=own.kept if own is not None else "",
        captions=own is not None and own.captions,
        captions_fault=captions_fault(told.captions),
        captions_language=clean(told.captions_language),
        captions_loading=told.captions_loading,
    )


def shield(call: CallState, now: float) -> SentenceView:
    """Return part A of the sentences for where a call stands at `now`, on the clock of calls."""
    if call.key_changed:
        return sentence("SH_CHANGED", peer=call.name)
    if call.end_words is not None and call.end_words.code == EndReason.CODES_DIFFER:
        return call.end_words
    if call.leg is not None and call.leg.silent and not call.ended:
        return sentence("SH_CHANGING")
    match call.phase:
        case Phase.SETUP:
            return sentence("SH_SETUP", peer=call.name)
        case Phase.RINGING if call.direction == "outgoing":
            return sentence("SH_RING", peer=call.name)
        case Phase.CONNECTING:
            answered_here = call.direction == "incoming"
            return sentence("SH_ANSWERED" if answered_here else "SH_CONNECT", peer=call.name)
        case Phase.ACTIVE if call.leg is not None and call.leg.compare_by is not None:
            left = call.leg.compare_by - now
            policy = call.own.policy.name if call.own.policy else ""
            return sentence("SH_MUST_COMPARE", policy=policy, n=max(0, round(left)))
        case Phase.ENDED if not call.started:
            return sentence("SH_NO_CALL")
        case _:
            code = "SH_NEW_KEY" if call.new_key else _CONNECTED_SHIELDS[call.standing]
            return sentence(code, date=day(call.standing_when), peer=call.name)


def _members(
    call: CallState, person: Callable[[AccountId], PersonView], here: SeenFrom
) -> tuple[MemberView, ...]:
    """Return the others in a call."""
    if call.standard is not None:
        return members_of(call.standard, person, call.account)
    leg = call.leg
    other = MemberView(
        person(call.account),
        silent=leg is not None and leg.peer_muted,
        holding=leg is not None and leg.peer_on_hold,
        code=_code(call),
        compare=_compare(call),
        compare_by=_compare_by(call, here),
    )
    return (other,)


def _path(call: CallState) -> str:
    if call.standard is not None:
        return call.standard.path
    return call.leg.path if call.leg else ""


def _microphone(call: CallState, there: bool) -> Literal["on", "muted", "held", "none", "off"]:
    if call.phase not in (Phase.CONNECTING, Phase.ACTIVE):
        return "off"
    if not there:
        return "none"
    if call.held:
        return "held"
    return "muted" if call.muted else "on"


def _code(call: CallState) -> CodeView | None:
    code = call.code
    if code is None:
        return None
    caller = call.direction == "outgoing"
    return CodeView(code.digits, caller, tuple(code.emoji), tuple(code.words))


def _compare(call: CallState) -> SentenceView | None:
    if call.code is None:
        return None
    if call.standing is Standing.COMPARED:
        return sentence("G_MATCH", peer=call.name)
    if call.leg is not None and call.leg.peer_compared:
        return sentence("G_PEER_COMPARED", peer=call.name)
    return sentence("G_COMPARE_ASK", call.audience, peer=call.name)


def _compare_by(call: CallState, here: SeenFrom) -> float:
    """Return the Unix second at which a call ends unless it is compared, 0 if it does not."""
    ends = call.leg.compare_by if call.leg else None
    if ends is None:
        return 0.0
    return math.floor(10 * (here.wall + ends - here.now)) / 10  # clocks tremble: no news
