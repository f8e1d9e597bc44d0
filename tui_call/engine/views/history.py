"""Past calls, as screens show them."""

from collections.abc import Iterable
from functools import lru_cache

from tui_call.control.views import HistoryView, PastMemberView
from tui_call.engine.account.own_account import MOST_NAME
from tui_call.engine.phrases import past_sentence
from tui_call.foreign_text import clean
from tui_call.profile.history import MOST_CALLS, PastCall


def history_views(calls: Iterable[PastCall]) -> tuple[HistoryView, ...]:
    """Return past calls for screens, newest first."""
    return tuple(map(_past_view, calls))


@lru_cache(maxsize=MOST_CALLS)
def _past_view(call: PastCall) -> HistoryView:
    return HistoryView(
        call.at,
        tuple(PastMemberView(one.account, clean(one.name, MOST_NAME)) for one in call.members),
        call.direction,
        call.seconds,
        past_sentence(call),
        call.kept,
    )
