"""Placing, answering and leaving a call, and what its members do in it."""

from dataclasses import replace

from tui_call.reasons import EndReason
from tui_call.standard_calls.effects import EndLeg
from tui_call.standard_calls.events import (
    Adds,
    Answers,
    Declines,
    HangsUp,
    Holds,
    Mutes,
    OffersLeg,
    Places,
    Retrieves,
    WordChanged,
)
from tui_call.standard_calls.keeping import consent_with
from tui_call.standard_calls.kept_course import take_report
from tui_call.standard_calls.revision import Revision, free_number
from tui_call.standard_calls.state import (
    JOIN_SECONDS,
    LOST_SECONDS,
    Member,
    MemberLeg,
    StandardCall,
)

MOST_LEGS = 2
"""Of one member: the one in use, and the one that takes its place."""

_DECLINES = {
    reason.value: reason
    for reason in (EndReason.BUSY, EndReason.DO_NOT_DISTURB, EndReason.PEER_REQUIRES)
}


def place(act: Places, now: float) -> Revision:
    """Begin a call."""
    call = StandardCall(
        act.call,
        float(int(now)),
        first_takes=act.first_takes,
        why=act.why,
        why_of=act.why_of,
        worker=act.worker,
        nonce=act.nonce,
    )
    revision = Revision(call, now)
    placer = Member(free_number(call, now), act.account)
    take_part(revision, placer, act)
    for account in dict.fromkeys(act.to):
        _ask(revision, act, account)
    return revision


def _ask(revision: Revision, act: Places, account: str) -> None:
    if act.ring:
        revision.ring(account, act.account)
        return
    number = free_number(revision.call, revision.now)
    expected = Member(number, account, state="joining", added_by=act.account)
    revision.put(replace(expected, until=revision.now + expected.asked_for))


def take_part(revision: Revision, member: Member, act: Places | Answers | Retrieves) -> None:
    """Let somebody into the call who has answered."""
    revision.put(
        replace(
            member,
            device=act.device,
            instance=act.instance,
            word=act.word,
            consent="refused" if act.account in revision.call.refused else "",
            came_with=act.came_with,
            state="joining",
            since=revision.now,
            until=revision.now + JOIN_SECONDS,
            why_rings="",
            why="",
        )
    )


def answer(revision: Revision, act: Answers) -> None:
    """Let somebody in who was asked to come, or back in with a device that began anew."""
    asked = revision.call.asked_at(act.account, act.device)
    if asked is None:
        _come_back(revision, act)
    elif asked.why_rings == "hand_over":
        _take_over(revision, asked, act)
    else:
        take_part(revision, asked, act)
        revision.happened("joined", act.account)
        if revision.call.first_takes:
            _stop_ringing(revision, act.account)


def _take_over(revision: Revision, asked: Member, act: Answers) -> None:
    """Let another device of a member in beside it, until it has sound."""
    [old] = (one for one in revision.call.of_account(act.account) if one.is_in)
    take_part(revision, asked, act)
    [taker] = (one for one in revision.call.members if one.number == asked.number)
    revision.put(
        replace(
            taker,
            why_rings="hand_over",
            since=old.since,
            side=old.side,
            consent=consent_with(act.word, old.consent),
            came_with=old.came_with,
        )
    )


def _stop_ringing(revision: Revision, taker: str) -> None:
    revision.call = replace(revision.call, first_takes=False)
    for member in revision.call.asked:
        if member.why_rings == "":
            revision.drop(member, EndReason.TAKEN_BY_OTHER, taker)
            revision.happened("cancelled", member.account)


def _come_back(revision: Revision, act: Answers) -> None:
    """Take a new instance of a device for the old one, which counted its frames otherwise.

    Of the same one only its word may be another by now.
    """
    member = revision.call.on_device(act.account, act.device)
    assert member is not None  # else it was refused
    if member.instance == act.instance:
        take_report(revision, WordChanged(act.account, act.device, act.word))
        return
    revision.call = replace(
        revision.call, members=tuple(one for one in revision.call.members if one != member)
    )
    revision.retire(member.number)
    revision.effects += (EndLeg(leg.id) for leg in member.legs)
    revision.put(
        replace(
            member,
            number=free_number(revision.call, revision.now),
            instance=act.instance,
            legs=(),
            state="joining" if member.state == "joining" else "lost",
            until=revision.now + LOST_SECONDS,
            word=act.word,
            consent=consent_with(act.word, member.consent),
            captions=False,
        )
    )


def decline(revision: Revision, act: Declines) -> None:
    """Ask somebody no longer, by their own word."""
    asked = revision.call.asked_at(act.account, act.device)
    assert asked is not None  # else it was refused
    revision.drop(asked, _DECLINES.get(act.why, EndReason.DECLINED), act.account)


def hang_up(revision: Revision, act: HangsUp) -> None:
    """Let somebody go; where another device has just taken the call over, it stays with that."""
    revision.happened("left", act.account)
    revision.drop(_member(revision, act), EndReason.HUNG_UP, act.account)


def hold(revision: Revision, act: Holds) -> None:
    """Hold the call, or take it off hold."""
    member = _member(revision, act)
    if member.on_hold is not act.on:
        revision.put(replace(member, on_hold=act.on))
        revision.happened("held" if act.on else "resumed", act.account)


def mute(revision: Revision, act: Mutes) -> None:
    """Take what a member says of its microphone."""
    member = _member(revision, act)
    if member.muted is not act.on:
        revision.put(replace(member, muted=act.on))
        revision.happened("muted" if act.on else "unmuted", act.account)


def add(revision: Revision, act: Adds) -> None:
    """Ring further people."""
    for account in act.people:
        revision.ring(account, act.account, "add")
        revision.happened("added", act.account, account)


def offer_leg(revision: Revision, act: OffersLeg) -> None:
    """Expect a further leg of a member; too many lose a silent or the oldest one."""
    member = _member(revision, act)
    if any(leg.id == act.leg for leg in member.legs):
        return
    kept = sorted(member.legs, key=lambda leg: leg.connected)[1 - MOST_LEGS :]
    revision.effects += (EndLeg(leg.id) for leg in member.legs if leg not in kept)
    revision.put(replace(member, legs=(*kept, MemberLeg(act.leg))))


def _member(revision: Revision, act: HangsUp | Holds | Mutes | OffersLeg) -> Member:
    """Return who asks; one that is not in the call was refused."""
    member = revision.call.on_device(act.account, act.device)
    assert member is not None
    return member
