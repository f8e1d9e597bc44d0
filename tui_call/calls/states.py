"""The states of a one-to-one E2EE call, as a table, and the theory behind it.

Theory of operation
===================
A call is a handshake of three messages, then a conversation on the sealed control channel.

The caller's device sends the invite (M1) and at once begins to gather its addresses. The callee's
device answers it (M2) by itself and silently: nothing rings, because an invite proves nothing. Only
when the caller has opened M2 and found the expected account and key behind it does it reveal who
calls and where (M3, with its addresses inside). The callee verifies all of that before the first
ring; so a forged or replayed invite never rings. From here on both hold the same keys.

When the person answers, the callee's addresses travel in ANSWER on the control channel, both open
the path, and the call is secure at the first media frame that authenticates: not when the network
says "connected", which anybody on the way can fake.

A device that comes into another network gathers its addresses anew where nobody was told of them;
otherwise the call goes over to another path as soon as both hold keys for sound, and at any time
in the conversation (`reconnecting.py`). The state and the code stay.

Each state before SECURE has one deadline and one reason if it passes; SECURE lasts until somebody
hangs up or the sound stops for good, or, where a policy requires that codes are compared and nobody
says that they are the same, for two minutes. Every state may end by a hang-up on either side.
Before there are keys, the other device is told by ABORT, which anybody could forge and which
therefore counts only while nothing rings; afterwards by the sealed control channel, and in a
conversation by the media stream too, which works without the service.

`docs/call-states.md` is drawn from these tables.
"""

from dataclasses import dataclass
from enum import StrEnum

from tui_call.reasons import EndReason


class State(StrEnum):
    """Where a call stands, named by what this side waits for; `MEANINGS` says it in words."""

    WAIT_RESPOND = "wait_respond"
    WAIT_ADDRESSES = "wait_addresses"
    WAIT_ANSWER = "wait_answer"
    WAIT_OFFER = "wait_offer"
    RINGING = "ringing"
    ANSWERING = "answering"
    CONNECTING = "connecting"
    SECURE = "secure"
    ENDED = "ended"


class Trigger(StrEnum):
    """What moves a call from one state to the next."""

    RESPOND_VERIFIED = "M2 verified"
    OFFER_SENT = "addresses gathered, M3 sent"
    OFFER_VERIFIED = "M3 verified"
    PERSON_ANSWERS = "person answers"
    ANSWER_SENT = "addresses gathered, ANSWER sent"
    ANSWER_RECEIVED = "ANSWER received"
    AUTHENTIC_FRAME = "first authentic frame"
    ENDS = "hang-up, refusal, failure or deadline"


class EndSignal(StrEnum):
    """How the other device is told when this side ends the call."""

    ABORT = "ABORT"
    DECLINE = "DECLINE, or HANGUP where the person did not decide"
    HANG_UP = "HANGUP"
    HANG_UP_AND_END = "HANGUP, and END in the media stream"


@dataclass(frozen=True, slots=True)
class Deadline:
    """How long a state may last, in seconds, and the reason when it lasted longer."""

    seconds: float
    reason: EndReason


MEANINGS: dict[State, str] = {
    State.WAIT_RESPOND: "The invite (M1) is out; the callee's device has not answered.",
    State.WAIT_ADDRESSES: "The callee's device is proven (M2); own addresses are being gathered.",
    State.WAIT_ANSWER: "M3 is out; the callee's person has not decided.",
    State.WAIT_OFFER: "M2 is out; nobody has proven who calls, so nothing rings.",
    State.RINGING: "The caller is proven (M3); the person is asked.",
    State.ANSWERING: "The person took the call; own addresses are being gathered.",
    State.CONNECTING: "Both have each other's addresses; nothing authentic was heard.",
    State.SECURE: "The peer's frames authenticate.",
    State.ENDED: "Over; for a few seconds lost farewells are said again.",
}

TRANSITIONS: dict[State, dict[Trigger, State]] = {
    State.WAIT_RESPOND: {
        Trigger.RESPOND_VERIFIED: State.WAIT_ADDRESSES,
        Trigger.ENDS: State.ENDED,
    },
    State.WAIT_ADDRESSES: {
        Trigger.OFFER_SENT: State.WAIT_ANSWER,
        Trigger.ENDS: State.ENDED,
    },
    State.WAIT_ANSWER: {
        Trigger.ANSWER_RECEIVED: State.CONNECTING,
        Trigger.ENDS: State.ENDED,
    },
    State.WAIT_OFFER: {
        Trigger.OFFER_VERIFIED: State.RINGING,
        Trigger.ENDS: State.ENDED,
    },
    State.RINGING: {
        Trigger.PERSON_ANSWERS: State.ANSWERING,
        Trigger.ENDS: State.ENDED,
    },
    State.ANSWERING: {
        Trigger.ANSWER_SENT: State.CONNECTING,
        Trigger.ENDS: State.ENDED,
    },
    State.CONNECTING: {
        Trigger.AUTHENTIC_FRAME: State.SECURE,
        Trigger.ENDS: State.ENDED,
    },
    State.SECURE: {Trigger.ENDS: State.ENDED},
    State.ENDED: {},
}

DEADLINES: dict[State, Deadline] = {
    State.WAIT_RESPOND: Deadline(20, EndReason.SILENT_PEER),
    State.WAIT_ADDRESSES: Deadline(5, EndReason.NO_PATH),
    State.WAIT_ANSWER: Deadline(60, EndReason.NO_ANSWER),
    State.WAIT_OFFER: Deadline(20, EndReason.CANCELLED),
    State.RINGING: Deadline(60, EndReason.CANCELLED),
    State.ANSWERING: Deadline(5, EndReason.NO_PATH),
    State.CONNECTING: Deadline(20, EndReason.NO_PATH),
}

FAREWELLS: dict[State, EndSignal] = {
    State.WAIT_RESPOND: EndSignal.ABORT,
    State.WAIT_ADDRESSES: EndSignal.ABORT,
    State.WAIT_ANSWER: EndSignal.HANG_UP,
    State.WAIT_OFFER: EndSignal.ABORT,
    State.RINGING: EndSignal.DECLINE,
    State.ANSWERING: EndSignal.HANG_UP,
    State.CONNECTING: EndSignal.HANG_UP_AND_END,
    State.SECURE: EndSignal.HANG_UP_AND_END,
}

CALLER_STATES = (State.WAIT_RESPOND, State.WAIT_ADDRESSES, State.WAIT_ANSWER)
CALLEE_STATES = (State.WAIT_OFFER, State.RINGING, State.ANSWERING)
