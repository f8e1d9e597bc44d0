"""What the service has to do after an event, once the call is saved.

Who hears whom at the bridge is no effect, nor is a slot that is free again: both follow from the
call (`rooms.py`, `StandardCall.parked`).
"""

from dataclasses import dataclass
from typing import Literal

from tui_call.standard_calls.state import StandardCall


@dataclass(frozen=True, slots=True)
class Tell:
    """Tell the call as it is now to all devices of everybody in it or asked to come."""


@dataclass(frozen=True, slots=True)
class TellOver:
    """Tell an account that the call is over for it.

    Attributes:
        account: whom.
        why: of `EndReason`.
        by: the account that ended it, "" where nobody did.
        device: the only one that is told, "" for all.
    """

    account: str
    why: str
    by: str = ""
    device: str = ""


@dataclass(frozen=True, slots=True)
class Ring:
    """The call rings at an account; report `Unreachable` where it can at no device.

    Attributes:
        account: where.
        device: the only one at which it rings, "" for all.
    """

    account: str
    device: str = ""


@dataclass(frozen=True, slots=True)
class LeaveWord:
    """Keep a missed call for an account, of the caller."""

    account: str
    caller: str


@dataclass(frozen=True, slots=True)
class EndLeg:
    """Close a leg at the bridge."""

    leg: str


@dataclass(frozen=True, slots=True)
class SoundTone:
    """Play a tone to a side of the call.

    Attributes:
        tone: which one; `kept` says that what is said will be recorded or transcribed.
        side: of the call.
        source: number of the only member who hears it, 0 for all there.
    """

    tone: Literal["join", "leave", "kept"]
    side: int = 0
    source: int = 0


Effect = Tell | TellOver | Ring | LeaveWord | EndLeg | SoundTone


@dataclass(frozen=True, slots=True)
class Step:
    """What an event makes of a call.

    Attributes:
        call: as it is now; None where there is none.
        effects: in the order in which they are carried out.
        refused: the code of the sentence that says why nothing was done, "" where it was.
        other: the other call of a merge as it is now, over; None without one.
        other_effects: those of it, carried out after `effects`.
    """

    call: StandardCall | None
    effects: tuple[Effect, ...] = ()
    refused: str = ""
    other: StandardCall | None = None
    other_effects: tuple[Effect, ...] = ()
