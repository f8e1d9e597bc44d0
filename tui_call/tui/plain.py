"""A call, a person, a past call, the own presence in one line, for the prompt and commands."""

from datetime import tzinfo

from tui_call.control.views import CallView, HistoryView, MeView, PersonView, Snapshot
from tui_call.foreign_text import clean
from tui_call.tui import moments

_ID_DIGITS = 8
_PRESENCE = {
    "free": "free",
    "busy": "in a call",
    "away": "away",
    "do_not_disturb": "do not disturb",
    "offline": "offline",
}
_PLACES = {"held": "ON HOLD", "waiting": "waiting"}


def name_of(person: PersonView) -> str:
    """Return how somebody is called, cleaned."""
    return clean(person.name or person.account)


def lasting_calls(snapshot: Snapshot) -> list[CallView]:
    """Return the calls that are on; one that is over is still shown on a screen, and is none."""
    return [call for call in snapshot.calls if call.phase != "ended"]


def listed_call(call: CallView) -> str:
    """Return a call as one of several: the beginning of its id, its place, who, and the shield."""
    place = _PLACES.get(call.place, call.place)
    who = ", ".join(name_of(member.person) for member in call.members)
    phase = call.phase if call.place == "front" else ""
    microphone = call.microphone_word if call.place == "front" else ""
    parts = (call.id[:_ID_DIGITS], place, who, call.shield.label, phase, microphone)
    return ", ".join(part for part in parts if part)


def others_line(snapshot: Snapshot) -> str:
    """Return how many calls there are beside the one in front, "" for none."""
    others = [call.place for call in snapshot.calls[1:] if call.phase != "ended"]
    counted = [(others.count(place), _PLACES[place]) for place in ("held", "waiting")]
    return ", ".join(f"{count} {place}" for count, place in counted if count)


def person_line(person: PersonView) -> str:
    """Return somebody, with what is known of the key."""
    presence = "blocked" if person.blocked else _PRESENCE[person.presence]
    e2ee = person.e2ee.text if person.e2ee else ""
    parts = (name_of(person), person.account, presence, e2ee)
    return ", ".join(part for part in parts if part)


def past_call_line(past: HistoryView, zone: tzinfo | None = None) -> str:
    """Return a past call, with when it was and how it ended."""
    at = f"{moments.day(past.at, past.at, zone)} {moments.clock(past.at, zone)}"
    name = clean(past.member.name or past.member.account)
    return f"{at}, {past.direction}, {name}: {past.end_reason.text}"


def presence_line(me: MeView, zone: tzinfo | None = None) -> str:
    """Return what others see of the person here, "" where they are free to be called."""
    if me.presence in ("free", "busy"):
        return ""
    until = f" until {moments.clock(me.presence_until, zone)[:5]}" if me.presence_until else ""
    return f"{_PRESENCE[me.presence].capitalize()}{until}."
