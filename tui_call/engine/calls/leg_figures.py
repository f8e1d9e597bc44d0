"""What is counted and noted of a leg, for those who look at it."""

from dataclasses import dataclass
from typing import Literal

from tui_call.calls.states import State
from tui_call.e2ee.handshake import PeerIdentity


@dataclass(slots=True)
class LegFigures:
    """When things happened, in monotonic seconds, and what either side has said.

    Attributes:
        asked: when this side wanted the call: it was placed, or answered.
        secure: when the first authentic frame came.
        path_number: the path that the call takes.
        path_changes: how often it took another one.
        peer_muted: the peer's microphone is muted.
        peer_on_hold: the peer holds.
        peer_compared: the peer's person says that the code is the same.
        silent: silence is sent instead of the microphone, while leaving E2EE is in question.
    """

    asked: float
    secure: float | None = None
    path_number: int = 0
    path_changes: int = 0
    peer_muted: bool = False
    peer_on_hold: bool = False
    peer_compared: bool = False
    silent: bool = False

    @property
    def setup_ms(self) -> float:
        """From the command to call, or to answer, to the first authentic frame; 0 before."""
        return 0.0 if self.secure is None else (self.secure - self.asked) * 1000


@dataclass(frozen=True, slots=True)
class LegCounts:
    """What is counted of the way of a call's sound, of whichever kind.

    Attributes:
        call_id: 16 bytes.
        datagrams_filtered: dropped at the doors of all paths that there were.
        path_number: the path that the call takes.
        path_changes: how often it took another one.
        setup_ms: from the command to call, or to answer, to the first sound; 0 before.
        generation: how many times fresh keys were agreed.
    """

    call_id: bytes
    datagrams_filtered: int
    path_number: int
    path_changes: int
    setup_ms: float
    generation: int = 0


@dataclass(frozen=True, slots=True)
class LegFacts:
    """How a leg stood when something was last heard of it.

    Attributes:
        device: 16 bytes.
        peer: who is at the other end, None before that is proven.
        state: where it stands.
        path: how packets travel, "" before they do.
        without_relay: a path came to nothing as none of the relays that it needed answered.
        quality: one word for the path, "" while there is no sound.
        peer_muted: the peer's microphone is muted.
        peer_on_hold: the peer holds.
        peer_compared: the peer's person says that the code is the same.
        silent: silence is sent instead of the microphone, while leaving E2EE is in question.
        compare_by: when the call ends unless the code is compared, in seconds on the clock of
            calls; None where it need not be.
    """

    device: bytes
    peer: PeerIdentity | None
    state: State
    path: str
    without_relay: bool
    quality: Literal["", "good", "fair", "poor", "lost"]
    peer_muted: bool
    peer_on_hold: bool
    peer_compared: bool
    silent: bool
    compare_by: float | None
