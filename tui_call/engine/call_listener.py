"""What a call needs of the engine around it."""

from typing import TYPE_CHECKING, Protocol

from tui_call.calls.effects import Ended
from tui_call.calls.path_monitor import PathEvent
from tui_call.e2ee.handshake import PeerIdentity
from tui_call.voice.opus import Coding

if TYPE_CHECKING:
    from tui_call.engine.call import ActiveCall


class CallListener(Protocol):
    """What the engine does when something happens in a call."""

    def send_message(self, call: "ActiveCall", payload: bytes, *, repeat: bool) -> None:
        """Send signaling bytes to the other device of the call."""
        ...

    def peer_proven(self, call: "ActiveCall", peer: PeerIdentity) -> None:
        """Remember the verified identity."""
        ...

    def key_changed(self, call: "ActiveCall", peer: PeerIdentity) -> None:
        """Warn of an account that came with another key."""
        ...

    def rings(self, call: "ActiveCall") -> None:
        """Ring here, or play the ringing tone."""
        ...

    def media_starts(self, call: "ActiveCall") -> None:
        """Connect the audio thread with the call's media."""
        ...

    def tell(self, call: "ActiveCall", code: str) -> None:
        """Tell what happened to mute, hold or path, by the code of its sentence."""
        ...

    def leave_refused(self, call: "ActiveCall", capability: str) -> None:
        """Tell that the peer asked to leave E2EE and that the call stays; nothing is cleaned."""
        ...

    def microphone_silent(self, call: "ActiveCall") -> None:
        """Send silence, or the microphone again, as `figures.silent` says."""
        ...

    def note_arrived(self, call: "ActiveCall", text: str) -> None:
        """Show a note, cleaned."""
        ...

    def path_changed(self, call: "ActiveCall", event: PathEvent) -> None:
        """Show how the path does."""
        ...

    def coding_changed(self, call: "ActiveCall", coding: Coding) -> None:
        """Encode as the path allows."""
        ...

    def call_changed(self, call: "ActiveCall") -> None:
        """Show the call's new state."""
        ...

    def call_ended(self, call: "ActiveCall", end: Ended) -> None:
        """Let go of the sound, and write the call down."""
        ...
