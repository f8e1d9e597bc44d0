"""A standard call as plain data, and the theory of how it changes.

Theory of operation
===================
A call is one value, `StandardCall`, and only `machine.handle` makes the next one out of it: from an
event and the time, with the effects that the service carries out. What is refused changes nothing.
The service saves the value first, by compare and set on its sequence, and tells it afterwards; so
of two events that cross, the later one meets a call that already knows of the first, and there is
one outcome on all screens.

People are members. One who is asked to come is `ringing`; who answered, with a device and an
instance of it, is in the call: `joining` until a leg brings sound, `talking`, `lost` while no leg
does. One who has agreed before, as when two leave E2EE together, is expected without ringing. An
account is in a call once, but for the moment in which it goes over to another device of its own.

What happens to a member is an event; what follows from it for the rest is not tied to the event but
to who is left (`settling.py`), so it is the same whether somebody hangs up, is lost, declines or is
removed from the organisation. In the order in which it is looked at:

- a device that is handed the call takes the place of the other one when it has sound;
- a transfer whose target is gone rings back at who passed the call on, and ends there;
- a consultation ends with the target, with who asks, and with the last of those who wait;
- a parked call that rings back in vain waits on, three times;
- a call ends with nobody in it, or with one who waits for nobody.

What is kept of a call, a recording and a transcript, is part of the value as well, and follows in
the same way (`kept_settling.py`). Its files are opened first; then everybody is told, and each who
hears the others hears the tone; a second later those are kept who have agreed, until they hold the
call, wait, or are apart. Who comes later, or back from hold without having heard it, hears the tone
first. In a call that is recorded by rule nobody is asked and nobody is heard who is not recorded:
where its files cannot be opened or written the call ends.

Each member who rings, is expected, joins or is lost carries its own deadline, a parked call carries
one, and so do files that are being opened and a tone that is heard. The next timer follows from the
value alone, so a service that was started anew goes on where the other one stopped. Time is Unix
seconds for the same reason.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from tui_call.standard_calls.keeping import KINDS, UNSAID, Consent, Keeping, WhatIsKept, Word

MOST_MEMBERS = 16
RING_SECONDS = 60.0
JOIN_SECONDS = 30.0
"""How long one who has answered, or who is expected, may take until it has sound."""
LOST_SECONDS = 30.0
PARK_SECONDS = 120.0
PARK_RING_SECONDS = 30.0
PARK_ROUNDS = 3

MemberPhase = Literal["ringing", "joining", "talking", "lost"]
WhyRings = Literal["", "transfer", "transfer_back", "park_back", "hand_over", "add"]
What = Literal[
    "joined", "left", "declined", "busy", "no_answer", "offline", "only_e2ee", "cancelled", "lost",
    "back", "held", "resumed", "transferred", "transfer_back", "transfer_end", "consulting",
    "consult_over", "parked", "retrieved", "park_back", "park_end", "merged", "handed_over",
    "added", "muted", "unmuted", "bridge_lost", "bridge_back",
    "recording", "recording_over", "recording_unbegun", "transcript", "transcript_over",
    "transcript_unbegun", "kept_lost", "kept_again",
    "agreed", "refused", "captions", "captions_over", "captioned", "uncaptioned",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class MemberLeg:
    """A connection of a member to the bridge; `connected` while it brings packets."""

    id: str
    connected: bool = False


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody in the call, or asked to come.

    Attributes:
        number: 1-254, the source of its packets.
        account: who it is.
        device: the one with which it is in the call, or the only one that rings; else "".
        instance: chosen by that device, "" until it has answered.
        legs: oldest first.
        state: how far it is; one who is expected is joining without an instance.
        on_hold: it holds the call.
        muted: it said that its microphone is closed.
        side: 1 for the two who speak apart before a transfer, else 0.
        added_by: the account that brought it, "" for who placed the call.
        since: when it answered, 0 before.
        why_rings: "" for a call; `hand_over` stays until the device has taken the other's place.
        why: of `EndReason`, why a transfer rings back.
        until: when waiting for it is over, None where nothing is waited for.
        came_with: what the service has to know of the policies with which it came in, and that hold
            for it while it is in the call; nothing here looks into it.
        word: what holds for it of what is kept and shown.
        consent: what it said in the call to being kept, where it had to be asked.
        captions: it shows captions.
    """

    number: int
    account: str
    device: str = ""
    instance: str = ""
    legs: tuple[MemberLeg, ...] = ()
    state: MemberPhase = "ringing"
    on_hold: bool = False
    muted: bool = False
    side: int = 0
    added_by: str = ""
    since: float = 0.0
    why_rings: WhyRings = ""
    why: str = ""
    until: float | None = None
    came_with: str = ""
    word: Word = UNSAID
    consent: Consent = ""
    captions: bool = False

    @property
    def is_in(self) -> bool:
        """It has answered."""
        return self.instance != ""

    @property
    def asked_for(self) -> float:
        """Seconds for which it is waited for while it rings or is expected."""
        if self.state == "joining":
            return JOIN_SECONDS
        return PARK_RING_SECONDS if self.why_rings == "park_back" else RING_SECONDS

    @property
    def connected(self) -> bool:
        """A leg of it brings packets."""
        return any(leg.connected for leg in self.legs)

    @property
    def may_be_kept(self) -> bool:
        """It may be in what is not recorded by rule."""
        return self.consent == "agreed" or (
            self.word.recording == "allow" and self.consent != "refused"
        )


