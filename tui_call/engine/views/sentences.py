"""Words that many sentences share."""

from dataclasses import replace
from datetime import UTC, datetime

from tui_call.permissions.admission import Denied
from tui_call.permissions.encryption import OwnEncryption
from tui_call.permissions.explain import Names, explain_denied
from tui_call.sentences import Sentence

ANOTHER_DEVICE = "another device"


def denied_sentence(denied: Denied, own: OwnEncryption, names: Names) -> Sentence:
    """Return that there is no call and why E2EE is off, with what helps against either."""
    words, why = explain_denied(denied, own, names)
    return replace(words, remedies=words.remedies + why.remedies, why=why.text)


def day(at: float) -> str:
    """Return a date as screens show it, for example "14 Aug 2026"; "" for 0."""
    if not at:
        return ""
    moment = datetime.fromtimestamp(at, UTC).astimezone()
    return f"{moment.day} {moment:%b %Y}"


def duration(seconds: float) -> str:
    """Return how long a call was, as screens show it, for example "2:07"."""
    whole = max(0, int(seconds))
    return f"{whole // 60}:{whole % 60:02d}"
