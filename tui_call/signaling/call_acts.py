"""What may be asked for in a standard call, an act each; `standard_calls` says how."""

from typing import Annotated, Literal

import msgspec

MOST_MEMBERS = 16
MOST_NOTE_BYTES = 2000
"""Of a note, in UTF-8: as many as in an E2EE call."""

Id = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{32}\Z")]
NoneOrId = Annotated[str, msgspec.Meta(pattern=r"\A([0-9a-f]{32})?\Z")]
"""An id, or "" where there is none."""
Account = Annotated[str, msgspec.Meta(max_length=130)]
Code = Annotated[str, msgspec.Meta(max_length=40)]
"""Of a sentence or reason; one that is not known is shown as the plainest of its kind."""
Description = Annotated[str, msgspec.Meta(max_length=16_384)]


class _Act(msgspec.Struct, frozen=True, tag_field="act", forbid_unknown_fields=False):
    pass


class OwnWord(msgspec.Struct, frozen=True):
    """What the person at a device says of being kept and captioned, above the account's setting.

    Attributes:
        recording: of recordings and transcripts; "follow" takes the account's setting.
        captions: the same, of what is shown and not kept.
    """

    recording: Literal["follow", "allow", "ask", "refuse"] = "follow"
    captions: Literal["follow", "allow", "refuse"] = "follow"


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
    word: OwnWord = OwnWord()


class AnswerAct(_Act, frozen=True, tag="answer"):
    """Take a call that rings here, or come back into one whose connection was lost."""

    instance: Id
    word: OwnWord = OwnWord()


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
    """Take the call that was listed at a slot, if it still is there; `ActInCall.call` names it."""

    slot: Annotated[int, msgspec.Meta(ge=1, le=9999)]
    instance: Id
    word: OwnWord = OwnWord()


class RecordAct(_Act, frozen=True, tag="record"):
    """Start recording the call, or stop it, whoever started it.

    Attributes:
        tracks: a file of each person beside that of all.
    """

    on: bool
    tracks: bool = False


class TranscribeAct(_Act, frozen=True, tag="transcribe"):
    """Start the transcript of the call, or stop it, whoever started it."""

    on: bool


class AgreeAct(_Act, frozen=True, tag="agree"):
    """Answer whether one may be kept in what is being recorded or transcribed, now or later on."""

    on: bool


class CaptionsAct(_Act, frozen=True, tag="captions"):
    """Show captions at this device, or show them no more; on again, a stopped engine is tried."""

    on: bool


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
    | HandOverAct | DescribeAct | RecordAct | TranscribeAct | AgreeAct | CaptionsAct
)  # fmt: skip
"""What changes a call."""
Act = ChangingAct | NoteAct
