"""Words for what administrators are shown, on the command line and on the screen."""

from tui_call.sentences import text_of
from tui_call.signaling.administration_rows import (
    Applied,
    CallExplained,
    DeviceRow,
    GrantRow,
)
from tui_call.signaling.operations import Row
from tui_call.signaling.policies import GrantedTo

_ID_DIGITS = 8
NOTHING = "-"


def term_word(value: object) -> str:
    """Return a value as people read it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return NOTHING if value in (None, "") else str(value)


def value_word(value: object) -> str:
    """Return a value of a policy or a row as a screen shows it."""
    return term_word(value).replace("_", " ")


def people_word(number: int) -> str:
    """Return a number of people."""
    return "1 person" if number == 1 else f"{number} people"


def how_changed(before: Row, after: Row) -> str:
    """Return the fields that differ, each before and after."""
    return ", ".join(
        f"{name} {term_word(before.get(name))} -> {term_word(after.get(name))}"
        for name in dict.fromkeys((*before, *after))
        if before.get(name) != after.get(name)
    )


def applied_word(applied: Applied) -> str:
    """Return a policy with what it says of E2EE calls."""
    return f"{applied.policy} ({applied.value})" if applied.value else applied.policy


def subject_word(to: GrantedTo, subject: str, rank: int = 0) -> str:
    """Return to whom something is granted."""
    if to == "organisation":
        return text_of("A_ORGANISATION")
    if to == "group":
        return f"group {subject}, rank {rank}" if rank else f"group {subject}"
    return subject


def grant_word(grant: GrantRow) -> str:
    """Return a grant, with to how many people the policy applies by it."""
    return f"{grant.policy} to {subject_word(grant.to, grant.subject, grant.rank)}: {grant.people}"


def device_label(device: str, account: str) -> str:
    """Return a device by the beginning of its id, and whose it is."""
    label = f"device {device[:_ID_DIGITS]}"
    return f"{label} of {account}" if account else label


def device_state(device: DeviceRow) -> str:
    """Return how a device stands."""
    if device.revoked:
        return "revoked"
    return "online" if device.online else "offline"


def call_word(call: CallExplained) -> str:
    """Return what a call would be, and what decided it."""
    if call.allowed:
        return f"call to {call.other}: E2EE"
    why = f" ({call.why})" if call.why else ""
    kind = "standard, not E2EE" if call.standard else "refused"
    return f"call to {call.other}: {kind}, {call.code} at {call.at}{why}"
