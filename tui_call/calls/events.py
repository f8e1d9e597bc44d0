"""What goes into a one-to-one call and what comes out of it: frozen values.

Events are things that happened to the call; effects are things that its owner has to do. SDP
descriptions appear here in the clear only between the call and the transport of this device.
"""

from dataclasses import dataclass
from enum import StrEnum

from tui_call.calls.states import State
from tui_call.calls.upkeep_events import UpkeepEffect, UpkeepEvent
from tui_call.e2ee.control_channel import Note
from tui_call.e2ee.control_messages import LeaveAsk, LeaveYes
from tui_call.e2ee.handshake import PeerIdentity, RefusalReason, Session
from tui_call.reasons import EndReason

NONCE_BYTES = 16

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
class CodesCompared:
    """The person says that the code or the fingerprint is the same, or takes that back."""

    on: bool


@dataclass(frozen=True, slots=True)
class PersonAsksToLeave:
    """The person confirmed to ask the peer whether E2EE is left.

    Attributes:
        nonce: 16 fresh random bytes.
        capability: what it is left for, at most 255 bytes in UTF-8.
        audience: who will hear, at most 256 bytes in UTF-8. ValueError when it is made of more.
    """

    nonce: bytes
    capability: str
    audience: str

    def __post_init__(self) -> None:
        LeaveAsk(self.nonce, self.capability, self.audience)
        _check_nonce(self.nonce)


@dataclass(frozen=True, slots=True)
class PersonTakesLeaveBack:
    """The person does not wait for the answer, or for the last word, any longer."""


@dataclass(frozen=True, slots=True)
class PersonAgreesToLeave:
    """The person agrees to the peer's question.

    Attributes:
        nonce: of the question that was shown.
        room: where both go, at most 256 bytes in UTF-8; ValueError when it is made of more.
    """

    nonce: bytes
    room: str

    def __post_init__(self) -> None:
        LeaveYes(self.nonce, self.room)


@dataclass(frozen=True, slots=True)
class PersonRefusesToLeave:
    """The person, or this engine, says no to the peer's question with that nonce."""

    nonce: bytes


LeaveEvent = PersonAsksToLeave | PersonTakesLeaveBack | PersonAgreesToLeave | PersonRefusesToLeave


@dataclass(frozen=True, slots=True)
class Undeliverable:
    """The service says that the other device cannot be reached now."""


@dataclass(frozen=True, slots=True)
class TimePassed:
    """A deadline of `next_deadline` was reached."""


PersonEvent = (
    PersonAnswers
    | PersonHangsUp
    | MuteChanged
    | HoldChanged
    | NoteWritten
    | CodesCompared
    | LeaveEvent
)

Event = (
    MessageArrived
    | DescriptionReady
    | TransportFailed
    | PersonEvent
    | UpkeepEvent
    | PeerEndsInMedia
    | PeerHoldsInMedia
    | PathLost
    | Undeliverable
    | TimePassed
)


def _check_nonce(nonce: bytes) -> None:
    if len(nonce) != NONCE_BYTES:
        raise ValueError(f"a nonce has {NONCE_BYTES} bytes")


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
class LeaveAsked:
    """Ask the person whether E2EE is left; nothing in it is cleaned.

    Attributes:
        nonce: what the answer has to name, 16 bytes.
        capability: what it is left for.
        audience: who will hear.
    """

    nonce: bytes
    capability: str
    audience: str


@dataclass(frozen=True, slots=True)
class LeaveRefused:
    """The peer asked to leave E2EE, and the rules of the call said no; told once a call.

    Attributes:
        capability: what for; not cleaned.
    """

    capability: str


class LeaveOutcome(StrEnum):
    """Why a question ended without E2EE being left."""

    REFUSED = "refused"
    REFUSED_BY_PEER = "refused by peer"
    TAKEN_BACK = "taken back"
    UNANSWERED = "unanswered"


@dataclass(frozen=True, slots=True)
class LeaveOver:
    """The question is over, and the call goes on as it was."""

    outcome: LeaveOutcome


@dataclass(frozen=True, slots=True)
class MayLeave:
    """Both people agreed: the call may go on as a standard call, for this and with these.

    Attributes:
        capability: what for, as it was asked; not cleaned where the peer asked.
        audience: who will hear, likewise.
        room: where both go.
    """

    capability: str
    audience: str
    room: str


@dataclass(frozen=True, slots=True)
class MicrophoneSilent:
    """Send silence instead of the microphone, or the microphone again."""

    on: bool


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
    | UpkeepEffect
    | SendInMedia
    | PeerMuted
    | PeerHeld
    | NoteArrived
    | LeaveAsked
    | LeaveRefused
    | LeaveOver
    | MayLeave
    | MicrophoneSilent
    | StateChanged
    | KeyChanged
    | Ended
)
