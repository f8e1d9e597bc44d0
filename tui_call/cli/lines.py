"""A call, a person, a past call, the own presence: each in one line, as commands print them."""

from datetime import UTC, datetime

from tui_call.control.views import CallView, HistoryView, MeView, PersonView, Snapshot
from tui_call.foreign_text import clean

_ID_DIGITS = 8
_PRESENCE = {
    "free": "free",
    "busy": "in a call",
    "away": "away",
    "do_not_disturb": "do not disturb",
    "offline": "offline",
}


def call_line(call: CallView) -> str:
    """Return a call, its shield first."""
    parts = (call.shield.label, call.member.name, call.phase)
    parts += (call.microphone_word, call.quality, call.path)
    return " ".join(part for part in parts if part)


def listed_call(call: CallView) -> str:
    """Return a call as one of several, with the beginning of its id and its place."""
    place = "ended" if call.phase == "ended" else call.place
    return f"{call.id[:_ID_DIGITS]} {place} {call_line(call)}"


def others_line(snapshot: Snapshot) -> str:
    """Return how many calls there are beside the one in front, "" for none."""
    others = [call.place for call in snapshot.calls[1:] if call.phase != "ended"]
    counted = [(others.count(place), place) for place in ("held", "waiting")]
    return ", ".join(f"{count} {place}" for count, place in counted if count)


def person_line(person: PersonView) -> str:
    """Return somebody, with what is known of the key."""
    presence = "blocked" if person.blocked else _PRESENCE[person.presence]
    e2ee = person.e2ee.text if person.e2ee else ""
    parts = (clean(person.name or person.account), person.account, presence, e2ee)
    return " ".join(part for part in parts if part)


def past_call_line(past: HistoryView) -> str:
    """Return a past call, with when it was and how it ended."""
    at = datetime.fromtimestamp(past.at, UTC).astimezone()
    name = clean(past.member.name or past.member.account)
    return f"{at:%Y-%m-%d %H:%M} {past.direction} {name}: {past.end_reason.text}"


def presence_line(me: MeView) -> str:
    """Return what others see of the person here, "" where they are free to be called."""
    if me.presence in ("free", "busy"):
        return ""
    until = ""
    if me.presence_until:
        until = f" until {datetime.fromtimestamp(me.presence_until, UTC).astimezone():%H:%M}"
    return f"{_PRESENCE[me.presence].capitalize()}{until}."
