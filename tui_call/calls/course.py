"""Where a call stands, since when, and how long it may: the tables of `states.py`, followed."""

import math

from tui_call.calls.effects import Effect, StateChanged
from tui_call.calls.states import DEADLINES, TRANSITIONS, State, Trigger
from tui_call.reasons import EndReason

LINGER = 5.0
"""Seconds after the end in which a farewell that got lost is said again."""

HELD_UP_WITHIN = 8.0
"""Seconds; the invite is sent again more often than that, so what came before has passed."""


class Course:
    """The state of one call, and its deadline.

    Attributes:
        state: where the call stands.
    """

    def __init__(self, first: State) -> None:
        self.state = first
        self._since = 0.0
        self._held_up, self._held_up_at = EndReason.TOO_MANY_CALLS, -math.inf

    def begin(self, now: float) -> None:
        """Let time run in the first state."""
        self._since = now

    def move(self, trigger: Trigger, now: float) -> list[Effect]:
        """Go over to another state."""
        self.state, self._since = TRANSITIONS[self.state][trigger], now
        return [StateChanged(self.state)]

    def held_up(self, reason: EndReason, now: float) -> None:
        """Note why the service has not delivered the invite; that is what a silence is due to."""
        self._held_up, self._held_up_at = reason, now

    def next_deadline(self) -> float | None:
        """Return when the state has lasted too long, None where it may last."""
        if self.state is State.ENDED:
            return self._since + LINGER
        limit = DEADLINES.get(self.state)
        return self._since + limit.seconds if limit else None

    def lingers(self, now: float) -> bool:
        """Tell whether a call that is over still answers."""
        return now < self._since + LINGER

    def overdue(self, now: float) -> EndReason | None:
        """Return why the call ends now that its state has lasted too long, None if it has not."""
        limit = DEADLINES.get(self.state)
        if limit is None or now < self._since + limit.seconds:
            return None
        held_up = now < self._held_up_at + HELD_UP_WITHIN
        return self._held_up if self.state is State.WAIT_RESPOND and held_up else limit.reason
