"""What goes into a one-to-one call and what comes out of it: frozen values.

Events are things that happened to the call; effects are things that its owner has to do. SDP
descriptions appear here in the clear only between the call and the transport of this device.
"""

from dataclasses import dataclass

from tui_call.calls.states import State
from tui_call.e2ee.control_channel import Note
from tui_call.e2ee.handshake import PeerIdentity, RefusalReason, Session
from tui_call.reasons import EndReason

# Events


@dataclass(frozen=True, slots=True)
class MessageArrived:
    """Signaling bytes for this call from the other device.

    Attributes:
        payload: as sent by the peer.
        wall: Unix seconds, for the validity of credentials.
    """

    payload: bytes
    wall: float


@dataclass(frozen=True, slots=True)
class DescriptionReady:
    """The transport has gathered addresses: the own offer (caller) or answer (callee) as SDP."""

    sdp: str


@dataclass(frozen=True, slots=True)
class TransportFailed:
    """The transport cannot make a path from what it was given.

    A path that worked and fails later is silent; that is `PathLost`.
    """


@dataclass(frozen=True, slots=True)
class PersonAnswers:
    """The person takes the call."""


@dataclass(frozen=True, slots=True)
class PersonHangsUp:
    """The person, or this engine for a reason of its own, ends, cancels or declines the call."""

    reason: EndReason = EndReason.HUNG_UP


@dataclass(frozen=True, slots=True)
class FrameAuthenticated:
    """A media frame from the peer was authentic."""


@dataclass(frozen=True, slots=True)
class PeerEndsInMedia:
    """An END block arrived in an authentic frame; `code` is its reason."""

    code: int = 0


@dataclass(frozen=True, slots=True)
class PeerHoldsInMedia:
    """A HOLD block arrived in an authentic frame."""

    on: bool


@dataclass(frozen=True, slots=True)
class PathLost:
    """No authentic frame arrived for as long as a call may be without one."""


@dataclass(frozen=True, slots=True)
class MuteChanged:
    """The own microphone was muted or opened."""

    on: bool


@dataclass(frozen=True, slots=True)
class HoldChanged:
    """The person holds or resumes the call."""

    on: bool


@dataclass(frozen=True, slots=True)
class NoteWritten:
    """The person sends a note.

    Attributes:
        text: at most 2000 bytes in UTF-8; ValueError when it is made of more.
    """

    text: str

    def __post_init__(self) -> None:
        Note(self.text)


@dataclass(frozen=True, slots=True)
class Undeliverable:
    """The service says that the other device cannot be reached now."""


@dataclass(frozen=True, slots=True)
class TimePassed:
    """A deadline of `next_deadline` was reached."""


Event = (
    MessageArrived
    | DescriptionReady
    | TransportFailed
    | PersonAnswers
    | PersonHangsUp
    | FrameAuthenticated
    | PeerEndsInMedia
    | PeerHoldsInMedia
    | PathLost
    | MuteChanged
    | HoldChanged
    | NoteWritten
    | Undeliverable
    | TimePassed
)

# Effects


@dataclass(frozen=True, slots=True)
class SendMessage:
    """Send bytes to the other device.

    Attributes:
        payload: sealed or handshake bytes.
        repeat: repeat until acknowledged; False where the control channel repeats by itself, or
            the other side asks again.
    """

    payload: bytes
    repeat: bool


@dataclass(frozen=True, slots=True)
class PrepareOffer:
    """Gather addresses and make an offer; answered by `DescriptionReady`."""


@dataclass(frozen=True, slots=True)
class PrepareAnswer:
    """Take the peer's offer, gather addresses, make an answer; answered by `DescriptionReady`."""

    offer: str


@dataclass(frozen=True, slots=True)
class AcceptAnswer:
    """Take the peer's answer and connect."""

    answer: str


@dataclass(frozen=True, slots=True)
class PeerProven:
    """The peer's account and key are verified; from now on the identity may be remembered."""

    peer: PeerIdentity


@dataclass(frozen=True, slots=True)
class StartRinging:
    """Ring here (callee), or play the ringing tone (caller)."""


@dataclass(frozen=True, slots=True)
class StartMedia:
    """Keys are agreed and both want the call: seal and open media with this session."""

    session: Session


@dataclass(frozen=True, slots=True)
class SendInMedia:
    """Say it also in the media stream, which works without the service: END or HOLD.

    Attributes:
        end: the call is over.
        hold: the call is held or resumed, None if this is not about holding.
        code: the reason in END.
    """

    end: bool = False
    hold: bool | None = None
    code: int = 0


@dataclass(frozen=True, slots=True)
class PeerMuted:
    """The peer muted or opened the microphone."""

    on: bool


@dataclass(frozen=True, slots=True)
class PeerHeld:
    """The peer holds or resumes."""

    on: bool


@dataclass(frozen=True, slots=True)
class NoteArrived:
    """A note from the peer; not cleaned."""

    text: str


@dataclass(frozen=True, slots=True)
class StateChanged:
    """The call is in another state."""

    state: State


@dataclass(frozen=True, slots=True)
class KeyChanged:
    """The account came with another identity key than the one known; the call is over."""

    peer: PeerIdentity


@dataclass(frozen=True, slots=True)
class Ended:
    """The call is over.

    Attributes:
        reason: why.
        by_peer: the peer's device said so.
        refusal: the reason in a signed refusal of the known key, None where there was none.
    """

    reason: EndReason
    by_peer: bool
    refusal: RefusalReason | None = None


Effect = (
    SendMessage
    | PrepareOffer
    | PrepareAnswer
    | AcceptAnswer
    | PeerProven
    | StartRinging
    | StartMedia
    | SendInMedia
    | PeerMuted
    | PeerHeld
    | NoteArrived
    | StateChanged
    | KeyChanged
    | Ended
)
