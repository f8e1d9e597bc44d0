"""A one-to-one E2EE call as a machine: events in, effects out, no clock and no network.

`states.py` has the theory and the table. A machine is made with a handshake that has begun, is
started once, and then fed; its owner carries out the effects in order. After `Ended` the machine
still answers for `LINGER` seconds, so that a hang-up that got lost is said again.
"""

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
from tui_call.calls.states import DEADLINES, TRANSITIONS, State, Trigger
from tui_call.e2ee import control_channel as control
from tui_call.e2ee.errors import ProtocolFailure
from tui_call.e2ee.handshake import (
    CalleeHandshake,
    CallerHandshake,
    PeerIdentity,
    Refusal,
    Session,
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

    def handle(self, event: Event, now: float) -> list[Effect]:  # noqa: C901 - an arm an event
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
                return self._finish(EndReason.HUNG_UP, by_peer=True, now=now)
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

    # Messages

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
                    return self._aborted(now)
        except ProtocolFailure as failure:
            return self._failed(failure, now)

    def _from_caller(
        self, event: MessageArrived, message_type: MessageType, now: float
    ) -> list[Effect]:
        handshake = self._handshake
        if not isinstance(handshake, CalleeHandshake):
            return []
        if message_type is MessageType.M1:
            same = handshake.is_same_invite(event.payload)
            return [SendMessage(handshake.respond_message, repeat=False)] if same else []
        if self.state is not State.WAIT_OFFER:
            return []
        offer = handshake.receive_offer(
            event.payload, event.wall, self._lowest_epoch, pinned_key=self._pinned_key
        )
        self.session, self._offer = handshake.session, offer.sdp
        if stopped := self._changed_key(offer.peer, now):
            return stopped
        return [
            *self._prove(offer.peer),
            *self._move(Trigger.OFFER_VERIFIED, now),
            StartRinging(),
            *self._say(control.Ringing(), now),
        ]

    def _from_callee(
        self, event: MessageArrived, message_type: MessageType, now: float
    ) -> list[Effect]:
        handshake = self._handshake
        if not isinstance(handshake, CallerHandshake):
            return []
        if self.state is State.WAIT_RESPOND and message_type is MessageType.REFUSE:
            return self._refused(handshake.receive_refusal(event.payload, event.wall), now)
        if self.state is State.WAIT_RESPOND:
            peer = handshake.receive_respond(
                event.payload, event.wall, self._lowest_epoch, pinned_key=self._pinned_key
            )
            if stopped := self._changed_key(peer, now):
                return stopped
            self.peer = peer
            moved = self._move(Trigger.RESPOND_VERIFIED, now)
            return [*moved, *(self._send_offer(now) if self._offer else [])]
        if self.session and handshake.is_same_respond(event.payload):
            return [SendMessage(handshake.stored_offer, repeat=False)]
        return []

    @property
    def _lowest_epoch(self) -> int:
        return self._known.epoch if self._known else 0

    @property
    def _pinned_key(self) -> bytes | None:
        return self._known.identity_key if self._known else None

    def _changed_key(self, peer: PeerIdentity, now: float) -> list[Effect]:
        if self._known is None or self._known.identity_key == peer.identity_key:
            return []
        effects = self._finish(EndReason.KEY_CHANGED, by_peer=False, now=now)
        told = [] if self.session else [SendMessage(self._handshake.abort(), repeat=False)]
        return [KeyChanged(peer), *told, *effects]

    def _prove(self, peer: PeerIdentity) -> list[Effect]:
        self.peer = peer
        return [PeerProven(peer)]

    def _refused(self, refusal: Refusal, now: float) -> list[Effect]:
        """Believe a refusal only from the key that is pinned for the account (e2ee.md)."""
        pinned = (
            self._known is not None
            and self._known.identity_key == refusal.peer.identity_key
            and refusal.peer.epoch >= self._known.epoch
        )
        reason = EndReason.E2EE_OFF if pinned else EndReason.UNSIGNED_REFUSAL
        return self._finish(reason, by_peer=True, now=now)

    def _aborted(self, now: float) -> list[Effect]:
        """Honour ABORT, which is not authentic, only before M3 was sent or accepted."""
        match self.state:
            case State.WAIT_RESPOND | State.WAIT_ADDRESSES:
                return self._finish(EndReason.HANDSHAKE_FAILED, by_peer=True, now=now)
            case State.WAIT_OFFER:
                return self._finish(EndReason.CANCELLED, by_peer=True, now=now)
            case _:
                return []

    def _failed(self, failure: ProtocolFailure, now: float) -> list[Effect]:
        """End the leg at the first message that should have verified and did not."""
        if self.state not in (State.WAIT_RESPOND, State.WAIT_OFFER) or failure.harmless:
            return []
        told = SendMessage(self._handshake.abort(), repeat=False)
        return [told, *self._finish(EndReason.HANDSHAKE_FAILED, by_peer=False, now=now)]

    # The control channel

    def _say(self, message: control.ControlMessage, now: float) -> list[Effect]:
        if self.session is None:
            return []
        return [SendMessage(self.session.control.seal(message, now), repeat=False)]

    def _control(self, payload: bytes, now: float) -> list[Effect]:
        if self.session is None:
            return []
        received = self.session.control.receive(payload, now)
        effects: list[Effect] = [SendMessage(wire, repeat=False) for wire in received.send]
        for message in received.messages:
            effects.extend(self._said(message, now))
        return effects

    def _said(self, message: control.ControlMessage, now: float) -> list[Effect]:
        if self.state is State.ENDED:
            return []
        match message:
            case control.Ringing():
                return [StartRinging()] if self.state is State.WAIT_ANSWER else []
            case control.Answer(sdp):
                return self._answered(sdp, now)
            case control.Decline(code):
                return self._finish(_reason(_DECLINE_CODES, code), by_peer=True, now=now)
            case control.HangUp(code):
                return self._finish(self._hung_up(code), by_peer=True, now=now)
            case control.Hold(on):
                return [PeerHeld(on)]
            case control.Muted(on):
                return [PeerMuted(on)]
            case control.Note(text):
                return [NoteArrived(text)] if self.state is State.SECURE else []
            case _:
                return []  # leaving, reconnecting and new keys are for calls that have them

    def _hung_up(self, code: int) -> EndReason:
        if self.state in (State.RINGING, State.WAIT_OFFER):
            return EndReason.CANCELLED
        return _reason(_END_CODES, code)

    # Steps

    def _description(self, sdp: str, now: float) -> list[Effect]:
        match self.state:
            case State.WAIT_RESPOND:
                self._offer = sdp
                return []
            case State.WAIT_ADDRESSES:
                self._offer = sdp
                return self._send_offer(now)
            case State.ANSWERING:
                assert self.session is not None
                said = self._say(control.Answer(sdp), now)
                return [StartMedia(self.session), *said, *self._move(Trigger.ANSWER_SENT, now)]
            case _:
                return []

    def _send_offer(self, now: float) -> list[Effect]:
        assert isinstance(self._handshake, CallerHandshake)
        assert self.peer is not None
        message = self._handshake.offer(self._offer)
        self.session = self._handshake.session
        return [
            *self._prove(self.peer),
            SendMessage(message, repeat=True),
            *self._move(Trigger.OFFER_SENT, now),
        ]

    def _answer(self, now: float) -> list[Effect]:
        if self.state is not State.RINGING:
            return []
        return [*self._move(Trigger.PERSON_ANSWERS, now), PrepareAnswer(self._offer)]

    def _answered(self, sdp: str, now: float) -> list[Effect]:
        if self.state is not State.WAIT_ANSWER:
            return []
        assert self.session is not None
        return [
            StartMedia(self.session),
            AcceptAnswer(sdp),
            *self._move(Trigger.ANSWER_RECEIVED, now),
        ]

    # The end

    def _undeliverable(self, now: float) -> list[Effect]:
        """Nobody is there for the invite; later losses are the retries' business."""
        if self.state is not State.WAIT_RESPOND:
            return []
        return self._finish(EndReason.OFFLINE, by_peer=False, now=now)

    def _time_passed(self, now: float) -> list[Effect]:
        effects: list[Effect] = []
        if self.session:
            effects = [SendMessage(wire, repeat=False) for wire in self.session.control.due(now)]
        limit = DEADLINES.get(self.state)
        if limit and now >= self._state_since + limit.seconds:
            effects.extend(self._hang_up(limit.reason, now))
        return effects

    def _hang_up(self, reason: EndReason, now: float) -> list[Effect]:
        """End from this side, and tell the peer in the way that the state allows."""
        if self.session is None:
            told: list[Effect] = [SendMessage(self._handshake.abort(), repeat=False)]
        elif self.state is State.RINGING:
            code = _DECLINE_CODES.get(reason, _DECLINE_CODES[EndReason.NO_ANSWER])
            told = self._say(control.Decline(code), now)
        else:
            code = _END_CODES.get(reason, _END_CODES[EndReason.HUNG_UP])
            told = [*self._say(control.HangUp(code), now), SendInMedia(end=True)]
        return [*told, *self._finish(reason, by_peer=False, now=now)]

    def _finish(self, reason: EndReason, *, by_peer: bool, now: float) -> list[Effect]:
        self._ended_at = now
        return [*self._move(Trigger.ENDS, now), Ended(reason, by_peer)]


def _reason(codes: dict[EndReason, int], code: int) -> EndReason:
    """Return the reason of a code on the wire; an unknown one is the first of the table."""
    return next((reason for reason, known in codes.items() if known == code), next(iter(codes)))
