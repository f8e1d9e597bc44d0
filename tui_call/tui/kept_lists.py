"""Lists of what was kept of calls, which an engine gives page by page."""

from collections.abc import Awaitable, Callable, Mapping

import msgspec

from tui_call.control.actions import ListKept
from tui_call.signaling.kept import ListedKept

MOST_PAGES = 200
"""More than a person is in calls."""

AskPage = Callable[[ListKept], Awaitable[Mapping[str, object] | None]]
"""Asks for a page; None where there is none, which was said already."""


def kept_of(result: Mapping[str, object]) -> list[ListedKept]:
    """Return what `Ok.result` of `ListKept` holds."""
    return msgspec.convert(result.get("kept", ()), list[ListedKept])


async def all_kept(ask: AskPage, order: ListKept) -> list[ListedKept] | None:
    """Return all that an order begins to list, the newest first; None where nobody could tell."""
    found: list[ListedKept] = []
    for _ in range(MOST_PAGES):
        result = await ask(order)
        if result is None:
            return None
        page = kept_of(result)
        found += page
        if not result.get("more") or not page:
            break
        order = ListKept(order.kind, page[-1].began)
    return found
