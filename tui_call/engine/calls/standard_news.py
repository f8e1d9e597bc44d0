"""What a person reads of what happens in a standard call."""

from collections.abc import Iterator

from tui_call.engine.calls.kept_news import kept_sentence, started_sentence
from tui_call.engine.calls.standard_facts import StandardFacts
from tui_call.engine.phrases import time_of_day
from tui_call.permissions.admission import CallSide
from tui_call.reasons import EndReason
from tui_call.sentences import Sentence, sentence
from tui_call.signaling.call_acts import Act, JoinConsultedAct, ParkAct, TransferAct
from tui_call.signaling.standard_calls import RING_SECONDS, CallChanged, CallNews

_OF_SOMEBODY = {
    "declined": EndReason.DECLINED,
    "busy": EndReason.BUSY,
    "no_answer": EndReason.NO_ANSWER,
    "offline": EndReason.OFFLINE,
    "only_e2ee": "G_ONLY_E2EE",
    "lost": "G_PEER_LOST",
    "back": "G_PEER_BACK",
    "held": "G_PEER_HOLDS",
    "resumed": "G_PEER_RESUMED",
    "muted": "G_PEER_MUTED",
    "unmuted": "G_PEER_OPEN",
    "consult_over": "G_CONSULT_OVER",
}
"""News that say that somebody did something; who did it here knows it."""

_WHY_BACK = frozenset(
    {
        EndReason.DECLINED,
        EndReason.BUSY,
        EndReason.NO_ANSWER,
        EndReason.OFFLINE,
        EndReason.PEER_REQUIRES,
    }
)
"""Why somebody did not take a call, where a sentence has words of its own for it."""


def told_sentences(
    told: CallChanged, facts: StandardFacts, *, comes: bool = False
) -> Iterator[Sentence]:
    """Yield what a person reads of a call as it was told.

    Args:
        told: how.
        facts: of the call, which it is told of.
        comes: the person here comes into it, and reads of what is kept already.
    """
    for news in told.news:
        words = news_sentence(news, facts)
        if words is not None:
            yield words
    begun = {news.what for news in told.news}
    for what in ("recording", "transcript"):
        words = started_sentence(what, facts) if comes and what not in begun else None
        if words is not None:
            yield words


def news_sentence(news: CallNews, facts: StandardFacts) -> Sentence | None:  # noqa: C901 - an arm each
    """Return the sentence of something that happened, None where the person here did it alone."""
    who, whom = facts.name_of(news.who), facts.name_of(news.whom)
    mine, about_me = news.who == facts.account, news.whom == facts.account
    people = len({one.account for one in facts.told.members if one.state != "ringing"})
    match news.what:
        case "joined" if not mine:
            return _joined(news.who, facts, people)
        case "left" if not mine:
            return sentence("G_LEFT_ROSTER", who=who, n=people)
        case "added":
            return sentence("G_ADDED", "own" if mine else "other side sees", who=who, peer=whom)
        case "transferred" if about_me:
            return sentence("G_TRANSFER_YOU", "callee", who=who, peer=_others(facts))
        case "transferred" if not mine:
            rings = any(one.account == news.whom and one.state == "ringing" for one in facts.others)
            return sentence("G_TRANSFER_YOU", "" if rings else "asked first", who=who, peer=whom)
        case "transfer_back" if about_me and facts.asked is not None:
            why = _why_back(facts, who)
            return sentence("G_TRANSFER_BACK", "own", who=who, why=why, peer=_others(facts))
        case "transfer_back":
            return sentence("G_TRANSFER_BACK", "other side sees", who=who, peer=whom)
        case "transfer_end":
            return sentence("G_TRANSFER_END")
        case "consulting":
            return consult_sentence(news.who, news.whom, facts)
        case "parked" if not mine:
            return sentence("G_PARKED_YOU", peer=who)
        case "retrieved":
            return sentence(
                "G_RETRIEVED", "own" if mine else "other side sees", who=who, slot=news.slot
            )
        case "park_back":
            audience = "own" if mine else "other side sees"
            return sentence("G_PARK_BACK", audience, slot=news.slot, who=who, peer=_others(facts))
        case "park_end":
            return sentence("G_PARK_END", slot=news.slot)
        case "merged":
            return sentence("G_MERGED", n=people)
        case "handed_over" if not mine:
            return sentence("G_HANDED", who=who, device=news.device_name)
        case "bridge_lost":
            return sentence("N_BRIDGE", n=people)
        case "bridge_back":
            return sentence("G_BRIDGE_BACK")
        case what if what in _OF_SOMEBODY and not mine:
            code = _OF_SOMEBODY[what]
            audience = CallSide.CALLER if code in list(EndReason) else ""
            return sentence(code, audience, peer=who, n=RING_SECONDS)
        case _:
            return kept_sentence(news, facts)


def left_sentence(act: Act | None, facts: StandardFacts, over: CallChanged) -> Sentence | None:
    """Return how the person here left a call to others, None where it was not so.

    Args:
        act: what was asked for last in the call.
        facts: of the call.
        over: how the service told that it is over here.
    """
    peer = _others(facts)
    match act:
        case TransferAct(to):
            return sentence("G_PASSED_ON", who=facts.name_of(to), peer=peer)
        case JoinConsultedAct():
            to = facts.transfer.to if facts.transfer is not None else ""
            return sentence("G_TRANSFER_DONE", who=facts.name_of(to), peer=_left_behind(facts))
        case ParkAct() if over.parked is not None:
            slot, rings_at = over.parked.slot, time_of_day(over.parked.rings_at)
            return sentence("G_PARKED_OWN", peer=peer, slot=slot, time=rings_at)
        case _:
            return None


def _joined(account: str, facts: StandardFacts, people: int) -> Sentence:
    member = next((one for one in facts.told.members if one.account == account), None)
    added_by = member.added_by if member is not None and people > 2 else ""
    audience, peer = "added" if added_by else "roster", facts.name_of(added_by)
    return sentence("G_JOIN", audience, who=facts.name_of(account), peer=peer, n=people)


def consult_sentence(by: str, to: str, facts: StandardFacts) -> Sentence:
    """Return that somebody speaks with another one first, as each of them reads it."""
    who, behind = facts.name_of(by), _left_behind(facts)
    if by == facts.account:
        audience = "several" if len(facts.behind) > 1 else "own"
        return sentence("G_CONSULT", audience, who=facts.name_of(to), peer=behind)
    if to == facts.account:
        return sentence("G_CONSULT", "callee", who=who, peer=behind)
    return sentence("G_CONSULT", "other side sees" if facts.waits else "others see", who=who)


def _why_back(facts: StandardFacts, who: str) -> str:
    """Return why somebody did not take a call, as a part of a sentence."""
    asked = facts.asked
    code = asked.why if asked is not None else ""
    audience = code if code in _WHY_BACK else ""
    return sentence("G_WHY_BACK", audience, peer=who).text


def _others(facts: StandardFacts) -> str:
    """Return who is in the call beside the person here."""
    there = [one.account for one in facts.others if one.state != "ringing"]
    return facts.names_of(there or [one.account for one in facts.others])


def _left_behind(facts: StandardFacts) -> str:
    return facts.names_of(facts.behind)
