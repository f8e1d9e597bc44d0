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

from tui_call.signaling.vocabulary import SignalingMessage, Time

MOST_MEMBERS = 16
RING_SECONDS = 60
LOST_SECONDS = 30
"""How long a member whose leg is lost has to make another one."""
MOST_NOTE_BYTES = 2000
"""Of a note, in UTF-8: as many as in an E2EE call."""

Id = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{32}\Z")]
NoneOrId = Annotated[str, msgspec.Meta(pattern=r"\A([0-9a-f]{32})?\Z")]
"""An id, or "" where there is none."""
Account = Annotated[str, msgspec.Meta(max_length=130)]
Code = Annotated[str, msgspec.Meta(max_length=40)]
"""Of a sentence or reason; one that is not known is shown as the plainest of its kind."""
Description = Annotated[str, msgspec.Meta(max_length=16_384)]

CallKind = Literal["standard"]


class _Act(msgspec.Struct, frozen=True, tag_field="act", forbid_unknown_fields=False):
    pass


class PlaceAct(_Act, frozen=True, tag="place"):
    """Begin a call with these people.

    Attributes:
        to: whom; of several the call goes on with all who answer where `first_takes` is False.
        instance: of the device that asks.
        ring: False where all have agreed already, in the E2EE call that they leave: each of `to`
            comes by `AnswerAct`, and nothing rings.
        first_takes: the first who answers takes it, and it stops ringing at the others.
        why: `GateReason` that says why the call is not E2EE, and `why_of` whose it is.
    """

    to: Annotated[tuple[Account, ...], msgspec.Meta(min_length=1, max_length=MOST_MEMBERS - 1)]
    instance: Id
    ring: bool = True
    first_takes: bool = False
    why: Code = ""
    why_of: Account = ""


class AnswerAct(_Act, frozen=True, tag="answer"):
    """Take a call that rings here, or come back into one whose connection was lost."""

    instance: Id


class DeclineAct(_Act, frozen=True, tag="decline"):
    """Do not take a call that rings here.

    Attributes:
        why: of `EndReason`: R_DECLINED, R_BUSY, R_DND, R_PEER_REQUIRE.
    """

    why: Code = "R_DECLINED"


class HangUpAct(_Act, frozen=True, tag="hang_up"):
    """Leave a call; of two people that ends it."""


class HoldAct(_Act, frozen=True, tag="hold"):
    """Hold the call, or take it off hold: who holds hears nobody and is heard by nobody."""

    on: bool


class MuteAct(_Act, frozen=True, tag="mute"):
    """Tell the others that the own microphone is closed, or open."""

    on: bool


class AddAct(_Act, frozen=True, tag="add"):
    """Ring further people into the call."""

    people: Annotated[tuple[Account, ...], msgspec.Meta(min_length=1, max_length=MOST_MEMBERS - 1)]


class MergeAct(_Act, frozen=True, tag="merge"):
    """Bring the people of another call, in which one is too, into this one."""

    other: Id


class TransferAct(_Act, frozen=True, tag="transfer"):
    """Leave at once, and let somebody else take one's place; who is not taken rings back."""

    to: Account


class ConsultAct(_Act, frozen=True, tag="consult"):
    """Speak with somebody first, apart from the others, who hear music."""

    to: Account


class JoinConsultedAct(_Act, frozen=True, tag="join_consulted"):
    """Leave the others with whom one asked first."""


class CancelConsultAct(_Act, frozen=True, tag="cancel_consult"):
    """Come back to the others; whom one asked leaves."""


class ParkAct(_Act, frozen=True, tag="park"):
    """Leave the others at a slot, where they hear music until somebody retrieves them."""


class RetrieveAct(_Act, frozen=True, tag="retrieve"):
    """Take what is parked at a slot; `ActInCall.call` is "" and the answer names the call."""

    slot: Annotated[int, msgspec.Meta(ge=1, le=9999)]
    instance: Id


