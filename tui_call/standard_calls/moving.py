"""Passing a call on: transfer, park, another device, another call."""

from dataclasses import replace

from tui_call.reasons import EndReason
from tui_call.standard_calls.course import take_part
from tui_call.standard_calls.events import (
    CancelsConsult,
    Consults,
    HandsOver,
    JoinsConsulted,
    Parks,
    Retrieves,
    Transfers,
)
from tui_call.standard_calls.revision import Revision, free_number
from tui_call.standard_calls.settling import end_transfer
from tui_call.standard_calls.state import PARK_SECONDS, Member, OpenTransfer, ParkedAt

# Transfer


def transfer(revision: Revision, act: Transfers) -> None:
    """Let who asks go at once, and ring the target."""
    _leave(revision, act.account)
    revision.call = replace(revision.call, transfer=OpenTransfer(act.account, act.to))
    revision.happened("transferred", act.account, act.to)
    revision.ring(act.to, act.account, "transfer")


def consult(revision: Revision, act: Consults) -> None:
    """Take who asks apart, and ring there who is asked."""
    for member in revision.call.of_account(act.account):
        revision.put(replace(member, side=1, on_hold=False))
    revision.call = replace(
        revision.call, transfer=OpenTransfer(act.account, act.to, asks_first=True)
    )
    revision.happened("consulting", act.account, act.to)
    revision.ring(act.to, act.account, side=1)


def join_consulted(revision: Revision, act: JoinsConsulted) -> None:
    """Bring who was asked to the others, and let who asked go."""
    transfer = revision.call.transfer
    assert transfer is not None  # else it was refused
    _leave(revision, act.account)
    revision.left.clear()  # no tone: for the others it is one person for another
    end_transfer(revision)
    revision.happened("transferred", act.account, transfer.to)


def cancel_consult(revision: Revision, act: CancelsConsult) -> None:
    """Let who was asked go; that brings back who asked."""
    transfer = revision.call.transfer
    if transfer is None or not transfer.asks_first or transfer.by != act.account:
        return  # it has just ended
    for target in revision.call.of_account(transfer.to):
        why = EndReason.HUNG_UP if target.is_in else EndReason.CANCELLED
        revision.drop(target, why, act.account)


def _leave(revision: Revision, account: str) -> None:
    for member in tuple(revision.call.of_account(account)):
        revision.drop(member, EndReason.HUNG_UP, account)


# Park


def park(revision: Revision, act: Parks) -> None:
    """Let who asks go, and leave the others at a slot."""
    for member in revision.call.asked:
        revision.drop(member, EndReason.CANCELLED, act.account)
    _leave(revision, act.account)
    rings_at = revision.now + PARK_SECONDS
    parked = ParkedAt(act.slot, act.account, rings_at, group=act.group)
    revision.call = replace(revision.call, parked=parked)
    revision.happened("parked", act.account, slot=act.slot)


def retrieve(revision: Revision, act: Retrieves) -> None:
    """Let somebody in who takes the call from its slot; it rings back at nobody any more."""
    revision.call = replace(revision.call, parked=None)
    rings = revision.call.asked_at(act.account, act.device)
    for member in revision.call.asked:
        if member.why_rings == "park_back" and member is not rings:
            revision.drop(member, EndReason.TAKEN_BY_OTHER, act.account)
    number = free_number(revision.call, revision.now)
    take_part(revision, rings or Member(number, act.account), act)
    revision.happened("retrieved", act.account, slot=act.slot)


# Another device


def hand_over(revision: Revision, act: HandsOver) -> None:
    """Ring at another device of who asks."""
    [member] = revision.call.of_account(act.account)
    revision.ring(act.account, member.added_by, "hand_over", device=act.to_device, side=member.side)
