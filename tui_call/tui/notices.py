"""Which notices of the engine a screen tells, and which of several."""

from collections.abc import Sequence
from dataclasses import replace

from tui_call.control.views import EventView, SentenceView
from tui_call.sentences import text_of

NEWS_SECONDS = 60.0
_MISTAKE = "config"


def news(notices: Sequence[EventView], told_until: float, now: float) -> list[EventView]:
    """Return what is to be told; what was told, or is long over, does not come again.

    Args:
        notices: all that the engine keeps, the newest last.
        told_until: Unix seconds of the newest one that was told here.
        now: Unix seconds.
    """
    return [
        notice
        for notice in notices
        if notice.at > told_until
        and (notice.sentence.label == _MISTAKE or notice.at > now - NEWS_SECONDS)
    ]


def to_be_told(notices: Sequence[EventView]) -> SentenceView:
    """Return the newest notice; of mistakes in files the first, and where the others are."""
    mistakes = [notice for notice in notices if notice.sentence.label == _MISTAKE]
    if len(mistakes) < 2:
        return (mistakes or notices)[-1].sentence
    first, more = mistakes[0].sentence, len(mistakes) - 1
    return replace(first, why=f"{text_of('G_CONFIG_MORE', n=more)} {first.why}")
