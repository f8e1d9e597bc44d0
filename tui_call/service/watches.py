"""Who watches whom: what each client chose, and whom it looked up for a call."""

import math
from collections.abc import Iterable

from tui_call.service.session import ClientSession
from tui_call.signaling.vocabulary import MOST_WATCHED

MOST_LOOKED_UP = 32
SETTING_UP = 60.0
"""Seconds after a look-up in which a call to that person may be set up."""


class _Watch:
    """What one client watches.

    Attributes:
        chosen: whom it named, or listed where it lists a small organisation.
        looked_up: others and itself, the latest last, with the time by the loop's clock.
        told_at: when it was told of changes last.
    """

    __slots__ = ("chosen", "looked_up", "told_at")

    def __init__(self) -> None:
        self.chosen: frozenset[str] = frozenset()
        self.looked_up: dict[str, float] = {}
        self.told_at = -math.inf


class Watches:
    """The watches of all clients, and by account who watches it."""

    def __init__(self) -> None:
        self._watches: dict[ClientSession, _Watch] = {}
        self._watchers: dict[str, set[ClientSession]] = {}
        self._watch_all: set[ClientSession] = set()

    def admit(self, watcher: ClientSession) -> None:
        """Let a client watch people."""
        self._watches[watcher] = _Watch()

    def leave(self, watcher: ClientSession) -> None:
        """Forget a client."""
        watch = self._watches.pop(watcher, _Watch())
        self._watch_all.discard(watcher)
        for account in (*watch.chosen, *watch.looked_up):
            self._remove(watcher, account)

    def of(self, account: str) -> Iterable[ClientSession]:
        """Return who watches somebody."""
        return self._watchers.get(account, ())

    def look_up(self, watcher: ClientSession, account: str, now: float) -> None:
        """Watch one person as somebody who may be called now."""
        watch = self._watches.get(watcher)
        if watch is None:
            return
        watch.looked_up.pop(account, None)
        watch.looked_up[account] = now
        self._add(watcher, account)
        if len(watch.looked_up) > MOST_LOOKED_UP:
            # The own account is told of as long as the client is here, whomever it calls.
            earliest = next(one for one in watch.looked_up if one != watcher.account)
            del watch.looked_up[earliest]
            if earliest not in watch.chosen:
                self._remove(watcher, earliest)

    def choose(self, watcher: ClientSession, accounts: Iterable[str]) -> list[str]:
        """Watch these people in place of those chosen before; return who is new among them."""
        watch = self._watches.get(watcher)
        if watch is None:
            return []
        before, watch.chosen = watch.chosen, frozenset(list(accounts)[:MOST_WATCHED])
        self._watch_all.discard(watcher)
        for account in before - watch.chosen - watch.looked_up.keys():
            self._remove(watcher, account)
        new = watch.chosen - before
        for account in new:
            self._add(watcher, account)
        return sorted(new)

    def all(self, watcher: ClientSession, accounts: Iterable[str]) -> None:
        """Watch everybody of a small organisation, and who joins."""
        if watcher in self._watches:
            self.choose(watcher, accounts)
            self._watch_all.add(watcher)

    def joined(self, account: str) -> None:
        """Have somebody new watched by who watches everybody."""
        for watcher in self._watch_all:
            watch = self._watches[watcher]
            if len(watch.chosen) < MOST_WATCHED:
                watch.chosen |= {account}
                self._add(watcher, account)

    def forget(self, watcher: ClientSession, account: str) -> None:
        """Let a client watch nobody of this address, because there is no such person."""
        watch = self._watches.get(watcher, _Watch())
        watch.chosen -= {account}
        watch.looked_up.pop(account, None)
        self._remove(watcher, account)

    def is_urgent(self, watcher: ClientSession, account: str, now: float) -> bool:
        """Tell whether somebody is the client's own person, or may be called by it now."""
        if account == watcher.account:
            return True
        looked_up = self._watches[watcher].looked_up.get(account, -math.inf)
        return now - looked_up < SETTING_UP

    def told_at(self, watcher: ClientSession) -> float:
        """Return when a client was told of changes last."""
        return self._watches[watcher].told_at

    def tell(self, watcher: ClientSession, now: float) -> None:
        """Note that a client is told of changes now."""
        watch = self._watches.get(watcher)
        if watch is not None:
            watch.told_at = now

    def _add(self, watcher: ClientSession, account: str) -> None:
        self._watchers.setdefault(account, set()).add(watcher)

    def _remove(self, watcher: ClientSession, account: str) -> None:
        watchers = self._watchers.get(account, set())
        watchers.discard(watcher)
        if not watchers:
            self._watchers.pop(account, None)
