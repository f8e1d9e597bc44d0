"""What goes into a one-to-one call: frozen values, each something that happened to it.

What comes of them is in `effects`. SDP descriptions appear in both in the clear only between the
call and the transport of this device.
"""

from dataclasses import dataclass

from tui_call.e2ee.control_channel import Note
from tui_call.e2ee.control_messages import LeaveAsk, LeaveYes
from tui_call.reasons import EndReason

NONCE_BYTES = 16


@dataclass(frozen=True, slots=True)
class CallBegins:
    """The first message is to be sent: the invite, or the answer to it."""


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
class FrameAuthenticated:
    """A media frame from the peer was authentic.

    Attributes:
        path: number of the path on which it came.
        generation: of the key that opened it.
    """

    path: int = 0
    generation: int = 0


@dataclass(frozen=True, slots=True)
class NewPathWanted:
    """Another path is wanted for the call: by the person, or because this one is silent."""


@dataclass(frozen=True, slots=True)
class AddressesChanged:
    """This device has other addresses than before: none that was described need be of use."""


@dataclass(frozen=True, slots=True)
class ServiceBack:
    """The service can be reached again; what is not acknowledged is repeated."""


@dataclass(frozen=True, slots=True)
class PathDescribed:
    """Addresses for a further path are gathered: its offer (caller) or answer (callee) as SDP."""

    path: int
    sdp: str


@dataclass(frozen=True, slots=True)
class PathFailed:
    """The transport cannot make a further path."""

    path: int


@dataclass(frozen=True, slots=True)
class SenderIdle:
    """Nothing was sealed for so long that nothing may be before fresh keys are agreed."""


TransportEvent = DescriptionReady | TransportFailed

UpkeepEvent = (
    FrameAuthenticated
    | NewPathWanted
    | AddressesChanged
    | ServiceBack
    | PathDescribed
    | PathFailed
    | SenderIdle
)


@dataclass(frozen=True, slots=True)
class ControlAcknowledged:
    """The peer's word in the media stream for what has arrived on the control channel.

    Attributes:
        next_expected: the number of the message that it expects next.
    """

    next_expected: int


@dataclass(frozen=True, slots=True)
class Undeliverable:
    """The service says that it did not deliver a message.

    Attributes:
        held_up: why, where the same message may get through when it is sent again; None where the
            other device is not there.
    """

    held_up: EndReason | None = None


@dataclass(frozen=True, slots=True)
class TimePassed:
    """A deadline of `next_deadline` was reached."""


TalkEvent = MuteChanged | HoldChanged | NoteWritten | CodesCompared | LeaveEvent

PersonEvent = PersonAnswers | PersonHangsUp | TalkEvent

MediaEvent = (
    FrameAuthenticated | PeerEndsInMedia | PeerHoldsInMedia | ControlAcknowledged | PathLost
)

Event = (
    CallBegins
    | MessageArrived
    | TransportEvent
    | PersonEvent
    | UpkeepEvent
    | MediaEvent
    | Undeliverable
    | TimePassed
)


def _check_nonce(nonce: bytes) -> None:
    if len(nonce) != NONCE_BYTES:
        raise ValueError(f"a nonce has {NONCE_BYTES} bytes")
