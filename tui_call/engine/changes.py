"""What changed, shown once for everything that happens at a moment.

A service can report hundreds of changes at once, and the loop that shows them carries sound: of
many people only some are shown at a time.
"""

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from itertools import islice

from tui_call.control.views import Part
from tui_call.identifiers import AccountId

MOST_PEOPLE_AT_ONCE = 32
MOST_PEOPLE_DUE = 4096

log = logging.getLogger(__name__)


class Changes:
    """Collects what is to be shown; who knows of a change needs to know nobody who shows it."""

    def __init__(self) -> None:
        self._parts: dict[Part, None] = {}
        self._people: dict[AccountId, None] = {}
        self._show_part: Callable[[Part], None] = _show_nobody
        self._show_person: Callable[[AccountId], None] = _show_nobody
        self._due = False

    def listen(
        self, show_part: Callable[[Part], None], show_person: Callable[[AccountId], None]
    ) -> None:
        """Have what changed shown by these; until then nobody sees any."""
        self._show_part, self._show_person = show_part, show_person

    def show(self, *parts: Part) -> None:
        """Show parts of the snapshot, once for all that happens now."""
        self._parts.update(dict.fromkeys(parts))
        self._settle_soon()

    def show_people(self, *accounts: AccountId) -> None:
        """Show some of the people, likewise."""
        self._people.update(dict.fromkeys(accounts))
        if len(self._people) > MOST_PEOPLE_DUE:  # a service names ever others: those who are left
            self._people.clear()
            self._parts["people"] = None
        self._settle_soon()

    def settle(self) -> None:
        """Show it now; of many people the rest follows by itself."""
        self._due = False
        parts, self._parts = self._parts, {}
        if self._people or "people" in parts:
            parts["calls"] = None  # they show the same people
        for part in parts:
            _try(partial(self._show_part, part), part)
        for account in list(islice(self._people, MOST_PEOPLE_AT_ONCE)):
            del self._people[account]
            _try(partial(self._show_person, account), "people")
        if self._people:
            self._settle_soon()

    async def settled(self) -> None:
        """Show it now, and return once all people of now are shown."""
        for _ in range(0, len(self._people), MOST_PEOPLE_AT_ONCE):
            self.settle()
            await asyncio.sleep(0)
        self.settle()

    def _settle_soon(self) -> None:
        if not self._due:
            self._due = True
            asyncio.get_running_loop().call_soon(self.settle)


def _show_nobody(_what: str) -> None:
    """Show nothing: nobody listens yet."""


def _try(show: Callable[[], None], part: Part) -> None:
    try:
        show()
    except Exception:
        # One part that cannot be shown must not keep the others from the screen.
        log.exception("part not shown", {"part": part})
