"""Sentences as they travel to screens, and the words that many of them share."""

from dataclasses import replace
from datetime import UTC, datetime

from tui_call.control.views import SentenceView
from tui_call.permissions.admission import Refused
from tui_call.permissions.encryption import OwnEncryption
from tui_call.permissions.explain import People, explain_refused
from tui_call.reasons import Sentence, sentence

ANOTHER_DEVICE = "another device"


def sentence_view(words: Sentence) -> SentenceView:
    """Return a sentence as it travels to screens."""
    return SentenceView(words.code, words.label, words.text, words.remedy, words.why)


def said(code: str, audience: str = "", **fields: object) -> SentenceView:
    """Return the sentence of a code with its fields, as it travels to screens."""
    return sentence_view(sentence(code, audience, **fields))


def refused_sentence(refused: Refused, own: OwnEncryption, people: People) -> Sentence:
    """Return that there is no call and why E2EE is off, with what helps against either."""
    words, why = explain_refused(refused, own, people)
    remedies = (part for part in (words.remedy, why.remedy) if part)
    return replace(words, remedy="  ".join(remedies), why=why.text)


def refused_view(refused: Refused, own: OwnEncryption, people: People) -> SentenceView:
    """Return the same as it travels to screens."""
    return sentence_view(refused_sentence(refused, own, people))


def day(at: float) -> str:
    """Return a date as screens show it, for example "14 Aug 2026"; "" for 0."""
    if not at:
        return ""
    moment = datetime.fromtimestamp(at, UTC).astimezone()
    return f"{moment.day} {moment:%b %Y}"


def duration(seconds: float) -> str:
    """Return how long a call was, as screens show it, for example "2:07"."""
    whole = max(0, int(seconds))
    return f"{whole // 60}:{whole % 60:02d}"
