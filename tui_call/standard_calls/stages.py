"""The ways that a standard call and its members go, as tables; `draw.py` makes a page of them.

They do not drive the machine: what it does follows from who is in a call (`settling.py`). The tests
look at every step and find none that is not here, and `docs/standard-call-states.md` shows them.
"""

from dataclasses import dataclass
from enum import StrEnum

from tui_call.standard_calls.keeping import OPEN_SECONDS, RULE_SECONDS
from tui_call.standard_calls.state import (
    JOIN_SECONDS,
    LOST_SECONDS,
    PARK_RING_SECONDS,
    PARK_ROUNDS,
    PARK_SECONDS,
    RING_SECONDS,
)


class CallStage(StrEnum):
    """What is going on with a call as a whole."""

    ON = "on"
    PASSED_ON = "passed_on"
    RINGS_BACK = "rings_back"
    ASKS_FIRST = "asks_first"
    PARKED = "parked"
    PARK_RINGS = "park_rings"
    OVER = "over"


class MemberStage(StrEnum):
    """How far somebody is in a call."""

    RINGING = "ringing"
    EXPECTED = "expected"
    JOINING = "joining"
    TALKING = "talking"
    LOST = "lost"
    GONE = "gone"


class KeepingStage(StrEnum):
    """How far a recording or transcript is."""

    OPENING = "opening"
    ON = "on"
    REOPENING = "reopening"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class StageMeaning:
    """What a stage means, and how long it lasts at most (seconds), None for as long as it likes."""

    words: str
    seconds: float | None = None


CALL_MEANINGS: dict[CallStage, StageMeaning] = {
    CallStage.ON: StageMeaning("People ring, join and talk."),
    CallStage.PASSED_ON: StageMeaning(
        "Who passed it on is free; the target rings, one who waits alone hears music.", RING_SECONDS
    ),
    CallStage.RINGS_BACK: StageMeaning(
        "The target did not take it, and it rings at who passed it on.", RING_SECONDS
    ),
    CallStage.ASKS_FIRST: StageMeaning(
        "One is apart from the others, and the target rings or speaks there."
    ),
    CallStage.PARKED: StageMeaning("All hear music until somebody takes it.", PARK_SECONDS),
    CallStage.PARK_RINGS: StageMeaning(
        f"The same, and it rings at who parked it; {PARK_ROUNDS} times.", PARK_RING_SECONDS
    ),
    CallStage.OVER: StageMeaning("Nobody is in it."),
}

CALL_WAYS: dict[CallStage, dict[CallStage, str]] = {
    CallStage.ON: {
        CallStage.PASSED_ON: "transfer",
        CallStage.ASKS_FIRST: "consult",
        CallStage.PARKED: "park",
    },
    CallStage.PASSED_ON: {
        CallStage.ON: "target answers, or who passed it on is back before",
        CallStage.RINGS_BACK: "target declines, is busy or offline, deadline",
    },
    CallStage.RINGS_BACK: {
        CallStage.ON: "answered there, or several go on without",
    },
    CallStage.ASKS_FIRST: {
        CallStage.ON: "joined, cancelled, target ends, or the last who waits leaves",
    },
    CallStage.PARKED: {
        CallStage.PARK_RINGS: "deadline",
        CallStage.ON: "retrieved",
    },
    CallStage.PARK_RINGS: {
        CallStage.PARKED: "declined or deadline, not for the last time",
        CallStage.ON: "retrieved or answered",
    },
    CallStage.OVER: {},
}
"""From each stage to others; every stage may come to OVER, when nobody is left who waits."""

MEMBER_MEANINGS: dict[MemberStage, StageMeaning] = {
    MemberStage.RINGING: StageMeaning(
        "Asked to come, at all devices, or at the one to which the call is handed.", RING_SECONDS
    ),
    MemberStage.EXPECTED: StageMeaning(
        "Has agreed before, when two left E2EE together; nothing rings.", JOIN_SECONDS
    ),
    MemberStage.JOINING: StageMeaning("Has answered; no leg brings sound yet.", JOIN_SECONDS),
    MemberStage.TALKING: StageMeaning("A leg brings packets."),
    MemberStage.LOST: StageMeaning("No leg brings packets any more.", LOST_SECONDS),
    MemberStage.GONE: StageMeaning("Not in the call."),
}

MEMBER_WAYS: dict[MemberStage, dict[MemberStage, str]] = {
    MemberStage.RINGING: {
        MemberStage.JOINING: "answers",
        MemberStage.GONE: "declines, is offline, is asked no more, deadline",
    },
    MemberStage.EXPECTED: {
        MemberStage.JOINING: "answers",
        MemberStage.GONE: "deadline, or the call ends",
    },
    MemberStage.JOINING: {
        MemberStage.TALKING: "a leg brings sound",
        MemberStage.GONE: "hangs up, deadline",
    },
    MemberStage.TALKING: {
        MemberStage.LOST: "its legs are silent or closed, or the bridge is another one",
        MemberStage.GONE: "hangs up, passes the call on, parks it",
    },
    MemberStage.LOST: {
        MemberStage.TALKING: "a leg brings sound",
        MemberStage.GONE: "hangs up, deadline",
    },
    MemberStage.GONE: {},
}

KEEPING_MEANINGS: dict[KeepingStage, StageMeaning] = {
    KeepingStage.OPENING: StageMeaning(
        f"Its files are being opened; by rule {RULE_SECONDS:g} s at most, or the call ends.",
        OPEN_SECONDS,
    ),
    KeepingStage.ON: StageMeaning("Who has heard the tone, and may be kept, is kept."),
    KeepingStage.REOPENING: StageMeaning(
        "The tap was lost, or frames do not reach it; the files of another part are opened.",
        OPEN_SECONDS,
    ),
    KeepingStage.CLOSED: StageMeaning("Nothing is kept."),
}

KEEPING_WAYS: dict[KeepingStage, dict[KeepingStage, str]] = {
    KeepingStage.OPENING: {
        KeepingStage.ON: "its part is open: all hear the tone",
        KeepingStage.CLOSED: "stopped, cannot be kept, deadline, or the call ends",
    },
    KeepingStage.ON: {
        KeepingStage.REOPENING: "the tap is another one, or not reached",
        KeepingStage.CLOSED: "stopped, cannot be kept, permission withdrawn, or the call ends",
    },
    KeepingStage.REOPENING: {
        KeepingStage.ON: "its part is open",
        KeepingStage.CLOSED: "stopped, cannot be kept, deadline, or the call ends",
    },
    KeepingStage.CLOSED: {},
}
