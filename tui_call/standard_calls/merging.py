"""Two calls that become one: merged, or placed by two people who call each other."""

from dataclasses import replace

from tui_call.reasons import EndReason
from tui_call.standard_calls.effects import Effect, EndLeg, Step, TellOver
from tui_call.standard_calls.events import Merges
from tui_call.standard_calls.revision import RETIRED_SECONDS, Revision, free_number
from tui_call.standard_calls.state import Happening, Member, RetiredNumber, StandardCall


def merge(revision: Revision, act: Merges) -> Step:
    """Bring the people of another call into this one, which takes who asks off hold.

    Legs go along, so nobody makes a new one. Who is in both calls stays as it is here, unless it
    only rings here. Returns the other call, over.
    """
    other = act.other
    assert other is not None  # else it was refused
    gone: list[Member] = []
    taken = {one.number for one in (*revision.call.members, *revision.call.retired)}
    _keep_numbers(revision, other)
    for member in other.members:
        here = next(revision.call.of_account(member.account), None)
        if here is not None and (here.is_in or not member.is_in):
            gone.append(member)
            continue
        _bring(revision, member, here, taken)
    for member in tuple(revision.call.of_account(act.account)):
        revision.put(replace(member, on_hold=False))
    revision.call = replace(revision.call, first_takes=False)
    revision.happened("merged", act.account)
    effects: list[Effect] = [EndLeg(leg.id) for member in gone for leg in member.legs]
    effects += (TellOver(one, EndReason.REPLACED, act.account) for one in other.accounts)
    over = replace(
        other,
        sequence=other.sequence + 1,
        members=(),
        news=(Happening("merged", act.account),),
        over=EndReason.REPLACED,
        over_by=act.account,
    )
    step = revision.step(act.done)
    return replace(step, other=over, other_effects=tuple(effects))


def _keep_numbers(revision: Revision, other: StandardCall) -> None:
    """Give nobody a number that those who come have heard from somebody else."""
    free_at = revision.now + RETIRED_SECONDS
    heard = (RetiredNumber(member.number, free_at) for member in other.members)
    retired = (*revision.call.retired, *other.retired, *heard)
    revision.call = replace(revision.call, retired=retired)


def _bring(revision: Revision, member: Member, here: Member | None, taken: set[int]) -> None:
    """Bring a member along, with another number where its own is taken."""
    if here is not None:
        members = tuple(one for one in revision.call.members if one is not here)
        revision.call = replace(revision.call, members=members)
    number = member.number
    if number in taken:
        number = free_number(revision.call, revision.now)
    revision.put(replace(member, number=number))


def cross(one: StandardCall, other: StandardCall) -> bool:
    """Tell whether two people call each other, each in one of two calls that nobody has taken.

    Both want to speak, so nobody is asked: the call that was saved first goes on, and who placed
    the other one answers it.
    """
    first, second = _placed_to(one), _placed_to(other)
    return first is not None and second is not None and first == second[::-1]


def _placed_to(call: StandardCall) -> tuple[str, str] | None:
    """Return who called whom, of a call that rings at one person and that nobody has taken."""
    match call.members:
        case (Member(is_in=True) as placer, Member(state="ringing", why_rings="") as called):
            return placer.account, called.account
        case _:
            return None
