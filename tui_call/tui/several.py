"""The calls beside the one in front: which there are, and what a line says of each."""

from dataclasses import replace

from textual.content import Content

from tui_call.control.client import added
from tui_call.control.views import CallView, NoteView, SentenceView, Snapshot
from tui_call.foreign_text import cell_width, clean
from tui_call.sentences import sentence, text_of
from tui_call.tui import glyphs, lines, moments

_SHIELD_CELLS = 22
_NOTE_CELLS = 140
_ROOMY_FROM = 80
_SHORTEST_NAME = 6
_SHORTEST_BESIDE_A_NUMBER = 3
_STILL_HELD = "G_STILL_HELD"


def beside(snapshot: Snapshot | None) -> tuple[CallView, ...]:
    """Return the calls that go on behind the one in front, those that wait first."""
    others = snapshot.calls[1:] if snapshot else ()
    lasting = [call for call in others if call.phase != "ended"]
    return tuple(sorted(lasting, key=lambda call: call.place != "waiting"))


def waiting(snapshot: Snapshot | None) -> tuple[CallView, ...]:
    """Return the calls that wait for an answer beside the one in front."""
    return tuple(call for call in beside(snapshot) if call.place == "waiting")


def found(snapshot: Snapshot | None, call_id: str) -> CallView | None:
    """Return the call with an id, None if it is not known any more."""
    calls = snapshot.calls if snapshot else ()
    return next((call for call in calls if call.id == call_id), None)


def end_said(call: CallView, old: Snapshot | None, new: Snapshot) -> SentenceView | None:
    """Return how a call ended behind which another one is in front now, held yet or not."""
    front, before, said = new.front, old.front if old else None, call.end_reason
    was_in_front = before is not None and before.id == call.id
    if said is None or front is None or not (front.on_hold and was_in_front):
        return said
    held = while_held(_STILL_HELD, front)
    return replace(held, text=said.whole, why=held.text)


def is_held_no_more(said: SentenceView, snapshot: Snapshot | None) -> bool:
    """Tell whether a sentence says of the call in front that it is still on hold, and it is not."""
    front = snapshot.front if snapshot else None
    return said.code == _STILL_HELD and not (front is not None and front.on_hold)


def while_held(code: str, call: CallView) -> SentenceView:
    """Return the sentence that says what others hear while the person here holds a call."""
    audience = ""
    if call.kind == "standard":
        audience = "several" if len(call.members) > 1 else "music"
    return sentence(code, audience, peer=call.member.name)


def title(call: CallView, width: int, style: str = lines.STRONG) -> Content:
    """Return with whom a call is in exactly `width` cells: a name is clipped, how many more never.

    Args:
        call: the call.
        width: cells.
        style: of the name.
    """
    others = len(call.members) - 1
    counted = text_of("T_OTHERS", "one" if others == 1 else "several", n=others)
    forms = (Content(f" + {counted}"), Content(f" +{others}")) if others else ()
    for more, shortest in zip(forms, (_SHORTEST_NAME, _SHORTEST_BESIDE_A_NUMBER), strict=False):
        if width > more.cell_length + shortest:
            name = lines.text(call.member.name, style)
            name = name.truncate(width - more.cell_length, ellipsis=True)
            return lines.line(name, more).truncate(width, pad=True)
    return lines.column(call.member.name, width, style)


def everybody(call: CallView, width: int, said: str = "", before: str = "") -> Content:
    """Return with whom a call is in at most `width` cells: the names that fit, then how many more.

    Args:
        call: the call.
        width: cells.
        said: what the first of them does.
        before: what stands before the others.
    """
    first, *others = (lines.text(one.name or one.account).plain for one in call.members)
    tail = said
    for shown in range(len(others), -1, -1):
        named = f"{before or ', '}{', '.join(others[:shown])}" if shown else ""
        more = f" +{len(others) - shown}" if shown < len(others) else ""
        tail = f"{said}{named}{more}"
        if cell_width(first + tail) <= width:
            break
    name = lines.text(first, lines.STRONG)
    room = max(_SHORTEST_BESIDE_A_NUMBER, width - cell_width(tail))
    return lines.line(name.truncate(room, ellipsis=True), tail)


