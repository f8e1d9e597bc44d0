"""What concerns the keys and paths of a call that goes on: events in, effects out.

SDP descriptions appear here in the clear only between the call and the transport of this device.
"""

from dataclasses import dataclass, field

# Events


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


UpkeepEvent = (
    FrameAuthenticated
    | NewPathWanted
    | AddressesChanged
    | ServiceBack
    | PathDescribed
    | PathFailed
    | SenderIdle
)

# Effects


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
