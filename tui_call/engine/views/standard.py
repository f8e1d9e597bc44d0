"""What screens show of a standard call beside what every call has."""

from collections.abc import Callable, Iterator
from typing import Literal

from tui_call.control.views import KeptView, MemberView, PersonView, SentenceView
from tui_call.engine.calls.call_state import CallState
from tui_call.engine.calls.kept_news import starter_of
from tui_call.engine.calls.standard_facts import StandardFacts
from tui_call.engine.calls.standard_news import consult_sentence
from tui_call.foreign_text import clean
from tui_call.identifiers import AccountId
from tui_call.permissions.gate import Phase
from tui_call.reasons import GateReason
from tui_call.sentences import sentence
from tui_call.signaling.standard_calls import CallMember, KeptNow


def standard_shield(call: CallState, organisation: str) -> SentenceView:
    """Return who can hear the call."""
    if call.phase is Phase.ENDED and not call.started:
        return sentence("SH_NO_CALL")
    return sentence("SH_STANDARD", org=organisation)


def why_standard(facts: StandardFacts) -> SentenceView:
    """Return why the call is not E2EE."""
    return facts.why or sentence(GateReason.MORE_THAN_TWO)


def transfer_of(facts: StandardFacts) -> SentenceView | None:
    """Return to whom the call is being passed, or whom somebody asks first.

    Who is to take it, and at whom it rings back, see a call that rings.
    """
    transfer = facts.transfer
    if transfer is None or transfer.to == facts.account:
        return None
    if transfer.asks_first:
        return consult_sentence(transfer.by, transfer.to, facts)
    if transfer.by == facts.account:
        return None
    by, to = facts.name_of(transfer.by), facts.name_of(transfer.to)
    if all(one.account != transfer.to for one in facts.others):
        return sentence("G_TRANSFER_BACK", "other side sees", who=to, peer=by)
    return sentence("G_TRANSFER_YOU", who=by, peer=to)


def members_of(
    facts: StandardFacts, person: Callable[[AccountId], PersonView], first: AccountId
) -> tuple[MemberView, ...]:
    """Return everybody else in the call; while there is nobody, who is called or has left it.

    Args:
        facts: of the call.
        person: shows somebody.
        first: who called or was called, who stands before the others.
    """
    members = tuple(sorted(_members(facts, person), key=lambda one: one.account != first))
    state = "ringing" if facts.own is None else "gone"
    return members or tuple(MemberView(person(AccountId(one)), state=state) for one in facts.names)


def _members(
    facts: StandardFacts, person: Callable[[AccountId], PersonView]
) -> Iterator[MemberView]:
    side = facts.own.side if facts.own is not None else 0
    for one in facts.others:
        yield MemberView(
            person(AccountId(one.account)),
            number=one.number,
            state=_state(one),
            device=clean(one.device_name),
            since=one.since,
            added_by=facts.name_of(one.added_by) if one.added_by else "",
            waits=one.waits,
            apart=one.side != side,
            silent=one.muted,
            holding=one.on_hold,
            kept=one.kept,
            captions=one.captions,
            captioned=one.captioned,
        )


def kept_view(kept: KeptNow | None, facts: StandardFacts) -> KeptView | None:
    """Return a recording or transcript of the call, None where there is none."""
    if kept is None:
        return None
    return KeptView(
        kept.id,
        starter_of(kept, facts),
        kept.since,
        kept.starting,
        kept.tracks,
        mine=kept.by == facts.account,
    )


def _state(member: CallMember) -> Literal["ringing", "joining", "here", "lost"]:
    match member.state:
        case "talking":
            return "here"
        case "ringing" | "joining" | "lost":
            return member.state
