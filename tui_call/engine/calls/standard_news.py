"""What a person reads of what happens in a standard call."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from tui_call.engine.calls.kept_news import kept_sentence, started_sentence
from tui_call.engine.calls.standard_facts import StandardFacts
from tui_call.engine.phrases import time_of_day
from tui_call.permissions.admission import CallSide
from tui_call.reasons import EndReason
from tui_call.sentences import Sentence, sentence
from tui_call.signaling.call_acts import Act, JoinConsultedAct, ParkAct, TransferAct
from tui_call.signaling.standard_calls import CallChanged, CallNews


@dataclass(frozen=True, slots=True)
class _Row:
    """How news are told.

    Attributes:
        code: of the sentence.
        to: "others" than who did it, who knows it; "all" in the same words; "each" in words of its
            own for who did it.
        peer: who stands for "peer" in it.
    """

    code: str
    to: Literal["others", "all", "each"] = "others"
    peer: Literal["who", "whom", "others"] = "who"


_ROWS: Mapping[str, _Row] = {
    "left": _Row("G_LEFT_ROSTER"),
    "lost": _Row("G_PEER_LOST"),
    "back": _Row("G_PEER_BACK"),
    "held": _Row("G_PEER_HOLDS"),
    "resumed": _Row("G_PEER_RESUMED"),
    "muted": _Row("G_PEER_MUTED"),
    "unmuted": _Row("G_PEER_OPEN"),
    "added": _Row("G_ADDED", "each", "whom"),
    "declined": _Row(EndReason.DECLINED),
    "busy": _Row(EndReason.BUSY),
    "no_answer": _Row(EndReason.NO_ANSWER),
    "offline": _Row(EndReason.OFFLINE),
    "only_e2ee": _Row("G_ONLY_E2EE"),
    "transfer_end": _Row("G_TRANSFER_END", "all"),
    "consult_over": _Row("G_CONSULT_OVER"),
    "parked": _Row("G_PARKED_YOU"),
    "retrieved": _Row("G_RETRIEVED", "each"),
    "park_back": _Row("G_PARK_BACK", "each", "others"),
    "park_end": _Row("G_PARK_END", "all"),
    "merged": _Row("G_MERGED", "all"),
    "handed_over": _Row("G_HANDED"),
    "bridge_lost": _Row("N_BRIDGE", "all"),
    "bridge_back": _Row("G_BRIDGE_BACK", "all"),
}

_COME_AND_GO = frozenset({"joined", "left"})

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
    told: CallChanged,
    facts: StandardFacts,
    *,
    comes: bool = False,
    apart: frozenset[str] = frozenset(),
) -> Iterator[Sentence]:
    """Yield what a person reads of a call as it was told.

    Args:
        told: how.
        facts: of the call, which it is told of.
        comes: the person here comes into it, and reads of what is kept already.
        apart: who was apart from the person here before; who comes and goes there is not told.
    """
    for news in told.news:
        elsewhere = news.what in _COME_AND_GO and news.who in apart | facts.apart
        goes_along = news.what == "joined" and facts.silent and not facts.spoke
        words = None if elsewhere or goes_along else news_sentence(news, facts)
        if words is not None:
            yield words
    cancelled = [news.who for news in told.news if news.what == "cancelled"]
    if cancelled:
        yield sentence("G_RINGS_NO_MORE", peer=facts.names_of(cancelled))
    begun = {news.what for news in told.news}
    for what in ("recording", "transcript"):
        words = started_sentence(what, facts) if comes and what not in begun else None
        if words is not None:
            yield words


def news_sentence(news: CallNews, facts: StandardFacts) -> Sentence | None:
    """Return the sentence of something that happened.

    None where the person here did it alone, and where it is told with others of its kind.
    """
    if (row := _ROWS.get(news.what)) is not None:
        return _row_sentence(row, news, facts)
    who, whom = facts.name_of(news.who), facts.name_of(news.whom)
    mine, about_me = news.who == facts.account, news.whom == facts.account
    match news.what:
        case "joined":
            return None if mine else _joined(news.who, facts)
        case "transferred" if about_me:
            return sentence("G_TRANSFER_YOU", "callee", who=who, peer=_others(facts))
        case "transferred":
            rings = any(one.account == news.whom and one.state == "ringing" for one in facts.others)
            audience = "" if rings else "asked first"
            return None if mine else sentence("G_TRANSFER_YOU", audience, who=who, peer=whom)
        case "transfer_back" if about_me and facts.asked is not None:
            why = _why_back(facts, who)
            return sentence("G_TRANSFER_BACK", "own", who=who, why=why, peer=_others(facts))
        case "transfer_back":
            return sentence("G_TRANSFER_BACK", "other side sees", who=who, peer=whom)
        case "consulting":
            return consult_sentence(news.who, news.whom, facts)
        case _:
            return kept_sentence(news, facts)


def _row_sentence(row: _Row, news: CallNews, facts: StandardFacts) -> Sentence | None:
    mine = news.who == facts.account
    if mine and row.to == "others":
        return None
    audience = CallSide.CALLER if row.code in list(EndReason) else ""
    if row.to == "each":
        audience = "own" if mine else "other side sees"
    who = facts.name_of(news.who)
    peers = {"who": who, "whom": facts.name_of(news.whom), "others": _others(facts)}
    n = news.seconds if audience is CallSide.CALLER else facts.people
    about = {"slot": news.slot, "device": news.device_name}
    return sentence(row.code, audience, who=who, peer=peers[row.peer], n=n, **about)


def over_sentence(act: Act | None, facts: StandardFacts, over: CallChanged) -> Sentence | None:
    """Return what became of a call that is over here alone, None where the reason says all.

    Args:
        act: what was asked for last in the call.
        facts: of the call.
        over: how the service told that it is over here.
    """
    peer = _others(facts)
    if over.over == EndReason.TAKEN_BY_OTHER:
        return sentence(over.over, "by", who=facts.name_of(over.over_by), peer=peer)
    if over.over_by not in ("", facts.account):
        return None
    match act:
        case TransferAct(to):
            return sentence("G_PASSED_ON", who=facts.name_of(to), peer=peer)
        case JoinConsultedAct():
            to = facts.transfer.to if facts.transfer is not None else ""
            return sentence("G_TRANSFER_DONE", who=facts.name_of(to), peer=_left_behind(facts))
        case ParkAct() if over.parked is not None:
            slot, rings_at = over.parked.slot, time_of_day(over.parked.rings_at)
            return sentence("G_PARKED_OWN", peer=peer, slot=slot, time=rings_at)
        case _ if over.parked is not None:  # it rang back here, and was not taken
            slot, rings_at = over.parked.slot, time_of_day(over.parked.rings_at)
            return sentence("G_PARK_WAITS", peer=peer, slot=slot, time=rings_at)
        case _:
            return None


def _joined(account: str, facts: StandardFacts) -> Sentence:
    people = facts.people
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
