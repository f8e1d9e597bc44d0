"""What happens to a standard call: what people ask for, and what service and bridge report.

An `Act` is asked for by somebody at a device, and may be refused. `act_id` is the same when it is
asked again; "" is never remembered. The service has checked before who asks, whether the people and
devices that are named exist, and what the policy of who asks allows.
"""

from dataclasses import dataclass
from typing import Literal

from tui_call.standard_calls.keeping import UNSAID, WhatIsKept, Word
from tui_call.standard_calls.state import ActDone, StandardCall


@dataclass(frozen=True, slots=True, kw_only=True)
class _Act:
    account: str
    device: str
    act_id: str = ""

    @property
    def done(self) -> ActDone | None:
        """As it is remembered when it was done."""
        return ActDone(self.account, self.act_id) if self.act_id else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Places(_Act):
    """Begins a call with these people.

    Attributes:
        call: its id.
        to: whom, at most 15.
        instance: of the device that asks.
        ring: False where all have agreed already, and each of `to` comes by `Answers`.
        first_takes: the first who answers takes it.
        why: `GateReason`, and `why_of` whose it is.
        worker: the bridge worker that carries it, "" while it is being started.
        word: what holds of being kept for who asks.
        came_with: what is to be known later of the policies that hold for who asks.
        nonce: random.
    """

    call: str
    to: tuple[str, ...]
    instance: str
    ring: bool = True
    first_takes: bool = False
    why: str = ""
    why_of: str = ""
    worker: str = ""
    word: Word = UNSAID
    came_with: str = ""
    nonce: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers(_Act):
    """Takes a call that rings at the device, or comes back into one from there."""

    instance: str
    word: Word = UNSAID
    came_with: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Declines(_Act):
    """Does not take it. `why` is R_DECLINED, R_BUSY, R_DND or R_PEER_REQUIRE; others: declined."""

    why: str = "R_DECLINED"


@dataclass(frozen=True, slots=True, kw_only=True)
class HangsUp(_Act):
    """Leaves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holds(_Act):
    """Holds the call, or takes it off hold."""

    on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutes(_Act):
    """Says that the microphone is closed, or open."""

    on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Adds(_Act):
    """Rings further people into the call."""

    people: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Merges(_Act):
    """Brings the people of another call into this one."""

    other: StandardCall | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfers(_Act):
    """Leaves at once, for somebody else to take the place."""

    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Consults(_Act):
    """Speaks with somebody first, apart from the others."""

    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinsConsulted(_Act):
    """Leaves the others with whom was asked first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelsConsult(_Act):
    """Comes back to the others, without whom was asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parks(_Act):
    """Leaves the others at a slot that the service gives, 0 where none is free.

    The people of `group` may take it from there, "" for everybody. `parked` is at how many slots
    calls stand that who asks has parked.
    """

    slot: int
    parked: int = 0
    group: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrieves(_Act):
    """Takes what is parked at a slot.

    `by` is who parked it there and `group` whose people may take it, as the service has judged it.
    """

    slot: int
    by: str
    group: str
    instance: str
    word: Word = UNSAID
    came_with: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandsOver(_Act):
    """Rings at another device of the account, which then takes the place of this one.

    Attributes:
        to_device: its id, "" where there is none that can be reached.
    """

    to_device: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OffersLeg(_Act):
    """Makes a leg to the bridge."""

    instance: str
    leg: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Records(_Act):
    """Starts the recording, or stops it, whoever started it; `tracks` are a file of each person."""

    on: bool
    tracks: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcribes(_Act):
    """Starts the transcript, or stops it, whoever started it."""

    on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Agrees(_Act):
    """Says whether one may be kept in this call."""

    on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowsCaptions(_Act):
    """Shows captions, or does so no more."""

    on: bool


@dataclass(frozen=True, slots=True)
class Unreachable:
    """No device of somebody who is asked to come can be reached."""

    account: str


@dataclass(frozen=True, slots=True)
class DeviceGone:
    """A device is signed out or revoked."""

    account: str
    device: str


@dataclass(frozen=True, slots=True)
class AccountGone:
    """An account was disabled or removed."""

    account: str


@dataclass(frozen=True, slots=True)
class LegReported:
    """The bridge says how a leg is."""

    leg: str
    state: Literal["connected", "silent", "closed"]


@dataclass(frozen=True, slots=True)
class WorkerChanged:
    """Another bridge worker carries the call from now on, "" for none; all legs are gone."""

    worker: str


@dataclass(frozen=True, slots=True)
class TapChanged:
    """Another tap is there from now on, "" for none; what was open in the one before is closed.

    Reported of calls of which something is kept, before any part of it is ordered from a tap.
    Nothing may have been kept any more since `since` (Unix seconds), None for now.
    """

    tap: str
    since: float | None = None


@dataclass(frozen=True, slots=True)
class PartIsOpen:
    """The files of a part are open; of another part than the present one, it says nothing."""

    kept: str
    part: int


@dataclass(frozen=True, slots=True)
class KeepingFailed:
    """A recording or transcript cannot be kept; `why` is the code of the sentence."""

    kept: str
    why: str


@dataclass(frozen=True, slots=True)
class KeepingStopped:
    """Somebody, "" where nobody knows who, has stopped what is kept before that could be saved."""

    kept: str
    by: str


@dataclass(frozen=True, slots=True)
class KeepingRefused:
    """Somebody has said no to being kept, before that could be saved."""

    account: str


@dataclass(frozen=True, slots=True)
class KeepingForbidden:
    """The policy of somebody no longer allows what it has started."""

    account: str
    what: WhatIsKept | Literal["captions"]


@dataclass(frozen=True, slots=True)
class WordChanged:
    """Something else holds now for somebody who is in the call; `why` is as in `Happening`.

    Where the word follows from `before`, it says nothing once that is another one.
    """

    account: str
    device: str
    word: Word
    why: str = ""
    before: Word | None = None


@dataclass(frozen=True, slots=True)
class CannotBeRecorded:
    """The call has to be recorded, and what that needs cannot be had or written."""


@dataclass(frozen=True, slots=True)
class DeadlineReached:
    """The time has come that `next_deadline` named; too early, it does nothing."""


ActInside = (
    Answers | Declines | HangsUp | Holds | Mutes | Adds | Transfers | Consults | JoinsConsulted
    | CancelsConsult | Parks | Retrieves | HandsOver | OffersLeg | Records | Transcribes | Agrees
    | ShowsCaptions
)  # fmt: skip
"""What concerns one call that there is already."""
Act = Places | Merges | ActInside
Report = (
    Unreachable | DeviceGone | AccountGone | LegReported | WorkerChanged | TapChanged | PartIsOpen
    | KeepingFailed | KeepingStopped | KeepingRefused | KeepingForbidden | WordChanged
    | CannotBeRecorded
    | DeadlineReached
)  # fmt: skip
Event = Act | Report
