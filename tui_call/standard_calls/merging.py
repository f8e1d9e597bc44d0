"""Two calls that become one: merged, or placed by two people who call each other."""

from dataclasses import replace

from tui_call.reasons import EndReason
from tui_call.standard_calls.effects import Effect, EndLeg, Step, TellOver
from tui_call.standard_calls.events import Merges
from tui_call.standard_calls.kept_course import OVER
from tui_call.standard_calls.kept_settling import settle_kept
from tui_call.standard_calls.revision import RETIRED_SECONDS, Revision, free_number
from tui_call.standard_calls.state import Happening, Member, RetiredNumber, StandardCall


def merge(revision: Revision, act: Merges) -> Step:
    """Bring the people of another call into this one, which takes who asks off hold.

    Legs go along, so nobody makes a new one. Who is in both calls stays as it is here, unless it
    only rings here. Returns the other call, over.
    """
    call, other = revision.call, act.other
    assert other is not None  # else it was refused
    inside_there = {member.account for member in other.inside}
    stay = [one for one in call.members if one.is_in or one.account not in inside_there]
    accounts = {member.account for member in stay}
    come = [member for member in other.members if member.account not in accounts]
    refused = tuple(dict.fromkeys((*call.refused, *other.refused)))
    together = (*stay, *(_asked_anew(member) for member in come))
    revision.call = replace(
        call,
        members=tuple(_as_said(member, refused) for member in together),
        first_takes=False,
        refused=refused,
        by_rule=call.by_rule or other.by_rule,
    )
    _number_anew(revision, _numbers(call, revision.now), _numbers(other, revision.now))
    for member in tuple(revision.call.of_account(act.account)):
        revision.put(replace(member, on_hold=False))
    revision.happened("merged", act.account)
    for what, keeping in other.kept:
        if call.keeping(what) is None and not keeping.by_rule:
            revision.happened(OVER[what], act.account)
    settle_kept(revision)
    gone = (member for member in other.members if member not in come)
    effects: list[Effect] = [EndLeg(leg.id) for member in gone for leg in member.legs]
    effects += (TellOver(one, EndReason.REPLACED, act.account) for one in other.accounts)
    step = revision.step(act.done)
    return replace(step, other=_over(other, act), other_effects=tuple(effects))


def _over(other: StandardCall, act: Merges) -> StandardCall:
    """Return the other call, which nobody is in and nothing is kept of any more."""
    return replace(
        other,
        sequence=other.sequence + 1,
        members=(),
        news=(Happening("merged", act.account),),
        over=EndReason.REPLACED,
        over_by=act.account,
        recording=None,
        transcript=None,
        tap="",
        people=(),
        refused=(),
    )


def _asked_anew(member: Member) -> Member:
    """Return somebody who comes: it has agreed to be kept among other people only."""
    return member if member.consent == "refused" else replace(member, consent="")


def _as_said(member: Member, refused: tuple[str, ...]) -> Member:
    """Return somebody as it said: who said no in either call, also before it left, says so here."""
    return replace(member, consent="refused") if member.account in refused else member


def _numbers(call: StandardCall, now: float) -> set[int]:
    """Return the numbers that people in a call may have heard somebody under."""
    resting = (one.number for one in call.retired if one.free_at > now)
    return {*resting, *(member.number for member in call.members)}


def _number_anew(revision: Revision, here: set[int], there: set[int]) -> None:
    """Give new numbers to those who have one that stood for somebody else in the other call."""
    free_at = revision.now + RETIRED_SECONDS
    retired = tuple(RetiredNumber(number, free_at) for number in sorted(here | there))
    revision.call = replace(revision.call, retired=retired)
    members = list(revision.call.members)
    for place, member in enumerate(members):
        if member.number in here & there:
            number = free_number(replace(revision.call, members=tuple(members)), revision.now)
            members[place] = replace(member, number=number)
    revision.call = replace(revision.call, members=tuple(members))


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
