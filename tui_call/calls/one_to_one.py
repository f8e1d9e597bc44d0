"""A one-to-one E2EE call as a machine: events in, effects out, no clock and no network.

`states.py` has the theory and the tables. A machine is made with a handshake that has begun, and
then fed, first with `CallBegins`; its owner carries out the effects in order. No event is wrong in
any state: what does not fit is ignored. After `Ended` the machine still answers for `LINGER`
seconds, so that a farewell that got lost is said again; then it is silent for good, and has no
keys.
"""

from typing import assert_never

from tui_call.calls import end_codes
from tui_call.calls.conversation import Conversation
from tui_call.calls.effects import (
    AcceptAnswer,
    Effect,
    Ended,
    KeyChanged,
    PeerProven,
    PrepareAnswer,
    PrepareOffer,
    SendMessage,
    StartMedia,
    StartRinging,
)
from tui_call.calls.events import (
    AddressesChanged,
    CallBegins,
    ControlAcknowledged,
    DescriptionReady,
    Event,
    FrameAuthenticated,
    MediaEvent,
    MessageArrived,
    PathLost,
    PeerEndsInMedia,
    PeerHoldsInMedia,
    PersonAnswers,
    PersonEvent,
    PersonHangsUp,
    ServiceBack,
    TimePassed,
    TransportEvent,
    TransportFailed,
    Undeliverable,
    UpkeepEvent,
)
from tui_call.calls.introduction import Introduction, KnownPeer
from tui_call.calls.leaving import LeaveMessage
from tui_call.calls.peer_news import NewsMessage
from tui_call.calls.reconnecting import PathMessage
from tui_call.calls.rekeying import RekeyMessage
from tui_call.calls.rules import CallRules
from tui_call.calls.sealed_call import SealedCall
from tui_call.calls.states import State, Trigger
from tui_call.calls.upkeep import Upkeep
from tui_call.e2ee import control_channel as control
from tui_call.e2ee.description import check_description, read_description
from tui_call.e2ee.errors import ProtocolFailure
from tui_call.e2ee.handshake import CalleeHandshake, CallerHandshake
from tui_call.e2ee.messages import MessageType
from tui_call.reasons import EndReason

_NO_RULES = CallRules()


