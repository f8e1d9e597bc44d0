"""What this side says on the control channel, no faster than the peer acknowledges it.

A peer that acknowledges nothing gets as many messages as its receiver keeps, and the repetitions of
these. Everything else waits here unsealed. Of what waits a later message takes the place of an
earlier one of its kind, which says nothing any more: a path that was given up, a microphone that
was opened meanwhile. Notes are kept, a few. So what waits is bounded whatever a peer asks for,
however often, and however long the service is away. An end leaves out all that waits before it.
"""

from collections.abc import Callable
from typing import assert_never

from tui_call.calls.effects import Effect, SendMessage
from tui_call.calls.events import ControlAcknowledged, ServiceBack, TimePassed
from tui_call.e2ee.control_channel import ControlChannel
from tui_call.e2ee.control_messages import ControlMessage, Decline, HangUp, Note

MOST_NOTES_WAITING = 32

SayingEvent = TimePassed | ServiceBack | ControlAcknowledged
"""What may let something be said, or said again."""

Say = Callable[[ControlMessage, float], list[Effect]]
"""What says a message to the peer at a time in monotonic seconds."""


class Saying:
    """One side's way to the peer, in order.

    Args:
        channel: seals, and knows what the peer has acknowledged.
    """

    def __init__(self, channel: ControlChannel) -> None:
        self._channel = channel
        self._waiting: list[ControlMessage] = []
        self._tried = 0.0

    @property
    def takes_notes(self) -> bool:
        """Whether one more note can be said, if not at once."""
        return sum(isinstance(at, Note) for at in self._waiting) < MOST_NOTES_WAITING

    def say(self, message: ControlMessage, now: float) -> list[Effect]:
        """Say something now if the peer keeps up, else in its turn."""
        if isinstance(message, HangUp | Decline):
            self._waiting.clear()
        elif not isinstance(message, Note):
            self._waiting = [at for at in self._waiting if type(at) is not type(message)]
        elif not self.takes_notes:
            return []
        self._waiting.append(message)
        return self._go_on(now)

    def next_deadline(self) -> float | None:
        """Return when `handle` has something to do, None if never."""
        if self._waiting and self._channel.has_room:
            return self._tried  # the peer has acknowledged something since
        return self._channel.next_deadline()

    def handle(self, event: SayingEvent, now: float) -> list[Effect]:
        """Repeat what is due, which all is where the service is back; say what waited for room."""
        match event:
            case ControlAcknowledged(next_expected):
                self._channel.acknowledge(next_expected, now)
            case ServiceBack():
                self._channel.hurry(now)
            case TimePassed():
                pass
            case _:  # pragma: no cover
                assert_never(event)
        repeated: list[Effect] = [SendMessage(at, repeat=False) for at in self._channel.due(now)]
        return [*repeated, *self._go_on(now)]

    def _go_on(self, now: float) -> list[Effect]:
        self._tried = now
        said: list[Effect] = []
        while self._waiting and self._channel.has_room:
            wire = self._channel.seal(self._waiting.pop(0), now)
            said.append(SendMessage(wire, repeat=False))
        return said
