"""Standard calls between an engine and the service: what is asked, and the whole call as it is.

A call is known by an id that whoever places it has chosen. Everything asked about it is one
`ActInCall` with one act, answered by one `ActAnswered`; the same `act_id` asked again is answered
again and done once. After each change everybody in the call is sent all of it (`CallChanged`), with
a sequence that only grows: of two the higher one holds, so a lost one heals itself with the next.

Members are told apart by `instance`, which a device chooses for its place in a call: 32 hexadecimal
digits. A leg is one connection of an instance to the bridge; a new one may be made before the old
one goes.
"""

from typing import Annotated, Literal

import msgspec

from tui_call.signaling.call_acts import (
    MOST_MEMBERS,
    MOST_NOTE_BYTES,
    Account,
    Act,
    Code,
    Description,
    Id,
    NoneOrId,
)
from tui_call.signaling.vocabulary import MOST_SPOKEN, SignalingMessage, Time

LOST_SECONDS = 30
"""How long a member whose leg is lost has to make another one."""

CallKind = Literal["standard"]


class ActInCall(SignalingMessage, frozen=True, tag="act_in_call"):
    """Ask for something in a standard call.

    Attributes:
        request: repeated in the answer.
        act_id: the same when it is asked again, after the connection was lost.
        call: id; to retrieve, as it was listed: what is parked there meanwhile is not taken.
    """

    request: int
    act_id: Id
    act: Act
    call: NoneOrId = ""


class AskParked(SignalingMessage, frozen=True, tag="ask_parked"):
    """Ask what one may retrieve; answered by `ParkedCalls`."""

    request: int


# The service's


class ActAnswered(SignalingMessage, frozen=True, tag="act_answered"):
    """Answer to `ActInCall`.

    Attributes:
        call: of which it is, also where a retrieved call is named first.
        refused: "" where it is done, else the code of the sentence that says why not: a
            `GateReason`, or N_FULL, N_NOSLOT, N_OWN_SLOTS, N_SLOT_EMPTY, N_NODEVICE, N_NOOTHER,
            N_BRIDGE, N_UNKNOWN_CALL (over, as may be whose id a new one would have; or one is not
            in it), N_OWN_CALL (oneself, somebody who is in it), N_TARGET_RINGS, N_TRANSFERRING,
            N_PARKED, N_NOTYET, R_NO_USER, R_RATE, N_AUDIT, N_DISK, N_KEPT_FULL, N_TAP, N_BY_RULE,
            N_ENGINE, N_ENGINE_MODEL, N_ENGINE_HUNG.
        slot: at which a call is parked now by this act, else 0.
    """

    request: int
    call: NoneOrId = ""
    refused: Code = ""
    slot: int = 0


class LegDescribed(SignalingMessage, frozen=True, tag="leg_described"):
    """The bridge's answer to the offer of a leg; `answer` is "" where it takes none now."""

    call: Id
    leg: Id
    answer: Description = ""


class CallNote(SignalingMessage, frozen=True, tag="call_note"):
    """A note of somebody in a call; it is passed on once, and kept nowhere.

    Attributes:
        from_account, from_device, instance: who wrote it.
        note: the act by which it was sent: one that comes twice was asked for again.
    """

    call: Id
    note: Id
    from_account: Account
    from_device: Id
    instance: Id
    text: Annotated[str, msgspec.Meta(max_length=MOST_NOTE_BYTES)]


MemberState = Literal["ringing", "joining", "talking", "lost"]
"""Asked to come; has answered, without sound yet; with sound; its connection was lost."""


class CallMember(msgspec.Struct, frozen=True):
    """Somebody in a standard call.

    Attributes:
        number: of this member in the call, 1-254: the source of its packets.
        account, name: who it is; the name as the directory has it.
        device: its id; "" while several ring.
        device_name: as the directory has it, "" while several ring.
        instance: "" until it has answered.
        state: how far it is.
        on_hold: it holds the call.
        waits: it hears music: all others are apart from it, or the call is parked.
        muted: it said that its microphone is closed.
        side: 0, or 1 for the two who speak apart before a transfer.
        added_by: the account that brought it, "" for who placed the call.
        since: when it joined, 0 before.
        kept: "" where nothing is being kept of it; "asked" (it has not answered yet, and is not
            kept), "kept" (it is in what is recorded or transcribed), "refused".
        captions: it shows captions.
        captioned: what it says may be shown.
        why_rings: "" for a call; "transfer_back" or "park_back" for one that comes back,
            "transfer" for one that was passed on, "hand_over" from another device of one's own,
            "add" into a call that is on. `why` then says why it comes back.
    """

    number: Annotated[int, msgspec.Meta(ge=1, le=254)]
    account: Account
    name: str
    state: MemberState
    device: NoneOrId = ""
    device_name: str = ""
    instance: NoneOrId = ""
    on_hold: bool = False
    waits: bool = False
    muted: bool = False
    side: int = 0
    added_by: Account = ""
    since: Time = 0
    why_rings: Literal["", "transfer", "transfer_back", "park_back", "hand_over", "add"] = ""
    why: Code = ""
    kept: Literal["", "asked", "kept", "refused"] = ""
    captions: bool = False
    captioned: bool = True


