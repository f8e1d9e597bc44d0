"""Which devices are connected, wherever, and what their people say about themselves."""

import asyncio

from tui_call.service.bus.traffic import Address, Announcement, DevicePresence
from tui_call.signaling.vocabulary import Presence

# What counts where a person's devices differ.
_FOREMOST: tuple[Presence, ...] = ("busy", "do_not_disturb", "free", "away")
MOST_GONE = 4096
"""Devices that left, of which late news is known as such."""


class OnlineDevices:
    """What the bus has told of devices.

    Attributes:
        occupied: set while a device is connected.
        empty: set while none is.
    """

    def __init__(self) -> None:
        self.occupied = asyncio.Event()
        self.empty = asyncio.Event()
        self.empty.set()
        self._accounts: dict[str, dict[str, DevicePresence]] = {}
        self._gone: dict[str, DevicePresence] = {}
        self._count = 0
        self._waiting: dict[str, set[asyncio.Future[None]]] = {}

    def __len__(self) -> int:
        return self._count

    def hear(self, news: Announcement) -> None:
        """Take what a gateway announces; what is older than what is known changes nothing."""
        if not isinstance(news, DevicePresence):
            return
        known = self.find(news.account, news.device) or self._gone.get(news.device)
        if known is not None and (news.login, news.number) <= (known.login, known.number):
            return
        if news.presence is None:
            self._remove(news)
        else:
            self._put(news)

    def find(self, account: str, device: str) -> DevicePresence | None:
        """Return what a device that is connected told last."""
        return self._accounts.get(account, {}).get(device)

    def any_of(self, account: str) -> bool:
        """Tell whether any device of an account is connected."""
        return account in self._accounts

    def accounts(self) -> list[str]:
        """Return the accounts with a device that is connected."""
        return list(self._accounts)

    def devices(self) -> list[Address]:
        """Return the devices that are connected."""
        return [
            Address(account, device) for account, one in self._accounts.items() for device in one
        ]

    def presence(self, account: str) -> Presence:
        """Return what an account's devices together say."""
        told = {device.presence for device in self._accounts.get(account, {}).values()}
        for presence in _FOREMOST:
            if presence in told:
                return presence
        return "offline"

    async def until_online(self, account: str) -> None:
        """Wait until a device of the account is connected."""
        if account in self._accounts:
            return
        waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(account, set()).add(waiting)
        try:
            await waiting
        finally:
            others = self._waiting.get(account)
            if others is not None:
                others.discard(waiting)
                if not others:
                    del self._waiting[account]

    def _put(self, news: DevicePresence) -> None:
        of_account = self._accounts.setdefault(news.account, {})
        self._count += news.device not in of_account
        of_account[news.device] = news
        self._gone.pop(news.device, None)
        self.occupied.set()
        self.empty.clear()
        for waiting in self._waiting.pop(news.account, ()):
            if not waiting.done():
                waiting.set_result(None)

    def _remove(self, news: DevicePresence) -> None:
        self._gone[news.device] = news
        if len(self._gone) > MOST_GONE:
            del self._gone[next(iter(self._gone))]
        of_account = self._accounts.get(news.account, {})
        if of_account.pop(news.device, None) is None:
            return
        self._count -= 1
        if not of_account:
            del self._accounts[news.account]
        if not self._count:
            self.occupied.clear()
            self.empty.set()
