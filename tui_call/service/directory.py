"""The people of the organisation: looked up, searched, and told about when they change.

Changes go to those who watch the person, not to everybody: a client watches its contacts and the
rows that it shows, so that what a morning's logins cost does not grow with the square of the
organisation. A client is told once a second at the most, of all changes since in one list; of its
own person, and of somebody whom it looked up for a call, it is told at once. Of somebody who
changes again and again, some changes are told at once, and then the newest every few seconds.
"""

import asyncio
import contextlib
from collections.abc import Callable, Container, Iterable

from tui_call.errors import LocalFault
from tui_call.service.bus.online_devices import OnlineDevices
from tui_call.service.bus.traffic import Announcement, DevicePresence, PersonTouched, SettingTouched
from tui_call.service.database import Account, Accounts
from tui_call.service.limits import Rate, TokenBuckets
from tui_call.service.session import ClientSession
from tui_call.service.watches import Watches
from tui_call.signaling.messages import (
    Person,
    PersonChanged,
)
from tui_call.signaling.vocabulary import Device, Presence
from tui_call.tasks import Tasks

# So many people with the longest names and addresses fit into one message.
MOST_LISTED = 200
MOST_WATCHED_UNASKED = 50
"""An organisation of so many is watched as a whole by whoever lists it."""
# A call changes a presence twice; who calls again and again is still told at once.
TOLD_AT_ONCE = Rate(burst=10, per_second=0.2)
HELD_BACK = 5.0
"""Seconds after which the newest of more changes is told."""
BACK_WITHIN = 3.0
"""Seconds for a device whose connection broke, without a goodbye, to be back unnoticed."""
TOLD_EVERY = 1.0
"""Seconds between two lists of changes for one client."""
READ_AT_ONCE = 50