class KeptNow(msgspec.Struct, frozen=True):
    """A recording or transcript of the call.

    Attributes:
        id: by which it is found later.
        by: the account that started it, "" where a rule did; `name` its name.
        since: Unix seconds.
        starting: its files are being opened: nothing is kept yet.
        tracks: of a recording: a file of each person, too.
    """

    id: Id
    by: Account
    name: str
    since: Time
    starting: bool = False
    tracks: bool = False


class TransferUnderWay(msgspec.Struct, frozen=True):
    """A transfer that is not over.

    Attributes:
        by: who passes the call on.
        to: to whom; it rings there, or rings back at `by` (see `CallMember.why_rings`).
        asks_first: `by` speaks with `to` before it.
    """

    by: Account
    to: Account
    asks_first: bool = False


class Parked(msgspec.Struct, frozen=True):
    """Where a call is parked; `rings_at` is when it rings back at who parked it."""

    slot: int
    by: Account
    name: str
    rings_at: Time


NewsCode = Literal[
    "joined", "left", "declined", "busy", "no_answer", "offline", "only_e2ee", "cancelled", "lost",
    "back", "held", "resumed", "transferred", "transfer_back", "transfer_end", "consulting",
    "consult_over", "parked", "retrieved", "park_back", "park_end", "merged", "handed_over",
    "added", "muted", "unmuted", "bridge_lost", "bridge_back",
    "recording", "recording_over", "recording_unbegun", "transcript", "transcript_over",
    "transcript_unbegun", "kept_lost", "kept_again",
    "agreed", "refused", "captions", "captions_over", "captioned", "uncaptioned",
]  # fmt: skip


class CallNews(msgspec.Struct, frozen=True):
    """What made the call as it is now; for the list of events.

    Attributes:
        what: what happened.
        who: the account that did it, or to whom it happened.
        whom: the other one, "" for none.
        slot: where it is parked, 0 for nowhere.
        device_name: to which it was handed.
        why: code of the sentence that says why something is over, where nobody ended it.
        seconds: for which somebody did not answer.
    """

    what: NewsCode
    who: Account = ""
    whom: Account = ""
    slot: int = 0
    device_name: str = ""
    why: Code = ""
    seconds: int = 0


class CallChanged(SignalingMessage, frozen=True, tag="call_changed"):
    """A standard call as it is now, told to all devices of everybody in it.

    A device rings while its account is a member that is ringing, and stops when that ends. A device
    is in the call while a member has an instance of its own.

    Attributes:
        call: id.
        sequence: grows with each change, but for one of the speech engine alone.
        kind: what the call is.
        members: all that are in it or are asked to come, by number.
        began: when it was placed; the seconds of the call count from there.
        why: `GateReason` that says why it is not E2EE, "" where more than two were called;
            `why_of` whose it is.
        news: what changed last.
        transfer: under way, if one is.
        parked: where, if it is.
        worker: names the bridge worker that carries it; another one asks for new legs.
        recording, transcript: what is being kept of it, None for nothing.
        captions: "" where they are shown or could be, else N_ENGINE, N_ENGINE_MODEL, N_ENGINE_HUNG.
        captions_language: of the speech engine, "" where that is not known.
        captions_loading: its model is being loaded; what is said meanwhile comes afterwards.
        over: `EndReason` where it is over for whom it is told, else "". `over_by` who ended it.
    """

    call: Id
    sequence: int
    members: Annotated[tuple[CallMember, ...], msgspec.Meta(max_length=2 * MOST_MEMBERS)]
    kind: CallKind = "standard"
    began: Time = 0
    why: Code = ""
    why_of: Account = ""
    news: tuple[CallNews, ...] = ()
    transfer: TransferUnderWay | None = None
    parked: Parked | None = None
    worker: str = ""
    over: Code = ""
    over_by: Account = ""
    recording: KeptNow | None = None
    transcript: KeptNow | None = None
    captions: Code = ""
    captions_language: Annotated[str, msgspec.Meta(max_length=20)] = ""
    captions_loading: bool = False


class CaptionSpoken(SignalingMessage, frozen=True, tag="caption_spoken"):
    """What somebody in a call says, to the devices that show captions; it is kept nowhere.

    At most five a second of a member. A later revision of an utterance replaces the earlier one.

    Attributes:
        member: `CallMember.number`.
        utterance: grows with each of the call that is begun to be heard.
        revision: from 1.
        text: all of the utterance so far.
        stable: so many characters of it stay as they are.
        began, ended: seconds since the call began.
        final: the utterance is over.
    """

    call: Id
    member: int
    utterance: int
    revision: int
    text: Annotated[str, msgspec.Meta(max_length=MOST_SPOKEN)]
    stable: int
    began: float
    ended: float
    final: bool


class ParkedCall(msgspec.Struct, frozen=True):
    """A call that one may retrieve.

    Attributes:
        call: id.
        at: where, and by whom.
        people: the accounts of those who wait there.
        names: of each, in the same order.
    """

    call: Id
    at: Parked
    people: Annotated[tuple[Account, ...], msgspec.Meta(max_length=MOST_MEMBERS)]
    names: Annotated[tuple[str, ...], msgspec.Meta(max_length=MOST_MEMBERS)]


class ParkedCalls(SignalingMessage, frozen=True, tag="parked_calls"):
    """Answer to `AskParked`: what the account may retrieve, by slot."""

    request: int
    calls: tuple[ParkedCall, ...] = ()
