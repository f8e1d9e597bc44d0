"""What a call has with its peer: keys, a control channel, and a way to end that both learn of."""

from tui_call.calls import end_codes
from tui_call.calls.course import Course
from tui_call.calls.effects import Effect, Ended, SendInMedia, SendMessage
from tui_call.calls.introduction import Introduction
from tui_call.calls.saying import Saying, SayingEvent
from tui_call.calls.states import FAREWELLS, EndSignal, State, Trigger
from tui_call.calls.upkeep import Upkeep
from tui_call.e2ee.control_messages import ControlMessage
from tui_call.e2ee.session import PeerIdentity, Session
from tui_call.reasons import EndReason


class SealedCall:
    """The part of a call that is the same at either end, and from its first state to its last.

    Attributes:
        session: the agreed keys, None before, where they were not accepted, and when a call that
            is over lingers no more.
        peer: who the other device has proven to be, None before.
    """

    def __init__(self, introduction: Introduction) -> None:
        first = State.WAIT_RESPOND if introduction.is_caller else State.WAIT_OFFER
        self.session: Session | None = None
        self.peer: PeerIdentity | None = None
        self._introduction = introduction
        self._course = Course(first)
        self._saying: Saying | None = None
        self._upkeep: Upkeep | None = None
        self._silent = False

    @property
    def state(self) -> State:
        """Where it stands."""
        return self._course.state

    @property
    def is_caller(self) -> bool:
        """Whether this side placed the call."""
        return self._introduction.is_caller

    @property
    def takes_notes(self) -> bool:
        """Whether one more note can be said; many that nobody acknowledges are in its way."""
        return self._saying is not None and self._saying.takes_notes

    def _agreed(self) -> None:
        self.session = self._introduction.session
        self._saying = Saying(self.session.control)

    def _say(self, message: ControlMessage, now: float) -> list[Effect]:
        assert self._saying is not None
        return self._saying.say(message, now)

    def _go_on_saying(self, event: SayingEvent, now: float) -> list[Effect]:
        return self._saying.handle(event, now) if self._saying else []

    # The end

    def _hang_up(self, reason: EndReason, now: float) -> list[Effect]:
        """End from this side, and tell the peer in the way that the state allows."""
        told = self._farewell(reason, now)
        return [*told, *self._finish(reason, by_peer=False, now=now)]

    def _farewell(self, reason: EndReason, now: float) -> list[Effect]:
        words = end_codes.farewell(reason, self.state)
        if words is None:
            return [SendMessage(self._introduction.abort(), repeat=True)]
        said = self._say(words, now)
        if FAREWELLS[self.state] is not EndSignal.HANG_UP_AND_END:
            return said
        return [*said, SendInMedia(end=True, code=words.reason)]

    def _hung_up_by_peer(self, code: int, now: float) -> list[Effect]:
        reason = end_codes.hung_up(code, self.state, is_caller=self.is_caller)
        return self._finish(reason, by_peer=True, now=now)

    def _finish(self, reason: EndReason, *, by_peer: bool, now: float) -> list[Effect]:
        return self._over(Ended(reason, by_peer), now)

    def _over(self, end: Ended, now: float) -> list[Effect]:
        self._upkeep = None
        return [*self._course.move(Trigger.ENDS, now), end]

    def _forget(self) -> None:
        """Fall silent and drop the keys: somebody may look at the end of a call for hours."""
        self._silent = True
        self.session = self._saying = None
        self._introduction.forget()
