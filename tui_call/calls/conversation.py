"""What two people do in a call beside speaking: mute, hold, notes, comparing, leaving E2EE.

What a person did before the other side could hear of it is said as soon as that can be: that the
microphone is muted with the keys, and a hold with the first sound.
"""

from typing import assert_never

from tui_call.calls.comparison_deadline import ComparisonDeadline
from tui_call.calls.effects import Effect, SendInMedia
from tui_call.calls.events import (
    CodesCompared,
    HoldChanged,
    MuteChanged,
    NoteWritten,
    PersonAgreesToLeave,
    PersonAsksToLeave,
    PersonRefusesToLeave,
    PersonTakesLeaveBack,
    TalkEvent,
)
from tui_call.calls.leaving import LeaveMessage, Leaving
from tui_call.calls.peer_news import NewsMessage, PeerNews
from tui_call.calls.rules import CallRules
from tui_call.calls.saying import Say
from tui_call.calls.states import State
from tui_call.e2ee.control_messages import Compared, Hold, Muted, Note

_WITHOUT_KEYS = (State.WAIT_RESPOND, State.WAIT_ADDRESSES, State.WAIT_OFFER)


class Conversation:
    """What is between the people of one call.

    Args:
        say: says a message to the peer, once there are keys.
        rules: of the call.
        is_caller: this side placed it.
    """

    def __init__(self, say: Say, rules: CallRules, *, is_caller: bool) -> None:
        self._say = say
        self._comparison = ComparisonDeadline(rules.must_compare)
        self._leaving = Leaving(say, is_caller=is_caller, allowed=rules.may_leave, room=rules.room)
        self._news = PeerNews()
        self._muted = self._held = False

    @property
    def compare_by(self) -> float | None:
        """When the call ends unless the code is compared, None where it need not be."""
        return self._comparison.next_deadline()

    def next_deadline(self) -> float | None:
        """Return when `time_passed` has something to do while people speak, None if never."""
        deadlines = (self.compare_by, self._leaving.next_deadline())
        return min((at for at in deadlines if at is not None), default=None)

    def time_passed(self, now: float) -> list[Effect]:
        """Take back a question that nobody answered."""
        return self._leaving.time_passed(now)

    def not_compared(self, now: float) -> bool:
        """Tell whether the call has to end now, because nobody compared the code."""
        return self._comparison.passed(now)

    def handle(self, event: TalkEvent, state: State, now: float) -> list[Effect]:
        """Take what the person here does in a state of the call."""
        in_call = state is State.SECURE
        match event:
            case MuteChanged(on):
                self._muted = on
                return [] if state in _WITHOUT_KEYS else self._say(Muted(on), now)
            case HoldChanged(on):
                self._held = on
                return self._say_hold(now) if in_call else []
            case NoteWritten(text):
                return self._say(Note(text), now) if in_call else []
            case CodesCompared(on):
                news = self._comparison.compared(on)
                return self._say(Compared(on), now) if news and in_call else []
            case (
                PersonAsksToLeave()
                | PersonTakesLeaveBack()
                | PersonAgreesToLeave()
                | PersonRefusesToLeave()
            ):
                return self._leaving.handle(event, now) if in_call else []
            case _:  # pragma: no cover
                assert_never(event)

    def agreed(self, now: float) -> list[Effect]:
        """Say to whom M3 went that the microphone is muted."""
        return self._say(Muted(on=True), now) if self._muted else []

    def secured(self, now: float) -> list[Effect]:
        """Begin: people can speak from now on."""
        self._comparison.secured(now)
        held = self._say_hold(now) if self._held else []
        return [*self._news.secured(), *held]

    def received(
        self, message: NewsMessage | LeaveMessage, state: State, now: float
    ) -> list[Effect]:
        """Take what the peer's person does."""
        if isinstance(message, NewsMessage):
            return self._news.received(message, state)
        return self._leaving.received(message, now) if state is State.SECURE else []

    def held_in_media(self, on: bool, now: float) -> list[Effect]:
        """Take what the peer's sound says of hold."""
        return self._news.held_in_media(on, now)

    def _say_hold(self, now: float) -> list[Effect]:
        return [*self._say(Hold(self._held), now), SendInMedia(hold=self._held)]
