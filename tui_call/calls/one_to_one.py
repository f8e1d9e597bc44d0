"""A one-to-one E2EE call as a machine: events in, effects out, no clock and no network.

`states.py` has the theory and the table. A machine is made with a handshake that has begun, is
started once, and then fed; its owner carries out the effects in order. After `Ended` the machine
still answers for `LINGER` seconds, so that a hang-up that got lost is said again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from tui_call.calls.events import (
    AcceptAnswer,
    DescriptionReady,
    Effect,
    Ended,
    Event,
    FrameAuthenticated,
    HoldChanged,
    KeyChanged,
    MessageArrived,
    MuteChanged,
    NoteArrived,
    NoteWritten,
    PathLost,
    PeerEndsInMedia,
    PeerHeld,
    PeerHoldsInMedia,
    PeerMuted,
    PeerProven,
    PersonAnswers,
    PersonHangsUp,
    PrepareAnswer,
    PrepareOffer,
    SendInMedia,
    SendMessage,
    StartMedia,
    StartRinging,
    StateChanged,
    TimePassed,
    TransportFailed,
    Undeliverable,
)
from tui_call.calls.states import CALLER_STATES, DEADLINES, TRANSITIONS, State, Trigger
from tui_call.e2ee import control_channel as control
from tui_call.e2ee.errors import ProtocolFailure
from tui_call.e2ee.handshake import (
    CalleeHandshake,
    CallerHandshake,
    PeerIdentity,
    Session,
    abort,
)
from tui_call.e2ee.messages import MessageType, peek
from tui_call.reasons import EndReason

LINGER = 5.0

_END_CODES: dict[EndReason, int] = {
    EndReason.HUNG_UP: 0,
    EndReason.CONNECTION_LOST: 1,
    EndReason.NO_PATH: 2,
    EndReason.CODES_DIFFER: 3,
    EndReason.ENGINE_STOPPED: 4,
    EndReason.NO_ANSWER: 5,
}
_DECLINE_CODES: dict[EndReason, int] = {
    EndReason.DECLINED: 0,
    EndReason.BUSY: 1,
    EndReason.DO_NOT_DISTURB: 2,
    EndReason.NO_ANSWER: 3,
}


@dataclass(frozen=True, slots=True)
class KnownPeer:
    """What this device remembered of the account before the call."""

    identity_key: bytes
    epoch: int


class OneToOneCall:
    """One call with one device of one person."""

    def __init__(
        self, handshake: CallerHandshake | CalleeHandshake, known: KnownPeer | None
    ) -> None:
        """Wrap a handshake that has begun.

        Args:
            handshake: the caller's, or the callee's that has made its M2.
            known: the pin of the account that is called or that the invite claims, if any.
        """
        self._handshake = handshake
        self._known = known
        self.state = (
            State.WAIT_RESPOND if isinstance(handshake, CallerHandshake) else State.WAIT_OFFER
        )
        self.session: Session | None = None
        self.peer: PeerIdentity | None = None
        self._offer = ""
        self._state_since = 0.0
        self._ended_at: float | None = None

    @property
    def is_caller(self) -> bool:
        """Whether this side placed the call."""
        return isinstance(self._handshake, CallerHandshake)

    def start(self, now: float) -> list[Effect]:
        """Send the first message: the invite, or the answer to it."""
        self._state_since = now
        if isinstance(self._handshake, CallerHandshake):
            return [SendMessage(self._handshake.invite, repeat=True), PrepareOffer()]
        return [SendMessage(self._handshake.respond_message, repeat=True)]

    def next_deadline(self) -> float | None:
        """Return the monotonic time at which `TimePassed` has to come, None if never."""
        control_deadline = self.session.control.next_deadline() if self.session else None
        if self._ended_at is not None:
            over = self._ended_at + LINGER
            return control_deadline if control_deadline and control_deadline < over else None
        limit = DEADLINES.get(self.state)
        own = self._state_since + limit.seconds if limit else None
        return min((at for at in (own, control_deadline) if at is not None), default=None)

    def handle(self, event: Event, now: float) -> list[Effect]:
        """Take an event and return what has to be done, in order."""
        if self.state is State.ENDED and not isinstance(event, MessageArrived | TimePassed):
            return []
        match event:
            case MessageArrived():
                return self._message(event, now)
            case DescriptionReady(sdp):
                return self._description(sdp, now)
            case TransportFailed():
                return self._hang_up(EndReason.NO_PATH, now)
            case PersonAnswers():
                return self._answer(now)
            case PersonHangsUp(reason):
                return self._hang_up(reason, now)
            case FrameAuthenticated():
                return self._move(Trigger.AUTHENTIC_FRAME, now) if self._connecting else []
            case PeerEndsInMedia():
                return self._end(EndReason.HUNG_UP, by_peer=True, now=now)
            case PeerHoldsInMedia(on):
                return [PeerHeld(on)]
            case PathLost():
                return self._hang_up(EndReason.CONNECTION_LOST, now)
            case MuteChanged(on):
                return self._say(control.Muted(on), now)
            case HoldChanged(on):
                return [*self._say(control.Hold(on), now), SendInMedia(hold=on)]
            case NoteWritten(text):
                return self._say(control.Note(text), now)
            case Undeliverable():
                return self._undeliverable(now)
            case TimePassed():
                return self._time_passed(now)
            case _:  # pragma: no cover
                assert_never(event)

    @property
    def _connecting(self) -> bool:
        return self.state is State.CONNECTING

    def _move(self, trigger: Trigger, now: float) -> list[Effect]:
        self.state = TRANSITIONS[self.state][trigger]
        self._state_since = now
        return [StateChanged(self.state)]

    def _message(self, event: MessageArrived, now: float) -> list[Effect]:
        try:
            header = peek(event.payload)
            match header.type:
                case MessageType.CTL:
                    return self._control(event.payload, now)
                case MessageType.M1 | MessageType.M3:
                    return self._from_caller(event, header.type, now)
                case MessageType.M2 | MessageType.REFUSE:
                    return self._from_callee(event, header.type, now)
                case MessageType.ABORT:
                    return self._abort(now)
        except ProtocolFailure as failure:
            return self._failure(failure, now)

    def _failure(self, failure: ProtocolFailure, now: float) -> list[Effect]:
        raise NotImplementedError
