"""Sentences and words that several parts say."""

import contextlib
from dataclasses import replace
from datetime import UTC, datetime

from tui_call.calls.comparison_deadline import COMPARE_SECONDS
from tui_call.calls.path_monitor import LOST_AFTER
from tui_call.calls.states import DEADLINES, State
from tui_call.identifiers import organisation_of
from tui_call.permissions.admission import Denied
from tui_call.permissions.encryption import OwnEncryption
from tui_call.permissions.explain import Names, explain_denied
from tui_call.profile.history import PastCall
from tui_call.reasons import EndReason
from tui_call.sentences import Sentence, sentence

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


def time_of_day(at: float) -> str:
    """Return a time as screens show it, for example "14:07"."""
    return f"{datetime.fromtimestamp(at, UTC).astimezone():%H:%M}"


def duration(seconds: float) -> str:
    """Return how long a call was, as screens show it, for example "2:07"."""
    whole = max(0, int(seconds))
    return f"{whole // 60}:{whole % 60:02d}"


_NUMBERS: dict[str, int] = {
    EndReason.CONNECTION_LOST: round(LOST_AFTER),
    EndReason.NO_ANSWER: round(DEADLINES[State.RINGING].seconds),
    EndReason.NOT_COMPARED: round(COMPARE_SECONDS / 60),
}
"""What `n` is in the sentence of an end: seconds, or minutes."""


def past_sentence(call: PastCall, other_device: str = ANOTHER_DEVICE) -> Sentence:
    """Return the sentence of the end of a call that is over.

    Args:
        call: as it is written down.
        other_device: the name of the person's other device, cleaned.
    """
    reason = call.end_reason
    you = "You" if reason in (EndReason.HUNG_UP, EndReason.TAKEN) else "you"
    by_peer = call.by_peer and reason != EndReason.TAKEN  # the person's own other device tells it
    fields = {
        "peer": call.peer.name,
        "who": call.peer.name if by_peer else you,
        "dur": duration(call.seconds),
        "n": _NUMBERS.get(reason),
        "date": day(call.at),
        "addr": call.peer.account,
        "device": other_device,
        "org": organisation_of(call.peer.account),
    }
    side = "caller" if call.direction == "outgoing" else "callee"
    spoke = "spoke" if call.seconds else side
    for audience in (spoke, side, "other side sees" if call.by_peer else "own", ""):
        with contextlib.suppress(KeyError):
            return sentence(reason, audience, **fields)
    return Sentence(reason, "", "")  # of another version