@dataclass(frozen=True, slots=True)
class OpenTransfer:
    """A transfer that is not over.

    Attributes:
        by: the account that passes the call on.
        to: the account to which it goes.
        asks_first: `by` is still in the call, and speaks with `to` apart.
        rings_back: `to` did not take it, and it rings at `by`.
    """

    by: str
    to: str
    asks_first: bool = False
    rings_back: bool = False


@dataclass(frozen=True, slots=True)
class ParkedAt:
    """Where the call is parked.

    Attributes:
        slot: its number.
        by: the account that parked it.
        rings_at: when it rings back; in the past while it does.
        rings: it rings back now.
        rounds: how often it rang back in vain.
        group: whose people may take it, "" for everybody.
    """

    slot: int
    by: str
    rings_at: float
    rings: bool = False
    rounds: int = 0
    group: str = ""


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that made the call as it is now; `who` did it, or it happened to `who`.

    `why` is the code of the sentence that says why something is over that nobody ended, `seconds`
    for how long somebody did not answer.
    """

    what: What
    who: str = ""
    whom: str = ""
    slot: int = 0
    device: str = ""
    why: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class RetiredNumber:
    """A number whose member is gone, and that nobody gets before `free_at`."""

    number: int
    free_at: float


@dataclass(frozen=True, slots=True)
class ActDone:
    """Something that an account asked for, and that was done."""

    account: str
    act_id: str


@dataclass(frozen=True, slots=True)
class StandardCall:
    """A call that a bridge carries.

    Attributes:
        id: 32 hexadecimal digits, chosen by who placed it.
        kind: what the call is.
        sequence: grows with each change of anything here.
        began: when it was placed, in whole seconds, as people are told it: the seconds of the call
            count from there.
        members: in the order in which they came.
        first_takes: the first who answers takes it, and it stops ringing at the others.
        why: `GateReason` that says why it is not E2EE, and `why_of` whose it is.
        news: what changed last.
        transfer: under way, if one is.
        parked: where, if it is.
        worker: names the bridge worker that carries it, "" while none does.
        over: `EndReason`, "" while it lasts; then nobody is in it.
        over_by: the account that ended it.
        retired: numbers that must not be given again yet.
        acts: what was done lately, so that asking again does nothing.
        people: the accounts in the order in which they first came in; the first is person 1 of
            what is kept.
        recording, transcript: what is being kept of it, None for nothing.
        refused: the accounts that said no in the call to being kept, also of those who left: it
            holds when they come back.
        by_rule: it is recorded by rule, because of somebody who is or was in it.
        tap: names the tap in which the parts are open, "" while there is none.
        nonce: random, so that what is kept of two calls of one id has two ids.
    """

    id: str
    began: float
    kind: Literal["standard"] = "standard"
    sequence: int = 0
    members: tuple[Member, ...] = ()
    first_takes: bool = False
    why: str = ""
    why_of: str = ""
    news: tuple[Happening, ...] = ()
    transfer: OpenTransfer | None = None
    parked: ParkedAt | None = None
    worker: str = ""
    over: str = ""
    over_by: str = ""
    retired: tuple[RetiredNumber, ...] = ()
    acts: tuple[ActDone, ...] = ()
    people: tuple[str, ...] = ()
    recording: Keeping | None = None
    transcript: Keeping | None = None
    refused: tuple[str, ...] = ()
    by_rule: bool = False
    tap: str = ""
    nonce: str = ""

    @property
    def kept(self) -> tuple[tuple[WhatIsKept, Keeping], ...]:
        """What is being kept, or about to be."""
        return tuple(
            (what, keeping) for what in KINDS if (keeping := self.keeping(what)) is not None
        )

    def keeping(self, what: WhatIsKept) -> Keeping | None:
        """Return what is being kept of a kind, or is about to be."""
        return self.recording if what == "recording" else self.transcript

    @property
    def inside(self) -> tuple[Member, ...]:
        """Those who have answered."""
        return tuple(member for member in self.members if member.is_in)

    @property
    def asked(self) -> tuple[Member, ...]:
        """Those who ring or are expected."""
        return tuple(member for member in self.members if not member.is_in)

    @property
    def accounts(self) -> tuple[str, ...]:
        """Everybody in the call or asked to come, each once."""
        return tuple(dict.fromkeys(member.account for member in self.members))

    def of_account(self, account: str) -> Iterator[Member]:
        """Yield the members of an account: one, or two while it goes to another device."""
        return (member for member in self.members if member.account == account)

    def on_device(self, account: str, device: str) -> Member | None:
        """Return who is in the call with a device."""
        return next((m for m in self.of_account(account) if m.is_in and m.device == device), None)

    def asked_at(self, account: str, device: str) -> Member | None:
        """Return who may answer with a device."""
        return next(
            (m for m in self.of_account(account) if not m.is_in and m.device in ("", device)), None
        )


def next_deadline(call: StandardCall) -> float | None:
    """Return when `DeadlineReached` has to come (Unix seconds), None if never."""
    deadlines = [member.until for member in call.members if member.until is not None]
    if call.parked is not None and not call.parked.rings:
        deadlines.append(call.parked.rings_at)
    for _, keeping in call.kept:
        deadlines += [one.until for one in keeping.hearing]
        deadlines += [keeping.until] if keeping.until is not None else []
    return min(deadlines, default=None)
