"""Which devices are connected now, and what their people say about themselves."""

import asyncio
from typing import Protocol

from tui_call.service.faults import Refused, Replaced
from tui_call.service.outgoing import Post
from tui_call.signaling.messages import Presence, ServiceMessage

# What counts where a person's devices differ.
_FOREMOST: tuple[Presence, ...] = ("busy", "do_not_disturb", "free", "away")


class LiveDevice(Protocol):
    """A connection that is logged in."""

    @property
    def account(self) -> str:
        """Whose device it is."""
        ...

    @property
    def device(self) -> str:
        """Its id."""
        ...

    presence: Presence
    """What its person told last."""
    paid: bool
    """Whether it paid itself for the message that is handled now."""

    def put(self, message: ServiceMessage) -> None:
        """Send an answer or news, without waiting."""
        ...

    def post(self, message: Post) -> bool:
        """Send what comes from another device; False where its account has no place for more."""
        ...

    def grant_replies(self, device: str) -> None:
        """Let it answer a device, which has paid for that, at no cost."""
        ...

    def end(self, reason: Refused) -> None:
        """Say why and close."""
        ...


class OnlineDevices:
    """The connections that are logged in, one a device.

    Attributes:
        occupied: set while a device is connected.
        empty: set while none is.
    """

    def __init__(self) -> None:
        self.occupied = asyncio.Event()
        self.empty = asyncio.Event()
        self.empty.set()
        self._devices: dict[str, LiveDevice] = {}
        self._accounts: dict[str, set[str]] = {}
        self._waiting: dict[str, set[asyncio.Future[None]]] = {}

    def attach(self, device: LiveDevice) -> None:
        """Count a connection in; an earlier one of the same device ends."""
        earlier = self._devices.get(device.device)
        if earlier is not None:
            self.detach(earlier)
            earlier.end(Replaced())
        self._devices[device.device] = device
        self._accounts.setdefault(device.account, set()).add(device.device)
        self.occupied.set()
        self.empty.clear()
        for waiting in self._waiting.pop(device.account, ()):
            if not waiting.done():
                waiting.set_result(None)

    def detach(self, device: LiveDevice) -> bool:
        """Count a connection out; False where another one has taken its place."""
        if self._devices.get(device.device) is not device:
            return False
        del self._devices[device.device]
        of_account = self._accounts[device.account]
        of_account.discard(device.device)
        if not of_account:
            del self._accounts[device.account]
        if not self._devices:
            self.occupied.clear()
            self.empty.set()
        return True

    def find(self, device: str) -> LiveDevice | None:
        """Return a device that is connected."""
        return self._devices.get(device)

    def of(self, account: str) -> list[LiveDevice]:
        """Return the connected devices of an account."""
        return [self._devices[device] for device in self._accounts.get(account, ())]

    def everybody(self) -> list[LiveDevice]:
        """Return all connected devices."""
        return list(self._devices.values())

    def turn_out(self, device: str, reason: Refused) -> None:
        """End the connection of a device, if it is connected."""
        live = self._devices.get(device)
        if live is not None:
            live.end(reason)

    def presence(self, account: str) -> Presence:
        """Return what an account's devices together say."""
        told = {device.presence for device in self.of(account)}
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
