"""The people of the organisation: looked up, listed, and told about when they change.

Changes go to those who were shown the person, not to everybody: what a morning's logins cost then
grows with the people that each client shows, not with the square of the organisation.
"""

from collections.abc import Container

from tui_call.service.database import Account, Accounts
from tui_call.service.presence import LiveDevice, OnlineDevices
from tui_call.signaling.messages import Device, Person, PersonChanged, Presence

# So many people with the longest names and addresses fit into one message.
MOST_LISTED = 200
MOST_WATCHED = 400


class Directory:
    """Answers who there is and follows who watches whom."""

    def __init__(
        self, accounts: Accounts, online: OnlineDevices, on_demand: Container[str]
    ) -> None:
        self._accounts = accounts
        self._online = online
        self._on_demand = on_demand
        self._watchers: dict[str, set[LiveDevice]] = {}
        self._watched: dict[LiveDevice, dict[str, None]] = {}
        self._told_of_joins: set[LiveDevice] = set()

    async def look_up(self, watcher: LiveDevice, account: str) -> tuple[Person, ...]:
        """Return one person with devices, or none; the watcher is told of changes from now on."""
        self._watch(watcher, account)
        found = await self._accounts.find(account)
        if found is None:
            self._unwatch(watcher, account)
            return ()
        return (self._person(found),)

    async def search(self, watcher: LiveDevice, text: str) -> tuple[Person, ...]:
        """Return the people whose name or address holds the text, without their devices."""
        found = await self._accounts.search(text, MOST_LISTED)
        for account in found:
            self._watch(watcher, account.id)
        if not text and len(found) < MOST_LISTED and watcher in self._watched:
            self._told_of_joins.add(watcher)
        return tuple(self._person(account) for account in found)

    async def announce(self, account: str, *, joined: bool = False) -> None:
        """Tell those who watch an account what it is now."""
        if joined:
            for watcher in list(self._told_of_joins):
                self._watch(watcher, account)
        if not self._watchers.get(account):
            return
        found = await self._accounts.find(account)
        if found is not None:
            changed = PersonChanged(self._person(found))
            for watcher in list(self._watchers.get(account, ())):
                watcher.put(changed)

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
