"""One side of the question whether E2EE is left, and what it said."""

from tui_call.calls.effects import Effect, SendMessage
from tui_call.calls.leaving import LeaveMessage, Leaving
from tui_call.e2ee.control_messages import ControlMessage


class Side:
    """One `Leaving`, and what it said."""

    def __init__(
        self, *, is_caller: bool = True, allowed: bool = True, room: str = "room 7"
    ) -> None:
        self.said: list[ControlMessage] = []
        self.now = 0.0
        self.leaving = Leaving(self._say, is_caller=is_caller, allowed=allowed, room=room)

    def _say(self, message: ControlMessage, now: float) -> list[Effect]:
        assert now == self.now
        self.said.append(message)
        return [SendMessage(repr(message).encode(), repeat=False)]

    def does(self, event: object) -> list[Effect]:
        """Return what an event of the person leads to, without what is sent."""
        return self._shown(self.leaving.handle(event, self.now))  # type: ignore[arg-type]

    def hears(self, message: LeaveMessage) -> list[Effect]:
        """Return what a message of the peer leads to, without what is sent."""
        return self._shown(self.leaving.received(message, self.now))

    def waits(self, seconds: float) -> list[Effect]:
        self.now += seconds
        return self._shown(self.leaving.time_passed(self.now))

    def _shown(self, effects: list[Effect]) -> list[Effect]:
        return [effect for effect in effects if not isinstance(effect, SendMessage)]
