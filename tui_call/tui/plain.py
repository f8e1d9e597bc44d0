"""A call, a person, a past call, the own presence in one line, for the prompt and commands."""

from collections import Counter
from datetime import tzinfo

from tui_call.control.views import (
    CallView,
    HistoryView,
    MemberView,
    MeView,
    ParkedView,
    PersonView,
    Snapshot,
)
from tui_call.foreign_text import clean
from tui_call.sentences import sentence, text_of
from tui_call.signaling.kept import ListedKept, exported_names
from tui_call.tui import moments
from tui_call.tui.kept_marks import asked_to_be_kept, marks

_ID_DIGITS = 8
_PRESENCE = {
    "free": "free",
    "busy": "in a call",
    "away": "away",
    "do_not_disturb": "do not disturb",
    "offline": "offline",
}
_PLACES = {"held": "ON HOLD"}
_STATES = {"ringing": "ringing", "joining": "joining", "lost": "lost connection"}


def name_of(person: PersonView) -> str:
    """Return how somebody is called, cleaned."""
    return clean(person.name or person.account)


def status_line(snapshot: Snapshot, between: str = " ", zone: tzinfo | None = None) -> str:
    """Return what goes on: the call in front and what is beside it, or why there may be none.

    Args:
        snapshot: what the engine said.
        between: stands between what is told of a call.
        zone: time zone of what is shown, None for this computer's.
    """
    found, presence = current_call(snapshot), presence_line(snapshot.me, zone)
    if found is not None:
        parts = (call_line(found, between), others_line(snapshot), presence)
        return between.join(part for part in parts if part)
    problem = snapshot.service.problem.text if snapshot.service.problem else ""
    service = text_of("V_SERVICE", state=snapshot.service.state)
    parts = (sentence("N_NOCALL").text, presence, snapshot.encryption.status.text, service, problem)
    return " ".join(part for part in parts if part)


def current_call(snapshot: Snapshot) -> CallView | None:
    """Return the call in front, None if there is none or it has ended."""
    call = snapshot.front
    return call if call is not None and call.phase != "ended" else None


def people_of(call: CallView) -> str:
    """Return who else is in a call, with what is to be said of each."""
    return ", ".join(
        f"{name_of(one.person)} ({word})" if (word := _member_word(one)) else name_of(one.person)
        for one in call.members
    )


def _member_word(member: MemberView) -> str:
    """Return how a member of a standard call stands, "" for one who can simply be spoken with."""
    if not member.number:
        return ""
    if member.state != "here":
        return _STATES[member.state]
    if member.waits:
        return "waits"
    return "apart" if member.apart else "on hold" if member.holding else ""


def call_line(call: CallView, between: str = " ") -> str:
    """Return a call in one line, its shield first."""
    parts = (call.shield.label, marks(call), people_of(call), call.phase)
    parts += (call.microphone_word, call.quality, call.path)
    _, asked = asked_to_be_kept(call) or (None, None)
    parts += tuple(said.text for said in (call.transfer, call.question, asked) if said is not None)
    return between.join(part for part in parts if part)


def lasting_calls(snapshot: Snapshot) -> list[CallView]:
    """Return the calls that are on; one that is over is still shown on a screen, and is none."""
    return [call for call in snapshot.calls if call.phase != "ended"]


def listed_call(call: CallView) -> str:
    """Return a call as one of several: the beginning of its id, its place, who, and the shield."""
    phase = call.phase if call.place == "front" else ""
    microphone = call.microphone_word if call.place == "front" else ""
    asks = call.question.text if call.question is not None else ""
    parts = (call.id[:_ID_DIGITS], _stands(call), people_of(call), call.shield.label)
    parts += (phase, microphone, asks)
    return ", ".join(part for part in parts if part)


def parked_line(parked: ParkedView) -> str:
    """Return what is parked: the slot, who waits there, and by whom."""
    people = ", ".join(clean(one) for one in parked.people)
    return text_of("V_PARKED_AT", slot=parked.slot, people=people, who=parked.by)


def kept_line(kept: ListedKept, now: float, zone: tzinfo | None = None) -> str:
    """Return a recording or transcript: its id, when, how long, who was in it, until when.

    Args:
        kept: what is told.
        now: Unix seconds, up to which what goes on has lasted.
        zone: time zone of what is shown, None for this computer's.
    """
    at = moments.date_and_time(kept.began, zone)
    people = ", ".join(clean(one.name or one.account) for one in kept.people)
    by = f"by {clean(kept.by_name or kept.by)}" if kept.by else text_of("V_KEPT_LINE", "by rule")
    until = moments.date(kept.kept_until, zone) if kept.kept_until else ""
    stays = text_of("V_KEPT_LINE", "whole" if until else "for ever", day=until)
    states = [text_of("V_KEPT_LINE", kept.shown_state)] if kept.state != "whole" else []
    files = text_of("V_KEPT_LINE", "files", n=len(exported_names(kept))) if kept.files else ""
    states += [files, stays] if kept.state != "running" else []
    how = ", ".join(filter(None, (people, by, *states)))
    return f"{kept.id[:_ID_DIGITS]}  {at}  {moments.duration(kept.lasted(now))}  {how}"


def others_line(snapshot: Snapshot) -> str:
    """Return how many calls there are beside the one in front, "" for none."""
    others = [call for call in snapshot.calls[1:] if call.phase != "ended"]
    counted = Counter(_stands(call) for call in sorted(others, key=lambda one: one.place))
    return ", ".join(f"{count} {standing}" for standing, count in counted.items())


def _stands(call: CallView) -> str:
    """Return the place of a call; one behind that nobody answered yet is not on hold."""
    if call.place == "held" and call.phase != "active":
        return call.phase
    return _PLACES.get(call.place, call.place)


def person_line(person: PersonView) -> str:
    """Return somebody, with what is known of the key."""
    presence = "blocked" if person.blocked else _PRESENCE[person.presence]
    e2ee = person.e2ee.text if person.e2ee else ""
    parts = (name_of(person), person.account, presence, e2ee)
    return ", ".join(part for part in parts if part)


def past_call_line(past: HistoryView, zone: tzinfo | None = None) -> str:
    """Return a past call, with when it was and how it ended."""
    at = moments.date_and_time(past.at, zone)
    names = ", ".join(clean(one.name or one.account) for one in past.members)
    kept = "".join(f" ({text_of('V_WAS_KEPT', kind)})" for kind in past.kept)
    return f"{at}, {past.direction}, {names}: {past.end_reason.text}{kept}"


def presence_line(me: MeView, zone: tzinfo | None = None) -> str:
    """Return what others see of the person here, "" where they are free to be called."""
    if me.presence in ("free", "busy"):
        return ""
    until = f" until {moments.clock(me.presence_until, zone)[:5]}" if me.presence_until else ""
    return f"{_PRESENCE[me.presence].capitalize()}{until}."
