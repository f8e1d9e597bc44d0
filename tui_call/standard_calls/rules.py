"""Who may ask for what, as a call is: the codes of the sentences that say why not.

Whether a person may do such a thing at all is for the gate; here stands what the call allows. Who
is not in a call learns nothing of it: all that is answered is N_UNKNOWN_CALL.
"""

from enum import StrEnum
from typing import assert_never

from tui_call.standard_calls.events import (
    ActInside,
    Adds,
    Agrees,
    Answers,
    CancelsConsult,
    Consults,
    Declines,
    HandsOver,
    HangsUp,
    Holds,
    JoinsConsulted,
    Merges,
    Mutes,
    OffersLeg,
    Parks,
    Records,
    Retrieves,
    ShowsCaptions,
    Transcribes,
    Transfers,
)
from tui_call.standard_calls.keeping import Keeping
from tui_call.standard_calls.state import MOST_MEMBERS, Member, StandardCall

MOST_PARKED = 5
"""Calls that an account has at slots. Who parks is in the call no more and may go on to the next
one, so nothing else keeps a few people from taking all the slots; nobody looks after more."""


class ActRefusal(StrEnum):
    """Why something was not done. The value is the code of its sentence."""

    UNKNOWN_CALL = "N_UNKNOWN_CALL"
    FULL = "N_FULL"
    NO_SLOT = "N_NOSLOT"
    OWN_SLOTS = "N_OWN_SLOTS"
    SLOT_EMPTY = "N_SLOT_EMPTY"
    NO_DEVICE = "N_NODEVICE"
    NO_OTHER = "N_NOOTHER"
    IN_THE_CALL = "N_OWN_CALL"
    TARGET_RINGS = "N_TARGET_RINGS"
    TRANSFERRING = "N_TRANSFERRING"
    PARKED = "N_PARKED"
    NOT_YET = "N_NOTYET"
    BY_RULE = "N_BY_RULE"


def refusal(call: StandardCall, act: ActInside | Merges) -> ActRefusal | None:  # noqa: C901 - an arm each
    """Return why something is not done, None where it is."""
    me = call.on_device(act.account, act.device)
    match act:
        case Answers(instance=instance):
            may_come = me is not None or call.asked_at(act.account, act.device) is not None
            return None if may_come and _is_free(call, act, instance) else ActRefusal.UNKNOWN_CALL
        case Declines():
            rings = call.asked_at(act.account, act.device) is not None
            return None if rings else ActRefusal.UNKNOWN_CALL
        case Retrieves():
            return _to_retrieve(call, act)
        case _ if me is None:
            return ActRefusal.UNKNOWN_CALL
        case HangsUp() | Holds() | Mutes() | CancelsConsult() | Agrees() | ShowsCaptions():
            return None
        case Records(on=on):
            return _to_keep(call, me, on, call.recording)
        case Transcribes(on=on):
            return _to_keep(call, me, on, call.transcript)
        case OffersLeg():
            return _to_offer(call, me, act)
        case Adds(people=people):
            return _to_add(call, me, people)
        case Transfers(to=to):
            return _to_pass_on(call, me) or _to_ask(call, to)
        case Consults(to=to):
            apart = ActRefusal.BY_RULE if call.by_rule else _to_pass_on(call, me)
            return apart or _to_ask(call, to) or _room_for(call, 1)
        case JoinsConsulted():
            return _to_join(call, me)
        case Parks():
            return _to_pass_on(call, me) or _to_park(act)
        case Merges(other=other):
            return _to_merge(call, me, other)
        case HandsOver(to_device=device):
            return _to_hand_over(call, me, device)
        case _:  # pragma: no cover
            assert_never(act)


def _is_free(call: StandardCall, act: Answers | Retrieves, instance: str) -> bool:
    """Tell whether nobody else in the call has an instance."""
    owner = (act.account, act.device)
    return all((m.account, m.device) == owner for m in call.inside if m.instance == instance)


def _room_for(call: StandardCall, people: int) -> ActRefusal | None:
    return ActRefusal.FULL if len(call.accounts) + people > MOST_MEMBERS else None


