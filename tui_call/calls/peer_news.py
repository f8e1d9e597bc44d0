"""What the peer's device says of the peer: that it rings, hold, mute, notes, that people compared.

Nothing of it changes the call or its keys. It is told when it is news: the ringing tone begins
once, a change that came on two ways counts once, and a note that came a moment before the call was
secure here is shown when it is.
"""

from typing import assert_never

from tui_call.calls.effects import (
    Effect,
    NoteArrived,
    PeerCompared,
    PeerHeld,
    PeerMuted,
    StartRinging,
)
from tui_call.calls.peer_hold import PeerHold
from tui_call.calls.states import State
from tui_call.e2ee.control_messages import Compared, Hold, Muted, Note, Ringing

NewsMessage = Ringing | Hold | Muted | Note | Compared


class PeerNews:
    """What is known of the peer in one call."""

    def __init__(self) -> None:
        self._hold = PeerHold()
        self._rang = False
        self._early_notes: list[str] = []

    def received(self, message: NewsMessage, state: State) -> list[Effect]:
        """Take what the control channel brings in a state of the call."""
        match message:
            case Ringing():
                news = state is State.WAIT_ANSWER and not self._rang
                self._rang = self._rang or news
                return [StartRinging()] if news else []
            case Hold(on):
                return [PeerHeld(on)] if self._hold.in_order(on) else []
            case Muted(on):
                return [PeerMuted(on)]
            case Note(text):
                return self._noted(text, state)
            case Compared(on):
                return [PeerCompared(on)] if state is State.SECURE else []
            case _:  # pragma: no cover
                assert_never(message)

    def held_in_media(self, on: bool, now: float) -> list[Effect]:
        """Take what the sound says of hold."""
        return [PeerHeld(on)] if self._hold.in_media(on, now) else []

    def secured(self) -> list[Effect]:
        """Show the notes that came early."""
        notes, self._early_notes = self._early_notes, []
        return [NoteArrived(text) for text in notes]

    def _noted(self, text: str, state: State) -> list[Effect]:
        if state is State.SECURE:
            return [NoteArrived(text)]
        if state is State.CONNECTING:
            self._early_notes.append(text)
        return []
