"""Acts as engines ask for them, as what happens to a call, and as the audit keeps them."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import assert_never

from tui_call.service.database.audit import AuditEntry
from tui_call.service.standard_calls.kept_changes import BEGINS, ENDS
from tui_call.signaling.call_acts import (
    Act,
    AddAct,
    AgreeAct,
    AnswerAct,
    CancelConsultAct,
    CaptionsAct,
    ChangingAct,
    ConsultAct,
    DeclineAct,
    DescribeAct,
    HandOverAct,
    HangUpAct,
    HoldAct,
    JoinConsultedAct,
    MergeAct,
    MuteAct,
    ParkAct,
    PlaceAct,
    RecordAct,
    RetrieveAct,
    TranscribeAct,
    TransferAct,
)
from tui_call.standard_calls import events
from tui_call.standard_calls.keeping import UNSAID, Word
from tui_call.standard_calls.state import ParkedAt


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks for something in a call.

    Attributes:
        account, device: whose device it is.
        address: where it is, an IP address.
        call: the call's id.
        act_id: the same when it is asked again.
    """

    account: str
    device: str
    address: str
    call: str
    act_id: str


_MovingAct = (
    AddAct | MergeAct | TransferAct | ConsultAct | JoinConsultedAct | CancelConsultAct | ParkAct
    | HandOverAct
)  # fmt: skip
_KeepingAct = RecordAct | TranscribeAct | AgreeAct | CaptionsAct


def event_of(
    asking: Asking,
    act: ChangingAct,
    worker: str = "",
    word: Word = UNSAID,
    came_with: str = "",
    park_group: str = "",
    parked: ParkedAt | None = None,
) -> events.Act:
    """Return what an act is to the core.

    The slots of a park and the other call of a merge are not known before the store is looked at.

    Args:
        asking: who asks.
        act: what is asked.
        worker: names the one that would carry a new call.
        word: what holds of being kept for who asks, who comes into the call by this act.
        came_with: likewise of the policies.
        park_group: whose people may take what who asks parks.
        parked: where the call was parked when it was judged that who asks may take it.
    """
    who = {"account": asking.account, "device": asking.device, "act_id": asking.act_id}
    match act:
        case PlaceAct(to, instance, ring, first_takes, why, why_of):
            return events.Places(
                **who, call=asking.call, to=to, instance=instance, ring=ring,
                first_takes=first_takes, why=why, why_of=why_of, worker=worker,
                word=word, came_with=came_with, nonce=secrets.token_hex(16),
            )  # fmt: skip
        case AnswerAct(instance):
            return events.Answers(**who, instance=instance, word=word, came_with=came_with)
        case RetrieveAct(instance=instance):
            assert parked is not None  # else nothing was judged
            return events.Retrieves(
                **who, slot=parked.slot, by=parked.by, group=parked.group, instance=instance,
                word=word, came_with=came_with,
            )  # fmt: skip
        case DeclineAct(why):
            return events.Declines(**who, why=why)
        case HangUpAct():
            return events.HangsUp(**who)
        case HoldAct(on):
            return events.Holds(**who, on=on)
        case MuteAct(on):
            return events.Mutes(**who, on=on)
        case DescribeAct(instance, leg):
            # Judged each time: what was done before opens nothing to another leg.
            return events.OffersLeg(**{**who, "act_id": ""}, instance=instance, leg=leg)
        case RecordAct() | TranscribeAct() | AgreeAct() | CaptionsAct():
            return _keeping(who, act)
        case _:
            return _moving(who, act, park_group)


def _moving(who: Mapping[str, str], act: _MovingAct, park_group: str) -> events.Act:
    """Return an act that brings people into a call, or the call to somebody else."""
    match act:
        case AddAct(people):
            return events.Adds(**who, people=people)
        case MergeAct():
            return events.Merges(**who, other=None)
        case TransferAct(to):
            return events.Transfers(**who, to=to)
        case ConsultAct(to):
            return events.Consults(**who, to=to)
        case JoinConsultedAct():
            return events.JoinsConsulted(**who)
        case CancelConsultAct():
            return events.CancelsConsult(**who)
        case ParkAct():
            return events.Parks(**who, slot=0, parked=0, group=park_group)
        case HandOverAct(device):
            return events.HandsOver(**who, to_device=device)
        case _:
            assert_never(act)


def _keeping(who: Mapping[str, str], act: _KeepingAct) -> events.Act:
    """Return an act about what the bridge keeps or shows of a call."""
    match act:
        case RecordAct(on, tracks):
            return events.Records(**who, on=on, tracks=tracks)
        case TranscribeAct(on):
            return events.Transcribes(**who, on=on)
        case AgreeAct(on):
            return events.Agrees(**who, on=on)
        case CaptionsAct(on):
            return events.ShowsCaptions(**who, on=on)
        case _:
            assert_never(act)


_AUDITED: Mapping[type[Act], str] = {
    PlaceAct: "call.place",
    AddAct: "call.add",
    MergeAct: "call.merge",
    TransferAct: "call.transfer",
    ConsultAct: "call.consult",
    JoinConsultedAct: "call.transfer",
    ParkAct: "call.park",
    RetrieveAct: "call.retrieve",
    HandOverAct: "call.hand_over",
}


def entry_of(asking: Asking, act: Act) -> AuditEntry | None:
    """Return what the audit keeps of an act, None for those that are nobody else's concern."""
    action = _action_of(act)
    if action is None:
        return None
    return AuditEntry(
        asking.account, action, asking.call, _detail(act), asking.device, asking.address
    )


def _action_of(act: Act) -> str | None:
    match act:
        case RecordAct(on):
            return (BEGINS if on else ENDS)["recording"]
        case TranscribeAct(on):
            return (BEGINS if on else ENDS)["transcript"]
        case _:
            return _AUDITED.get(type(act))


def people_named(act: Act) -> tuple[str, ...]:
    """Return the accounts that an act would bring into a call."""
    match act:
        case PlaceAct(to=people) | AddAct(people=people):
            return people
        case TransferAct(to=to) | ConsultAct(to=to):
            return (to,)
        case _:
            return ()


def _detail(act: Act) -> str:
    match act:
        case MergeAct(other):
            return other
        case RetrieveAct(slot):
            return f"slot {slot}"
        case HandOverAct(device):
            return device
        case _:
            return " ".join(people_named(act))