def told_behind(old: Snapshot | None, new: Snapshot) -> list[SentenceView]:
    """Return what came since a snapshot in calls that are not in front, and is to be seen at once.

    That is a note, and that a question of leaving E2EE is over.
    """
    known = {call.id: call for call in old.calls} if old else {}
    return [
        said
        for call in beside(new)
        if (before := known.get(call.id)) is not None
        for said in (*_new_notes(before, call), *_stays_e2ee(before, call))
    ]


def _new_notes(before: CallView, now: CallView) -> list[SentenceView]:
    return [_note(now, note) for note in added(before.notes, now.notes) if not note.mine]


def _stays_e2ee(before: CallView, now: CallView) -> list[SentenceView]:
    fresh = (event.sentence for event in added(before.events, now.events))
    return [said for said in fresh if said.code == "G_LEAVE_NO"]


def _note(call: CallView, note: NoteView) -> SentenceView:
    said = text_of("T_LINE_NOTE", peer=clean(note.by or call.member.name))
    return SentenceView("", "", f"{said} {lines.shortened(note.text, _NOTE_CELLS)}")


def state(call: CallView) -> str:
    """Return in a few words where a call behind the one in front stands."""
    if call.place == "waiting":
        return "CALLS YOU TOO"
    if call.phase != "active":
        return "RINGING" if call.phase == "ringing" else "CONNECTING"
    return "ON HOLD, HOLDS YOU" if call.member.holding else "ON HOLD"


def word(snapshot: Snapshot | None) -> str:
    """Return what the key for the other call does now, "" if nothing."""
    others, waits = beside(snapshot), waiting(snapshot)
    if len(waits) == 1:
        return "Look"
    if not others:
        call = snapshot.front if snapshot else None
        return "Go back" if call is not None and call.on_hold and call.phase == "active" else ""
    return "Swap" if len(others) == 1 else "Other calls"


def words(snapshot: Snapshot | None) -> dict[str, str]:
    """Return what the keys for microphone and other call do now, by id; "" for one of no use."""
    call = snapshot.front if snapshot else None
    mute = "Unmute" if call is not None and call.muted else "Mute"
    if call is not None and call.microphone == "none":
        mute = ""
    return {"talk.mute": mute, "talk.waiting": word(snapshot)}


def about(call: CallView, *, ascii_only: bool) -> Content:
    """Return shield and state of a call as columns, for a list of calls."""
    shield = glyphs.shield(call.shield.label, ascii_only)
    return lines.line(
        lines.column(shield, _SHIELD_CELLS, lines.SOFT), lines.text(state(call), lines.SOFT)
    )


def line_of(call: CallView, key: Content, now: float, width: int, *, ascii_only: bool) -> Content:
    """Return the line of a call behind the one in front.

    Args:
        call: the call.
        key: what stands at the right end.
        now: Unix seconds.
        width: cells; the name is clipped first, the shield never.
        ascii_only: symbols are shown in ASCII.
    """
    shield = lines.text(
        glyphs.shield(call.shield.label, ascii_only), glyphs.shield_style(call.shield.label)
    )
    if width >= _ROOMY_FROM:
        shield = shield.truncate(_SHIELD_CELLS, pad=True)
    long = moments.short_duration(now - call.started) if call.started else ""
    style = "bold $warning" if call.place == "waiting" else lines.SOFT
    right = lines.line(f"{long}  " if long else "", (state(call), style), "  ", key, " ")
    room = width - 1 - shield.cell_length - 2 - right.cell_length - 2
    if room < _SHORTEST_NAME:
        right = lines.line((state(call), style), " ")
        room = max(_SHORTEST_NAME, width - 1 - shield.cell_length - 2 - right.cell_length - 2)
    name = title(call, room)
    return lines.spread(
        lines.line(" ", shield, "  " if width < _ROOMY_FROM else "", name), right, width
    )