def _to_ask(call: StandardCall, account: str) -> ActRefusal | None:
    """Tell why somebody cannot be asked to come: it is in the call, or rings."""
    there = tuple(call.of_account(account))
    if any(member.is_in for member in there):
        return ActRefusal.IN_THE_CALL
    return ActRefusal.TARGET_RINGS if there else None


def _to_add(call: StandardCall, me: Member, people: tuple[str, ...]) -> ActRefusal | None:
    if call.parked is not None:
        return ActRefusal.PARKED
    if me.side:
        return ActRefusal.TRANSFERRING
    if len(set(people)) < len(people):
        return ActRefusal.IN_THE_CALL
    asked = (_to_ask(call, account) for account in people)
    return next((why for why in asked if why), None) or _room_for(call, len(people))


def _to_pass_on(call: StandardCall, me: Member) -> ActRefusal | None:
    """Tell why the others cannot be left to somebody else, or at a slot."""
    if call.transfer is not None:
        return ActRefusal.TRANSFERRING
    if call.parked is not None:
        return ActRefusal.PARKED
    others = any(member.account != me.account for member in call.inside)
    return None if others else ActRefusal.NOT_YET


def _to_park(act: Parks) -> ActRefusal | None:
    if act.parked >= MOST_PARKED:
        return ActRefusal.OWN_SLOTS
    return None if act.slot else ActRefusal.NO_SLOT


def _to_join(call: StandardCall, me: Member) -> ActRefusal | None:
    transfer = call.transfer
    if transfer is None or not transfer.asks_first or transfer.by != me.account:
        return ActRefusal.NOT_YET
    answered = any(member.is_in for member in call.of_account(transfer.to))
    return None if answered else ActRefusal.TARGET_RINGS


def _to_retrieve(call: StandardCall, act: Retrieves) -> ActRefusal | None:
    parked = call.parked
    judged = (act.slot, act.by, act.group)
    if parked is None or (parked.slot, parked.by, parked.group) != judged:
        return ActRefusal.SLOT_EMPTY
    if any(member.is_in for member in call.of_account(act.account)):
        return ActRefusal.IN_THE_CALL
    if not _is_free(call, act, act.instance):
        return ActRefusal.UNKNOWN_CALL
    return None


def _to_keep(
    call: StandardCall, me: Member, on: bool, keeping: Keeping | None
) -> ActRefusal | None:
    """Tell why nothing is kept now, or why that goes on."""
    if not on:
        by_rule = keeping is not None and keeping.by_rule
        return ActRefusal.BY_RULE if by_rule else None
    if keeping is not None:
        return None
    if me.side:
        return ActRefusal.TRANSFERRING
    return ActRefusal.PARKED if call.parked is not None else None


def _to_merge(call: StandardCall, me: Member, other: StandardCall | None) -> ActRefusal | None:
    if other is None or other.id == call.id or other.on_device(me.account, me.device) is None:
        return ActRefusal.NO_OTHER
    for one in (call, other):
        if one.transfer is not None:
            return ActRefusal.TRANSFERRING
        if one.parked is not None:
            return ActRefusal.PARKED
        if any(member.why_rings == "hand_over" for member in one.members):
            return ActRefusal.TARGET_RINGS
    everybody = {*call.accounts, *other.accounts}
    return ActRefusal.FULL if len(everybody) > MOST_MEMBERS else None


def _to_hand_over(call: StandardCall, me: Member, device: str) -> ActRefusal | None:
    if device in ("", me.device):
        return ActRefusal.NO_DEVICE
    more = sum(1 for _ in call.of_account(me.account)) > 1
    return ActRefusal.TARGET_RINGS if more else None


def _to_offer(call: StandardCall, me: Member, act: OffersLeg) -> ActRefusal | None:
    others = (leg.id for one in call.members if one is not me for leg in one.legs)
    known = me.instance == act.instance and act.leg not in others
    return None if known else ActRefusal.UNKNOWN_CALL
