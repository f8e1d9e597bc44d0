"""Whom the service tells of: in a small organisation everybody, else contacts and rows shown."""

import logging
from collections.abc import Iterable
from itertools import islice

from tui_call.engine.account.own_account import OwnAccount
from tui_call.engine.changes import Changes
from tui_call.engine.directory import KnownPeople
from tui_call.engine.service.faults import ServiceAway, ServiceFault
from tui_call.engine.service.membership import ServiceMembership
from tui_call.engine.service.second_try import SecondTry
from tui_call.identifiers import AccountId
from tui_call.signaling.messages import (
    ListPeople,
    Lookup,
    People,
    Person,
    WatchPeople,
)
from tui_call.signaling.vocabulary import MOST_WATCHED
from tui_call.tasks import Tasks

FIRST_PAGE = 50
"""People asked for at a login; an organisation of so many is known and watched as a whole."""

log = logging.getLogger(__name__)


class WatchedPeople:
    """Asks the service for people, and has it tell of those who matter here."""

    def __init__(
        self,
        account: OwnAccount,
        people: KnownPeople,
        membership: ServiceMembership,
        changes: Changes,
        tasks: Tasks,
    ) -> None:
        self._account = account
        self._people = people
        self._membership = membership
        self._changes = changes
        self._tasks = tasks
        self._shown: tuple[str, ...] = ()
        self._chosen: frozenset[str] | None = None
        self._choosing = False
        self._second_try = SecondTry()

    def due(self, now: float) -> bool:
        """Return whether it is time to begin again, since the service did not answer."""
        return self._second_try.due(now)

    async def begin(self) -> None:
        """Learn the first people, and watch; after each login."""
        self._second_try.spare()  # not twice at a time
        try:
            answer = await self._list("", FIRST_PAGE)
        except ServiceFault as error:
            log.info("no directory", {"error": type(error).__name__})
            self._second_try.need()
            return
        self._people.more = answer.more
        if not answer.more:
            self._people.keep_only(answer.people)
        self._changes.show("service")
        self._chosen = None
        self.watch()

    async def search(self, text: str) -> tuple[tuple[Person, ...], bool]:
        """Learn who has a text in name or address; return them, and whether there are more.

        Raises:
            ServiceFault: the service is away, or refused.
        """
        answer = await self._list(text)
        return answer.people, answer.more

    async def there(self, account: AccountId) -> bool:
        """Return whether anybody of the organisation has an address, and learn who.

        Raises:
            ServiceFault: the service is away, or refused.
        """
        answer = await self._membership.request(lambda number: Lookup(number, account))
        if not isinstance(answer, People):
            raise ServiceAway
        self._people.learn(answer.people)
        return bool(answer.people)

    def show(self, accounts: Iterable[str]) -> None:
        """Watch these too: a screen shows them now, in place of those that it showed before."""
        self._shown = tuple(islice(accounts, MOST_WATCHED))
        self.watch()

    def watch(self) -> None:
        """Have the service know whom to tell of, where that are others than it knows."""
        if self._people.more and not self._choosing and self._wanted() != self._chosen:
            self._choosing = True
            self._tasks.spawn(self._choose())

    async def _choose(self) -> None:
        try:
            while (wanted := self._wanted()) != self._chosen:
                accounts = tuple(sorted(wanted))
                await self._membership.request(lambda number: WatchPeople(number, accounts))  # noqa: B023 - called at once
                self._chosen = wanted
        except ServiceFault as error:
            log.info("nobody watched", {"error": type(error).__name__})
            self._second_try.need()
        finally:
            self._choosing = False

    def _wanted(self) -> frozenset[str]:
        """Return the rows shown, then contacts, as many as may be watched."""
        contacts = sorted(self._account.contacts.all, key=lambda one: not one.listed)
        wanted = dict.fromkeys((*self._shown, *(contact.account for contact in contacts)))
        return frozenset(islice(wanted, MOST_WATCHED))

    async def _list(self, text: str, *most: int) -> People:
        answer = await self._membership.request(lambda number: ListPeople(number, text, "", *most))
        if not isinstance(answer, People):
            raise ServiceAway
        self._people.learn(answer.people)
        return answer
