"""The call on the screen, made of its state."""

import math
from typing import Literal

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
from tui_call.engine.calls.call_list import Place
from tui_call.engine.calls.call_state import CallState
from tui_call.engine.phrases import day
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


def call_view(
    call: CallState,
    place: Place,
    position: int,
    peer: PersonView,
    capabilities: tuple[CapabilityView, ...],
    *,
    has_microphone: bool,
    has_speaker: bool,
    wall: float,
) -> CallView:
    """Return a call as a screen shows it at `wall`, in Unix seconds."""
    active = call.active
    return CallView(
        id=call.id.hex(),
        direction=call.direction,
        phase=call.phase.value,
        members=(_member(call, peer, wall),),
        shield=shield(call, wall),
        place=place.value,
        position=position,
        ringing_here=call.rings_here,
        silenced=call.silenced,
        began=call.began,
        started=call.started,
        ended=call.ended,
        microphone=_microphone(call, has_microphone),
        muted=call.muted,
        speaker="on" if has_speaker else "none",
        on_hold=call.on_hold,
        capabilities=capabilities,
        events=tuple(EventView(event.at, event.sentence, event.number) for event in call.events),
        notes=tuple(NoteView(note.at, note.mine, note.text, note.number) for note in call.notes),
        quality=call.quality,
        path=active.path if active and not call.ended else "",
        end_reason=call.end_words if call.end_words else None,
    )


def shield(call: CallState, wall: float) -> SentenceView:
    """Return part A of the sentences for where a call stands at `wall`, in Unix seconds."""
    if call.key_changed:
        return sentence("SH_CHANGED", peer=call.name)
    if call.end_words is not None and call.end_words.code == EndReason.CODES_DIFFER:
        return call.end_words
    match call.phase:
        case Phase.SETUP:
            return sentence("SH_SETUP", peer=call.name)
        case Phase.RINGING if call.direction == "outgoing":
            return sentence("SH_RING", peer=call.name)
        case Phase.CONNECTING:
            answered_here = call.direction == "incoming"
            return sentence("SH_ANSWERED" if answered_here else "SH_CONNECT", peer=call.name)
        case Phase.ACTIVE if compare_by := _compare_by(call, wall):
            policy = call.own.policy.name if call.own.policy else ""
            return sentence("SH_MUST_COMPARE", policy=policy, n=max(0, round(compare_by - wall)))
        case Phase.ENDED if not call.started:
            return sentence("SH_NO_CALL")
        case _:
            code = "SH_NEW_KEY" if call.new_key else _CONNECTED_SHIELDS[call.standing]
            return sentence(code, date=day(call.standing_when), peer=call.name)


def _member(call: CallState, person: PersonView, wall: float) -> MemberView:
    figures = call.active.figures if call.active else None
    return MemberView(
        person,
        silent=bool(figures and figures.peer_muted),
        holding=bool(figures and figures.peer_on_hold),
        code=_code(call),
        compare=_compare(call),
        compare_by=_compare_by(call, wall),
    )


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
    if call.active is not None and call.active.figures.peer_compared:
        return sentence("G_PEER_COMPARED", peer=call.name)
    return sentence("G_COMPARE_ASK", call.audience, peer=call.name)


def _compare_by(call: CallState, wall: float) -> float:
    """Return the Unix second at which a call ends unless it is compared, 0 if it does not."""
    ends = call.active.core.compare_by if call.active else None
    if call.active is None or ends is None:
        return 0.0
    return math.floor(10 * (wall + ends - call.active.now())) / 10  # clocks tremble: no news