class Directory:
    """Answers who there is and tells those who watch."""

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
        self._watches = Watches()
        self._at_once = TokenBuckets(TOLD_AT_ONCE, clock)
        self._held: set[str] = set()
        self._changed: dict[str, None] = {}
        self._tasks = Tasks()
        self._telling = False
        self._told: dict[str, Person] = {}
        self._names: dict[str, str] = {}
        self._pending: dict[ClientSession, dict[str, Person]] = {}

    async def look_up(self, watcher: ClientSession, account: str) -> tuple[Person, ...]:
        """Return one person with devices, or none; the watcher is told of changes from now on."""
        self._watches.look_up(watcher, account, asyncio.get_running_loop().time())
        found = await self._accounts.find(account)
        if found is None:
            self._watches.forget(watcher, account)
            return ()
        return (self._shown(found),)

    async def search(
        self, watcher: ClientSession, text: str, after: str, most: int
    ) -> tuple[tuple[Person, ...], bool]:
        """Return people whose name or address holds the text, without their devices.

        Args:
            watcher: who asks; who lists a small organisation watches it, and is told who joins.
            text: what to look for, "" for everybody.
            after: the account of the last one who is known already, "" for the first page.
            most: how many to return at most.

        Returns:
            The people by name, and whether there are more.
        """
        most = max(1, min(most, MOST_LISTED))
        found = await self._accounts.search(text, most + 1, after)
        more = len(found) > most
        everybody = not (text or after or more)
        if everybody and len(found) <= MOST_WATCHED_UNASKED:
            self._watches.all(watcher, [account.id for account in found])
        return tuple(self._shown(account) for account in found[:most]), more

    async def watch(self, watcher: ClientSession, accounts: Iterable[str]) -> None:
        """Tell the watcher of these people, now and when they change, and no more of others.

        Whom it looked up it is told of beside them.
        """
        new = self._watches.choose(watcher, accounts)
        found = await self._accounts.find_several(new)
        for account in set(new) - {one.id for one in found}:
            self._watches.forget(watcher, account)
        for account in found:
            watcher.put(PersonChanged(self._shown(account)))

    def hear(self, news: Announcement) -> None:
        """Follow what gateways announce; `OnlineDevices` has heard it before."""
        match news:
            case DevicePresence(account, presence=None, goodbye=False) if not self._is_called(
                account
            ):
                self._hold(account, BACK_WITHIN)
            case DevicePresence(account):
                self._presence_changed(account)
            case PersonTouched(account, joined):
                if joined:
                    self._watches.joined(account)
                self._tell_soon(account)
            case SettingTouched():
                pass

    def admit(self, watcher: ClientSession) -> None:
        """Let a connection watch people; until `leave`."""
        self._watches.admit(watcher)

    def leave(self, watcher: ClientSession) -> None:
        """Forget what a connection watched."""
        self._watches.leave(watcher)
        self._pending.pop(watcher, None)

    async def close(self) -> None:
        """Tell nothing more."""
        self._tasks.cancel()
        await self._tasks.wait()

    def _is_called(self, account: str) -> bool:
        """Tell whether somebody may be setting a call to a person up."""
        now = asyncio.get_running_loop().time()
        return any(self._watches.is_urgent(one, account, now) for one in self._watches.of(account))

    def _presence_changed(self, account: str) -> None:
        if not self._watches.of(account) or account in self._held:
            return
        if self._at_once.take(account):
            self._tell_soon(account)
        else:
            self._hold(account, HELD_BACK)

    def _hold(self, account: str, seconds: float) -> None:
        if self._watches.of(account) and account not in self._held:
            self._held.add(account)
            self._tasks.spawn(self._tell_later(account, seconds))

    async def _tell_later(self, account: str, seconds: float) -> None:
        try:
            await asyncio.sleep(seconds)
        finally:
            self._held.discard(account)
        self._tell_soon(account)

    def _tell_soon(self, account: str) -> None:
        if not self._watches.of(account):
            self._told.pop(account, None)
            self._names.pop(account, None)
            return
        self._changed[account] = None
        if not self._telling:
            self._telling = True
            self._tasks.spawn(self._tell_changed())

    async def _tell_changed(self) -> None:
        """Read those who changed and tell of them, some at a time, until nobody is left."""
        try:
            while self._changed:
                accounts = list(self._changed)[:READ_AT_ONCE]
                for account in accounts:
                    del self._changed[account]
                with contextlib.suppress(LocalFault):
                    found = {one.id: one for one in await self._accounts.find_several(accounts)}
                    for account in accounts:
                        if account in found:
                            self._tell(self._person(found[account]))
                        else:
                            self._tell_removed(account)
        finally:
            self._telling = False

    def _tell_removed(self, account: str) -> None:
        """Tell that somebody is not there any more; nothing else follows of whom nobody is."""
        self._tell(Person(account, self._names.pop(account, account), "offline"))
        self._told.pop(account, None)
        for watcher in tuple(self._watches.of(account)):
            self._watches.forget(watcher, account)

    def _tell(self, person: Person) -> None:
        if person == self._told.get(person.account):
            return
        self._told[person.account] = person
        now = asyncio.get_running_loop().time()
        for watcher in tuple(self._watches.of(person.account)):
            if self._watches.is_urgent(watcher, person.account, now):
                watcher.put(PersonChanged(person))
            else:
                self._tell_in_turn(watcher, person, now)

    def _tell_in_turn(self, watcher: ClientSession, person: Person, now: float) -> None:
        """Tell at once who was told nothing for a while; else with all else that changes."""
        if watcher in self._pending:
            self._pending[watcher][person.account] = person
            return
        waits = self._watches.told_at(watcher) + TOLD_EVERY - now
        if waits <= 0:
            self._watches.tell(watcher, now)
            watcher.put(PersonChanged(person))
        else:
            self._pending[watcher] = {person.account: person}
            asyncio.get_running_loop().call_later(waits, self._tell_pending, watcher)

    def _tell_pending(self, watcher: ClientSession) -> None:
        people = self._pending.pop(watcher, {})
        if people:
            self._watches.tell(watcher, asyncio.get_running_loop().time())
        for person in people.values():
            watcher.put(PersonChanged(person))

    def _shown(self, account: Account) -> Person:
        """Return somebody to be shown to one watcher: what all know is not the newest any more."""
        self._told.pop(account.id, None)
        return self._person(account)

    def _person(self, account: Account) -> Person:
        if self._watches.of(account.id):
            self._names[account.id] = account.name  # by which it is told that they are gone
        return Person(
            account.id,
            account.name,
            self._presence(account.id),
            tuple(
                Device(device, name, self._online.find(account.id, device) is not None)
                for device, name in account.devices
            ),
        )

    def _presence(self, account: str) -> Presence:
        if account in self._on_demand and not self._online.any_of(account):
            return "free"
        return self._online.presence(account)