class OneToOneCall(SealedCall):
    """One call with one device of one person."""

    def __init__(
        self,
        handshake: CallerHandshake | CalleeHandshake,
        known: KnownPeer | None,
        rules: CallRules = _NO_RULES,
    ) -> None:
        """Wrap a handshake that has begun.

        Args:
            handshake: the caller's, or the callee's that has made its M2.
            known: the pin of the account that is called or that the invite claims, if any.
            rules: what holds for this call to its end.
        """
        super().__init__(Introduction(handshake, known))
        self._conversation = Conversation(self._say, rules, is_caller=self.is_caller)
        self._offer = ""
        self._offer_is_stale = False
        self._rekey_interval = rules.rekey_interval

    def expect(self, shown: KnownPeer) -> None:
        """Let no M2 verify but that of the key, and of no lower epoch, that another leg showed."""
        self._introduction.expect(shown)

    def _begin(self, now: float) -> list[Effect]:
        self._course.begin(now)
        first = SendMessage(self._introduction.first_message, repeat=True)
        return [first, PrepareOffer()] if self.is_caller else [first]

    def next_deadline(self) -> float | None:
        """Return the monotonic time at which `TimePassed` has to come, None if never."""
        if self._silent:
            return None
        control_deadline = self._saying.next_deadline() if self._saying else None
        upkeep_deadline = self._upkeep.next_deadline() if self._upkeep else None
        talk_deadline = self._conversation.next_deadline() if self._in_call else None
        deadlines = (
            self._course.next_deadline(), control_deadline, upkeep_deadline, talk_deadline
        )  # fmt: skip
        return min((at for at in deadlines if at is not None), default=None)

    @property
    def compare_by(self) -> float | None:
        """When the call ends unless the code is compared, None where it need not be."""
        return self._conversation.compare_by if self._in_call else None

    @property
    def _in_call(self) -> bool:
        return self.state is State.SECURE

    def handle(self, event: Event, now: float) -> list[Effect]:
        """Take an event and return what has to be done, in order."""
        if self.state is State.ENDED:
            return self._after_the_end(event, now)
        if isinstance(event, MediaEvent):
            return self._media(event, now)
        if isinstance(event, UpkeepEvent):
            return self._keep_up(event, now)
        if isinstance(event, PersonEvent):
            return self._person(event, now)
        if isinstance(event, TransportEvent):
            return self._transport(event, now)
        match event:
            case CallBegins():
                return self._begin(now)
            case MessageArrived():
                return self._message(event, now)
            case Undeliverable(held_up):
                return self._undeliverable(held_up, now)
            case TimePassed():
                return self._time_passed(now)
            case _:  # pragma: no cover
                assert_never(event)

    def _media(self, event: MediaEvent, now: float) -> list[Effect]:
        if self.state not in (State.CONNECTING, State.SECURE):
            return []
        match event:
            case FrameAuthenticated():
                secure = self._secure(now) if self.state is State.CONNECTING else []
                return [*secure, *(self._upkeep.handle(event, now) if self._upkeep else [])]
            case PeerEndsInMedia(code):
                return self._hung_up_by_peer(code, now)
            case PeerHoldsInMedia(on):
                return self._conversation.held_in_media(on, now)
            case ControlAcknowledged():
                return self._go_on_saying(event, now)
            case PathLost():
                return self._hang_up(EndReason.CONNECTION_LOST, now)
            case _:  # pragma: no cover
                assert_never(event)

    def _keep_up(self, event: UpkeepEvent, now: float) -> list[Effect]:
        hurried = self._go_on_saying(event, now) if isinstance(event, ServiceBack) else []
        if self._upkeep is not None:
            return [*hurried, *self._upkeep.handle(event, now)]
        return self._describe_anew() if isinstance(event, AddressesChanged) else hurried

    def _person(self, event: PersonEvent, now: float) -> list[Effect]:
        match event:
            case PersonAnswers():
                return self._answer(now)
            case PersonHangsUp(reason):
                return self._hang_up(reason, now)
            case _:
                return self._conversation.handle(event, self.state, now)

    # Messages

    def _message(self, event: MessageArrived, now: float) -> list[Effect]:
        message_type = self._introduction.type_of(event.payload)
        try:
            match message_type, self.state:
                case None, _:
                    return []
                case MessageType.CTL, _:
                    return self._control(event.payload, now)
                case MessageType.M2, State.WAIT_RESPOND:
                    return self._responded(event, now)
                case MessageType.REFUSE, State.WAIT_RESPOND:
                    return self._refused(event, now)
                case MessageType.M3, State.WAIT_OFFER:
                    return self._offered(event, now)
                # ABORT is not authentic: it counts only before M3 was sent or accepted.
                case MessageType.ABORT, State.WAIT_RESPOND | State.WAIT_ADDRESSES:
                    return self._finish(EndReason.HANDSHAKE_FAILED, by_peer=True, now=now)
                case MessageType.ABORT, State.WAIT_OFFER:
                    return self._finish(EndReason.CANCELLED, by_peer=True, now=now)
                case _:
                    again = self._introduction.stored_answer(message_type, event.payload, now)
                    return [SendMessage(again, repeat=False)] if again else []
        except ProtocolFailure as failure:
            # The leg ends at the first message that should have verified and did not.
            return [] if failure.harmless else self._hang_up(EndReason.HANDSHAKE_FAILED, now)

    def _responded(self, event: MessageArrived, now: float) -> list[Effect]:
        peer = self._introduction.receive_respond(event.payload, event.wall)
        if self._introduction.is_changed(peer):
            return [KeyChanged(peer), *self._hang_up(EndReason.KEY_CHANGED, now)]
        self.peer = peer
        if not self._introduction.is_expected(peer):
            return self._hang_up(EndReason.HANDSHAKE_FAILED, now)
        moved = self._course.move(Trigger.RESPOND_VERIFIED, now)
        return [*moved, *(self._send_offer(now) if self._offer else [])]

    def _refused(self, event: MessageArrived, now: float) -> list[Effect]:
        refusal = self._introduction.receive_refusal(event.payload, event.wall)
        reason = EndReason.UNSIGNED_REFUSAL if refusal is None else EndReason.E2EE_OFF
        return self._over(Ended(reason, by_peer=True, refusal=refusal), now)

    def _offered(self, event: MessageArrived, now: float) -> list[Effect]:
        offer = self._introduction.receive_offer(event.payload, event.wall)
        if self._introduction.is_changed(offer.peer):
            # Nothing is said: what is remembered here is nobody else's business.
            ended = self._finish(EndReason.KEY_CHANGED, by_peer=False, now=now)
            return [KeyChanged(offer.peer), *ended]
        self.peer = offer.peer
        self._agreed()
        self._offer = read_description(offer.description)
        return [
            PeerProven(offer.peer),
            *self._course.move(Trigger.OFFER_VERIFIED, now),
            StartRinging(),
            *self._say(control.Ringing(), now),
        ]

    # The control channel

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
            case control.Answer(sdp):
                return self._answered(sdp, now)
            case control.Decline(code):
                return self._finish(end_codes.declined(code, self.state), by_peer=True, now=now)
            case control.HangUp(code):
                return self._hung_up_by_peer(code, now)
            case _:
                return self._said_of_the_call(message, now)

    def _said_of_the_call(
        self, message: NewsMessage | LeaveMessage | RekeyMessage | PathMessage, now: float
    ) -> list[Effect]:
        """Take what concerns the peer, the kind of the call, its keys or its path."""
        if isinstance(message, NewsMessage | LeaveMessage):
            return self._conversation.received(message, self.state, now)
        return self._upkeep.received(message, now) if self._upkeep else []

    # Steps

    def _transport(self, event: TransportEvent, now: float) -> list[Effect]:
        match event:
            case DescriptionReady(sdp):
                return self._description(sdp, now)
            case TransportFailed():
                return [] if self.state is State.SECURE else self._hang_up(EndReason.NO_PATH, now)
            case _:  # pragma: no cover
                assert_never(event)

    def _description(self, sdp: str, now: float) -> list[Effect]:
        """Use the own description; without a proper one there is no path."""
        try:
            match self.state:
                case State.WAIT_RESPOND | State.WAIT_ADDRESSES:
                    check_description(sdp)
                    self._offer = sdp
                    return self._send_offer(now) if self.state is State.WAIT_ADDRESSES else []
                case State.ANSWERING:
                    return self._send_answer(control.Answer(sdp), now)
                case _:
                    return []
        except ProtocolFailure:
            return self._hang_up(EndReason.NO_PATH, now)

    def _send_offer(self, now: float) -> list[Effect]:
        assert self.peer is not None
        message = self._introduction.offer(self._offer)
        self._agreed()
        return [
            PeerProven(self.peer),
            SendMessage(message, repeat=True),
            *self._course.move(Trigger.OFFER_SENT, now),
            *self._conversation.agreed(now),
        ]

    def _describe_anew(self) -> list[Effect]:
        """Gather again what nobody was told; what is told already is made good on a new path."""
        if self.state in (State.WAIT_RESPOND, State.WAIT_ADDRESSES):
            self._offer = ""
            return [PrepareOffer()]
        if self.state is State.ANSWERING:
            return [PrepareAnswer(self._offer)]
        self._offer_is_stale = self.state is State.WAIT_ANSWER
        return []

    def _answer(self, now: float) -> list[Effect]:
        if self.state is not State.RINGING:
            return []
        return [*self._course.move(Trigger.PERSON_ANSWERS, now), PrepareAnswer(self._offer)]

    def _send_answer(self, answer: control.Answer, now: float) -> list[Effect]:
        assert self.session is not None
        said = self._say(answer, now)
        return [self._start_media(now), *said, *self._course.move(Trigger.ANSWER_SENT, now)]

    def _answered(self, sdp: str, now: float) -> list[Effect]:
        if self.state is not State.WAIT_ANSWER:
            return []
        return [
            self._start_media(now),
            AcceptAnswer(sdp),
            *self._course.move(Trigger.ANSWER_RECEIVED, now),
            *(self._keep_up(AddressesChanged(), now) if self._offer_is_stale else []),
        ]

    def _start_media(self, now: float) -> StartMedia:
        assert self.session is not None
        self._upkeep = Upkeep(self.session, self._say, now, self._rekey_interval)
        return StartMedia(self.session)

    def _secure(self, now: float) -> list[Effect]:
        moved = self._course.move(Trigger.AUTHENTIC_FRAME, now)
        return [*moved, *self._conversation.secured(now)]

    # The end

    def _undeliverable(self, held_up: EndReason | None, now: float) -> list[Effect]:
        """Nobody is there for the invite; other losses are the retries' business."""
        if self.state is not State.WAIT_RESPOND:
            return []
        if held_up is not None:
            self._course.held_up(held_up, now)
            return []
        return self._finish(EndReason.OFFLINE, by_peer=False, now=now)

    def _time_passed(self, now: float) -> list[Effect]:
        repeated = self._go_on_saying(TimePassed(), now)
        if self.state is State.SECURE:
            repeated += self._conversation.time_passed(now)
            if self._conversation.not_compared(now):
                return [*repeated, *self._hang_up(EndReason.NOT_COMPARED, now)]
        if self._upkeep is not None:
            repeated += self._upkeep.time_passed(now)
        overdue = self._course.overdue(now)
        return repeated if overdue is None else [*repeated, *self._hang_up(overdue, now)]

    def _after_the_end(self, event: Event, now: float) -> list[Effect]:
        """Answer what the peer repeats because it has not heard of the end; then be silent."""
        if self._silent or not self._course.lingers(now):
            self._forget()
            return []
        match event:
            case TimePassed() | ServiceBack() | ControlAcknowledged():
                return self._go_on_saying(event, now)
            case MessageArrived():
                return self._message(event, now)
            case _:
                return []
