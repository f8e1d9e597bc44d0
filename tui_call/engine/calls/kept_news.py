"""What a person reads of what the bridge keeps or shows of a standard call."""

from tui_call.engine.calls.standard_facts import StandardFacts
from tui_call.sentences import Sentence, sentence
from tui_call.signaling.standard_calls import CallNews, KeptNow

_WHY_OVER = frozenset({"N_DISK", "N_TAP", "N_KEPT_FAILED", "G_POLICY_REC", "G_POLICY_TRANSCRIPT"})
"""Why something that was kept is over, where nobody ended it."""

_NOT_KEPT = frozenset({"N_DISK", "N_TAP", "N_KEPT_FAILED"})
"""Those of them that keep anything from being begun."""

_NO_SPEECH = frozenset({"N_ENGINE", "N_ENGINE_MODEL", "N_ENGINE_HUNG"})
"""Why nothing that is said is recognised, where there is a tap."""


def kept_sentence(  # noqa: C901 - an arm each
    news: CallNews, facts: StandardFacts
) -> Sentence | None:
    """Return the sentence of what was begun or ended, None for news that are no such."""
    who = facts.name_of(news.who)
    audience = "own" if news.who == facts.account else "other side sees"
    match news.what:
        case "recording" | "transcript":
            return started_sentence(news.what, facts)
        case "recording_over" | "recording_unbegun" if news.why == "N_BY_RULE":
            return None  # one by rule takes its place
        case "recording_unbegun" | "transcript_unbegun":
            return _unbegun_sentence(news, audience, who)
        case "recording_over" | "transcript_over" if news.why in _WHY_OVER:
            stopped = "recording" if news.what == "recording_over" else "transcript"
            return sentence(news.why, stopped)
        case "transcript_over" if news.why in _NO_SPEECH:
            return sentence(news.why, "transcript")
        case "recording_over":
            return sentence("G_REC_OFF", audience if news.who else "by itself", who=who)
        case "transcript_over":
            return sentence("G_TRANSCRIPT_OFF", audience if news.who else "by itself", who=who)
        case "kept_lost":
            by_rule = facts.told.recording is not None and not facts.told.recording.by
            return sentence("G_KEPT_LOST", "by rule" if by_rule else "recording")
        case "kept_again":
            return sentence("G_KEPT_AGAIN")
        case "agreed":
            return sentence("G_REC_AGREED", audience, who=who)
        case "refused":
            return sentence("G_REC_WITHOUT", audience, peer=who)
        case _:
            return _captions_sentence(news, audience, who)


def _unbegun_sentence(news: CallNews, audience: str, who: str) -> Sentence:
    """Return why something was not begun that somebody had asked for; nothing was kept."""
    what = "recording" if news.what == "recording_unbegun" else "transcript"
    if news.why in _NOT_KEPT:
        return sentence(news.why)
    if news.why in _WHY_OVER:
        return sentence(news.why, "unbegun")
    if news.why in _NO_SPEECH:
        return sentence(news.why, what)
    return sentence("G_UNBEGUN", f"{what} {audience}" if news.who else what, who=who)


def _captions_sentence(news: CallNews, audience: str, who: str) -> Sentence | None:
    match news.what:
        case "captions":
            return sentence("G_CAPTIONS_ON", audience, who=who)
        case "captions_over" if news.why == "G_POLICY_CAPTIONS":
            return sentence(news.why, audience, who=who)
        case "captions_over":
            return captions_fault(news.why) or sentence("G_CAPTIONS_OFF", audience, who=who)
        case "uncaptioned":
            taken = "G_POLICY_UNCAPTIONED" if news.why else "G_CAPTIONS_WITHOUT"
            return sentence(taken, audience, who=who)
        case "captioned":
            return sentence("G_CAPTIONS_WITH", audience, who=who)
        case _:
            return None


def started_sentence(what: str, facts: StandardFacts) -> Sentence | None:
    """Return that a "recording" or "transcript" is on, with the question where there is one."""
    kept, code = facts.told.recording, "G_REC_ON"
    if what == "transcript":
        kept, code = facts.told.transcript, "G_TRANSCRIPT_ON"
    if kept is None or kept.starting:
        return None
    who = starter_of(kept, facts)
    if not kept.by:
        return sentence(code, "by rule")
    mine = kept.by == facts.account
    match facts.own and facts.own.kept:
        case "asked":
            return sentence("G_REC_ASK", "own" if mine else what, who=who)
        case "refused":
            return sentence(code, "without you", who=who)
        case _:
            return sentence(code, "own" if mine else "other side sees", who=who)


def starter_of(kept: KeptNow, facts: StandardFacts) -> str:
    """Return the name of who started something, "" where a rule did."""
    return facts.name_of(kept.by, kept.name) if kept.by else ""


def captions_fault(code: str) -> Sentence | None:
    """Return why there are no captions, None for the code "" of none."""
    if not code:
        return None
    return sentence(code if code in {*_NO_SPEECH, "N_TAP"} else "N_ENGINE_HUNG")
