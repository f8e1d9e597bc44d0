"""The people of the organisation: looked up, listed, and told about when they change.

Changes go to those who were shown the person, not to everybody: what a morning's logins cost then
grows with the people that each client shows, not with the square of the organisation. Of somebody
who changes again and again, some changes are told at once, and then the newest every few seconds.
"""

import asyncio
import contextlib
from collections.abc import Callable, Container

from tui_call.errors import LocalFault
from tui_call.service.database import Account, Accounts
from tui_call.service.limits import Rate, TokenBuckets
from tui_call.service.online_devices import LiveDevice, OnlineDevices
from tui_call.signaling.messages import Device, Person, PersonChanged, Presence
from tui_call.tasks import Tasks

# So many people with the longest names and addresses fit into one message.
MOST_LISTED = 200
MOST_WATCHED = 400
# A call changes a presence twice; who calls again and again is still told at once.
TOLD_AT_ONCE = Rate(burst=10, per_second=0.2)
HELD_BACK = 5.0
"""Seconds after which the newest of more changes is told."""


class Directory:
    """Answers who there is and follows who watches whom."""

    def __init__(
        self,
        accounts: Accounts,
        online: OnlineDevices,
        on_demand: Container[str],
        clock: Callable[[], float],
    ) -> None:
        self._accounts = accounts
        self._online = online
        self._on_demand = on_demand
        self._watchers: dict[str, set[LiveDevice]] = {}
        self._watched: dict[LiveDevice, dict[str, None]] = {}
        self._told_of_joins: set[LiveDevice] = set()
        self._at_once = TokenBuckets(TOLD_AT_ONCE, clock)
        self._held: set[str] = set()
        self._telling = Tasks()
        self._told: dict[str, Person] = {}

    async def look_up(self, watcher: LiveDevice, account: str) -> tuple[Person, ...]:
        """Return one person with devices, or none; the watcher is told of changes from now on."""
        self._watch(watcher, account)
        found = await self._accounts.find(account)
        if found is None:
            self._unwatch(watcher, account)
            return ()
        return (self._shown(found),)

    async def search(self, watcher: LiveDevice, text: str) -> tuple[Person, ...]:
        """Return the people whose name or address holds the text, without their devices."""
        found = await self._accounts.search(text, MOST_LISTED)
        for account in found:
            self._watch(watcher, account.id)
        if not text and len(found) < MOST_LISTED and watcher in self._watched:
            self._told_of_joins.add(watcher)
        return tuple(self._shown(account) for account in found)

    async def announce(self, account: str, *, joined: bool = False) -> None:
        """Tell those who watch an account what it is now, if that is not what they know."""
        if joined:
            for watcher in list(self._told_of_joins):
                self._watch(watcher, account)
        await self._tell(account)

    async def announce_presence(self, account: str) -> None:
        """Tell those who watch an account who came, went or says another thing, now or soon."""
        if not self._watchers.get(account) or account in self._held:
            return
        if self._at_once.take(account):
            await self._tell(account)
        else:
            self._held.add(account)
            self._telling.spawn(self._tell_later(account))

    async def close(self) -> None:
        """Tell nothing more."""
        self._telling.cancel()
        await self._telling.wait()

    async def _tell_later(self, account: str) -> None:
        try:
            await asyncio.sleep(HELD_BACK)
        finally:
            self._held.discard(account)
        with contextlib.suppress(LocalFault):
            await self._tell(account)

    async def _tell(self, account: str) -> None:
        if not self._watchers.get(account):
            return
        found = await self._accounts.find(account)
        if found is None:
            return
        person = self._person(found)
        watchers = self._watchers.get(account)
        if watchers and person != self._told.get(account):
            self._told[account] = person
            for watcher in list(watchers):
                watcher.put(PersonChanged(person))

    def admit(self, watcher: LiveDevice) -> None:
        """Let a connection watch people; until `leave`."""
        self._watched[watcher] = {}

    def leave(self, watcher: LiveDevice) -> None:
        """Forget what a connection watched."""
        for account in list(self._watched.get(watcher, ())):
            self._unwatch(watcher, account)
        self._watched.pop(watcher, None)
        self._told_of_joins.discard(watcher)

    def _watch(self, watcher: LiveDevice, account: str) -> None:
        watched = self._watched.get(watcher)
        if watched is None:
            return  # it went away while the database was read
        watched.pop(account, None)
        watched[account] = None
        self._watchers.setdefault(account, set()).add(watcher)
        if len(watched) > MOST_WATCHED:
            self._unwatch(watcher, next(iter(watched)))

    def _unwatch(self, watcher: LiveDevice, account: str) -> None:
        self._watched.get(watcher, {}).pop(account, None)
        watchers = self._watchers.get(account, set())
        watchers.discard(watcher)
        if not watchers:
            self._watchers.pop(account, None)
            self._told.pop(account, None)

    def _shown(self, account: Account) -> Person:
        """Return somebody to be shown to one watcher: what all know is not the newest any more."""
        self._told.pop(account.id, None)
        return self._person(account)

    def _person(self, account: Account) -> Person:
        return Person(
            account.id,
            account.name,
            self._presence(account.id),
            tuple(
                Device(device, name, self._online.find(device) is not None)
                for device, name in account.devices
            ),
        )

    def _presence(self, account: str) -> Presence:
        if account in self._on_demand and not self._online.of(account):
            return "free"
        return self._online.presence(account)
