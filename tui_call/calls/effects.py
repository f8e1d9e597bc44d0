"""What comes out of a one-to-one call: frozen values, each something that its owner has to do."""

from dataclasses import dataclass, field
from enum import StrEnum

from tui_call.calls.states import State
from tui_call.e2ee.handshake import PeerIdentity, RefusalReason, Session
from tui_call.reasons import EndReason


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
class PeerCompared:
    """The peer's person says that the codes are the same, or takes it back; marks nothing here."""

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


@dataclass(frozen=True, slots=True)
class ReceiveUnder:
    """Accept media of a further generation.

    Attributes:
        generation: one more than the last.
        key: SFrame base key from the peer, 32 bytes.
    """

    generation: int
    key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class SendUnder:
    """Seal media under a further generation from the next frame on.

    Attributes:
        generation: one more than the last.
        key: SFrame base key towards the peer, 32 bytes.
    """

    generation: int
    key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class PreparePathOffer:
    """Gather addresses for a further path and make an offer; answered by `PathDescribed`."""

    path: int


@dataclass(frozen=True, slots=True)
class PreparePathAnswer:
    """Take the peer's offer of a further path, gather, answer; answered by `PathDescribed`."""

    path: int
    offer: str


@dataclass(frozen=True, slots=True)
class AcceptPathAnswer:
    """Take the peer's answer for a further path and connect it."""

    path: int
    answer: str


@dataclass(frozen=True, slots=True)
class PathTaken:
    """A further path carried an authentic frame: it is the call's path now."""

    path: int


@dataclass(frozen=True, slots=True)
class ClosePath:
    """Close a path that is not needed any more."""

    path: int


UpkeepEffect = (
    ReceiveUnder
    | SendUnder
    | PreparePathOffer
    | PreparePathAnswer
    | AcceptPathAnswer
    | PathTaken
    | ClosePath
)

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
    | PeerCompared
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