class HandOverAct(_Act, frozen=True, tag="hand_over"):
    """Ring at another device of one's own, which takes one's place when it answers.

    Attributes:
        device: its id.
    """

    device: Id


class DescribeAct(_Act, frozen=True, tag="describe"):
    """Offer a leg to the bridge; `LegDescribed` brings its answer.

    Attributes:
        instance: of this device in the call.
        leg: chosen by the device, another one for each connection.
        offer: SDP.
    """

    instance: Id
    leg: Id
    offer: Description


class NoteAct(_Act, frozen=True, tag="note"):
    """Send a note to the others who have answered and are not apart; `CallNote` brings it.

    Attributes:
        text: at most `MOST_NOTE_BYTES`.
    """

    text: Annotated[str, msgspec.Meta(min_length=1, max_length=MOST_NOTE_BYTES)]

    def __post_init__(self) -> None:
        """Refuse what is longer as bytes than as characters allowed."""
        if len(self.text.encode()) > MOST_NOTE_BYTES:
            raise ValueError("note too long")


ChangingAct = (
    PlaceAct | AnswerAct | DeclineAct | HangUpAct | HoldAct | MuteAct | AddAct | MergeAct
    | TransferAct | ConsultAct | JoinConsultedAct | CancelConsultAct | ParkAct | RetrieveAct
    | HandOverAct | DescribeAct
)  # fmt: skip
"""What changes a call."""
Act = ChangingAct | NoteAct


class ActInCall(SignalingMessage, frozen=True, tag="act_in_call"):
    """Ask for something in a standard call.

    Attributes:
        request: repeated in the answer.
        act_id: the same when it is asked again, after the connection was lost.
        call: id, "" to retrieve.
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
            `GateReason`, or N_FULL, N_NOSLOT, N_SLOT_EMPTY, N_NODEVICE, N_NOOTHER, N_BRIDGE,
            N_UNKNOWN_CALL (over, or one is not in it), N_OWN_CALL (oneself, somebody who is in it),
            N_TARGET_RINGS, N_TRANSFERRING, N_NOTYET, R_NO_USER, R_RATE.
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
    "joined", "left", "declined", "busy", "no_answer", "offline", "only_e2ee", "lost", "back",
    "held", "resumed", "transferred", "transfer_back", "transfer_end", "consulting",
    "consult_over", "parked", "retrieved", "park_back", "park_end", "merged", "handed_over",
    "added", "muted", "unmuted", "bridge_lost", "bridge_back",
]  # fmt: skip


class CallNews(msgspec.Struct, frozen=True):
    """What made the call as it is now; for the list of events.

    Attributes:
        what: what happened.
        who: the account that did it, or to whom it happened.
        whom: the other one, "" for none.
        slot: where it is parked, 0 for nowhere.
        device_name: to which it was handed.
    """

    what: NewsCode
    who: Account = ""
    whom: Account = ""
    slot: int = 0
    device_name: str = ""


class CallChanged(SignalingMessage, frozen=True, tag="call_changed"):
    """A standard call as it is now, told to all devices of everybody in it.

    A device rings while its account is a member that is ringing, and stops when that ends. A device
    is in the call while a member has an instance of its own.

    Attributes:
        call: id.
        sequence: grows with each change.
        kind: what the call is.
        members: all that are in it or are asked to come, by number.
        began: when it was placed.
        why: `GateReason` that says why it is not E2EE, "" where more than two were called;
            `why_of` whose it is.
        news: what changed last.
        transfer: under way, if one is.
        parked: where, if it is.
        worker: names the bridge worker that carries it; another one asks for new legs.
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


class ParkedCalls(SignalingMessage, frozen=True, tag="parked_calls"):
    """Answer to `AskParked`: with whom, where, and by whom.

    Attributes:
        calls: those that the account may retrieve, by slot.
        people: who waits at each, in the same order.
    """

    request: int
    calls: tuple[Parked, ...] = ()
    people: tuple[tuple[str, ...], ...] = ()
