"""What follows for a call from who is left in it, whatever the event was."""

from dataclasses import replace

from tui_call.reasons import EndReason
from tui_call.standard_calls.effects import SoundTone
from tui_call.standard_calls.kept_rooms import must_be_recorded, waits_for_rule
from tui_call.standard_calls.kept_settling import settle_kept
from tui_call.standard_calls.revision import Revision
from tui_call.standard_calls.state import PARK_ROUNDS, PARK_SECONDS, OpenTransfer, ParkedAt


def settle(revision: Revision) -> None:
    """Bring a call to rest; it may be over then."""
    _who_has_sound(revision)
    _hand_over(revision)
    transfer, parked = revision.call.transfer, revision.call.parked
    if transfer is not None and transfer.asks_first:
        _consultation(revision, transfer)
    elif transfer is not None:
        _transfer(revision, transfer)
    if parked is not None:
        _parked(revision, parked)
    _end(revision)
    _say_who_left(revision)
    settle_kept(revision)


def _who_has_sound(revision: Revision) -> None:
    """Let those talk who have a leg that brings sound, where no rule lets them wait."""
    for member in revision.call.inside:
        if not member.connected or member.state == "talking":
            continue
        if member.state == "joining" and waits_for_rule(revision.call, member):
            continue
        revision.put(replace(member, state="talking", until=None))
        if member.state == "lost":
            revision.happened("back", member.account)
        elif member.why_rings != "hand_over" and len(revision.call.inside) > 2:
            revision.effects.append(SoundTone("join", member.side))


def _say_who_left(revision: Revision) -> None:
    """Play a tone to those who spoke with somebody that left, where they are more than one."""
    for side in {member.side for member in revision.left}:
        there = {member.account for member in revision.call.inside if member.side == side}
        if len(there) > 1:
            revision.effects.append(SoundTone("leave", side))


def _is_in(revision: Revision, account: str) -> bool:
    return any(member.is_in for member in revision.call.of_account(account))


def _hand_over(revision: Revision) -> None:
    """Let a device that has sound take the place of the one that handed it the call."""
    for taker in revision.call.members:
        if taker.why_rings != "hand_over":
            continue
        old = next((m for m in revision.call.of_account(taker.account) if m != taker), None)
        if old is None and taker.is_in:
            revision.put(replace(taker, why_rings=""))
        elif old is None:
            revision.drop(taker, EndReason.CANCELLED)
        elif taker.state == "talking":
            revision.drop(old, EndReason.TAKEN, taker.account)
            revision.left.remove(old)
            revision.put(replace(taker, why_rings=""))
            revision.happened("handed_over", taker.account, device=taker.device)


def _consultation(revision: Revision, transfer: OpenTransfer) -> None:
    """End it with who asks, with who is asked, or with the last of those who wait.

    Where a rule comes into the call nobody is apart any more: that would not be recorded.
    """
    targets = tuple(revision.call.of_account(transfer.to))  # two in a hand-over
    asks = _is_in(revision, transfer.by) and not must_be_recorded(revision.call)
    if asks and targets and any(member.side == 0 for member in revision.call.inside):
        return
    for target in targets if not asks else ():
        why = EndReason.HUNG_UP if target.is_in else EndReason.CANCELLED
        revision.drop(target, why, transfer.by)
    end_transfer(revision)
    revision.happened("consult_over", transfer.by, transfer.to)


def end_transfer(revision: Revision) -> None:
    """Forget a transfer; all are on one side again."""
    members = tuple(replace(member, side=0) for member in revision.call.members)
    revision.call = replace(revision.call, transfer=None, members=members)


def _transfer(revision: Revision, transfer: OpenTransfer) -> None:
    """Ring back at who passed the call on where the target does not come, and give up there."""
    call = revision.call
    if not call.inside or _is_in(revision, transfer.to) or _is_in(revision, transfer.by):
        end_transfer(revision)
    elif any(call.of_account(transfer.by if transfer.rings_back else transfer.to)):
        return
    elif transfer.rings_back:
        revision.happened("transfer_end", transfer.by, transfer.to)
        end_transfer(revision)
    else:
        _ring_back(revision, transfer)


def _ring_back(revision: Revision, transfer: OpenTransfer) -> None:
    revision.happened("transfer_back", transfer.to, transfer.by)
    revision.call = replace(revision.call, transfer=replace(transfer, rings_back=True))
    if not any(revision.call.of_account(transfer.by)):  # else it was added, and rings already
        why = revision.endings[transfer.to].why
        revision.ring(transfer.by, transfer.to, "transfer_back", why=why)


def _parked(revision: Revision, parked: ParkedAt) -> None:
    """Take a call from its slot with who parked it, and let it wait on where nobody took it."""
    call = revision.call
    if _is_in(revision, parked.by):
        revision.happened("retrieved", parked.by, slot=parked.slot)
        revision.call = replace(call, parked=None)
    elif parked.rings and not any(call.of_account(parked.by)):
        rounds, rings_at = parked.rounds + 1, revision.now + PARK_SECONDS
        waits_on = replace(parked, rings=False, rounds=rounds, rings_at=rings_at)
        revision.call = replace(call, parked=waits_on)
        if rounds == PARK_ROUNDS:
            _give_up(revision, parked)


def _give_up(revision: Revision, parked: ParkedAt) -> None:
    revision.happened("park_end", parked.by, slot=parked.slot)
    revision.leave_word(parked.by, "")
    for member in revision.call.members:
        revision.drop(member, EndReason.NO_ANSWER, parked.by)


def _end(revision: Revision) -> None:
    """End a call with nobody in it, or with one who waits for nobody."""
    call = revision.call
    inside = {member.account for member in call.inside}
    if len(inside) > 1:
        return
    if inside and (call.transfer is not None or call.parked is not None):
        return
    if any(member.added_by in inside for member in call.asked):
        return
    last = revision.left[-1].account if revision.left else list(revision.endings)[-1]
    end = revision.endings[last]
    for member in call.members:
        why = end.why if member.is_in else EndReason.CANCELLED
        revision.drop(member, why, end.by)
    revision.call = replace(revision.call, transfer=None, parked=None, over=end.why, over_by=end.by)
