"""What goes into `concurrent.py` and what comes of it, and why it refuses an order."""

from dataclasses import dataclass
from enum import Enum, StrEnum, auto

from tui_call.calls.rivals import CallOn, Invited
from tui_call.errors import LocalFault
from tui_call.reasons import EndReason
from tui_call.sentences import sentence

MOST_ON = 8
"""Calls that a person has placed or answered and not ended; each sends a frame every 20 ms."""


class Why(StrEnum):
    """Why an order was not taken. The value is the code of its sentence."""

    UNKNOWN = "N_UNKNOWN_CALL"
    NO_CALL = "N_NOCALL"
    NO_OTHER = "N_NO_OTHER_CALL"
    NOT_ANSWERED = "C_NOT_ANSWERED"
    NOT_ASKING = "C_NOT_ASKING"
    RINGS = "C_RINGS"
    SAME_PERSON = "C_SAME_PERSON"
    TOO_MANY = "C_MOST"
    SEVERAL = "C_SEVERAL"
    IN_FRONT = "C_IN_FRONT"
    JUST_CAME = "C_OTHER_IN_FRONT"
    OTHER_ASKS = "C_OTHER_ASKS"


class OrderRefused(LocalFault):
    """That cannot be done with this call now.

    Attributes:
        why: the reason.
    """

    def __init__(self, why: Why) -> None:
        super().__init__(sentence(why, n=MOST_ON))
        self.why = why


class Attendance(Enum):
    """Who attends to a call that comes in."""

    PERSON = auto()
    NOBODY = auto()  # do not disturb
    ENGINE = auto()  # it answers by itself


# What happens


@dataclass(frozen=True, slots=True)
class CallPlaced:
    """The person calls somebody.

    Attributes:
        id: 16 bytes.
        account: whom.
        met: all who are in a call that is on, whoever it is known by.
    """

    id: bytes
    account: str
    met: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class CallerProven:
    """The caller of a call that came in has proven who it is.

    Attributes:
        invited: the call.
        rivals: the calls with the same account, as they are now.
        attendance: who attends to it.
    """

    invited: Invited
    rivals: tuple[CallOn, ...]
    attendance: Attendance


@dataclass(frozen=True, slots=True)
class AnswerWanted:
    """The person takes a call: `id`, or the one that asks for longest.

    Attributes:
        end: the one in front ends; else it is held.
        muted: with the microphone closed.
    """

    id: bytes | None = None
    end: bool = False
    muted: bool = False


@dataclass(frozen=True, slots=True)
class DeclineWanted:
    """The person declines a call: `id`, or the one that asks for longest."""

    id: bytes | None = None


@dataclass(frozen=True, slots=True)
class SwapWanted:
    """The person goes over to a call behind: `id`, or the only one."""

    id: bytes | None = None


@dataclass(frozen=True, slots=True)
class HoldWanted:
    """The person holds or resumes a call: `id`, or the one in front.

    Attributes:
        on: None for the other way than it is.
    """

    id: bytes | None = None
    on: bool | None = None


@dataclass(frozen=True, slots=True)
class EndWanted:
    """The person ends, cancels or declines a call: `id`, or the one in front."""

    id: bytes | None = None


@dataclass(frozen=True, slots=True)
class CallOver:
    """A call has ended.

    Attributes:
        spoke: people have spoken in it.
        attendance: who attends to one that was given up for it.
    """

    id: bytes
    spoke: bool
    attendance: Attendance


@dataclass(frozen=True, slots=True)
class CallMoved:
    """A call goes on with somebody else, or under another id as it was merged or crossed."""

    id: bytes
    becomes: bytes
    account: str


Event = (
    CallPlaced
    | CallerProven
    | AnswerWanted
    | DeclineWanted
    | SwapWanted
    | HoldWanted
    | EndWanted
    | CallOver
    | CallMoved
)


# What is to be done, in order


@dataclass(frozen=True, slots=True)
class EndCall:
    """A call is ended from this side."""

    id: bytes
    reason: EndReason


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Nothing of a call is shown or written down, unless it asks again.

    Attributes:
        on: False where it does.
    """

    id: bytes
    on: bool = True


@dataclass(frozen=True, slots=True)
class AnswerCall:
    """A call is answered.

    Attributes:
        muted: with the microphone closed.
        instead_of: the call in whose place, and as muted as that; None for none.
    """

    id: bytes
    muted: bool = False
    instead_of: bytes | None = None


@dataclass(frozen=True, slots=True)
class HoldCall:
    """A call is held, or taken off hold."""

    id: bytes
    on: bool


@dataclass(frozen=True, slots=True)
class CallWaits:
    """Somebody asks beside a call."""

    id: bytes


@dataclass(frozen=True, slots=True)
class CameToFront:
    """Another call is in front, or none."""

    id: bytes | None


Effect = EndCall | GiveUp | AnswerCall | HoldCall | CallWaits | CameToFront
