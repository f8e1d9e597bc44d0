"""Finding people for those who list them: the service knows some whom the engine does not."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from tui_call.control.actions import FindPeople
from tui_call.control.views import PersonView, Snapshot

Command = Callable[[FindPeople], Awaitable[Mapping[str, Any]]]
"""Has the engine carry an action out, and gives its result."""


async def find_people(
    command: Command, shown: Callable[[], Snapshot], words: str
) -> tuple[PersonView, ...]:
    """Return those who have some words in name or address, "" for everybody there is to list.

    Args:
        command: asks the engine, which asks the service.
        shown: gives what the engine has told.
        words: what to look for.

    Raises:
        CommandRefused: the service is away.
    """
    if not shown().service.more_people:
        wanted = words.casefold()
        people = shown().people
        return tuple(one for one in people if wanted in f"{one.name} {one.account}".casefold())
    found = (await command(FindPeople(words))).get("found", ())
    return tuple(one for one in shown().people if not words or one.account in found)
