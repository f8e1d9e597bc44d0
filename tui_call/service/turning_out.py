"""Who is connected here and may be here no more, because another service or program changed that.

What is changed here is told over the bus at once. But services that share a store know nothing else
of each other. So the store is asked about all devices that are connected when its epoch has moved,
and now and then besides: who links or removes a device moves no epoch.
"""

import asyncio
import contextlib
import logging

from tui_call.errors import LocalFault
from tui_call.service.bus.bus import Bus
from tui_call.service.bus.online_devices import OnlineDevices
from tui_call.service.bus.traffic import Address, PersonTouched, TurnOut
from tui_call.service.database import Accounts
from tui_call.tasks import Tasks

LOOK_SECONDS = 10.0
"""Between looks where no epoch moves."""
_PART = 500
"""Devices of one question to the store."""

log = logging.getLogger(__name__)


class TurningOut:
    """Turns out whom the store lets in no more."""

    def __init__(
        self, accounts: Accounts, online: OnlineDevices, bus: Bus, organisation: str
    ) -> None:
        """Prepare.

        Args:
            accounts: the enrolled devices.
            online: those that are connected.
            bus: turns out, and tells of it.
            organisation: the name that people read.
        """
        self._accounts = accounts
        self._online = online
        self._bus = bus
        self._organisation = organisation
        self._moved = asyncio.Event()
        self._away = False
        self._tasks = Tasks()

    def follow(self) -> None:
        """Look again and again, until `close`."""
        self._tasks.spawn(self._follow())

    def look_now(self) -> None:
        """Look as soon as may be, because the store has moved on."""
        self._moved.set()

    async def close(self) -> None:
        """Look no more."""
        self._tasks.cancel()
        await self._tasks.wait()

    async def _follow(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._moved.wait(), LOOK_SECONDS)
            self._moved.clear()
            try:
                await self._look()
                self._away = False
            except LocalFault as fault:
                # Without its store a service keeps who is connected; the next look makes up for it.
                if not self._away:
                    log.warning("nobody is turned out", {"fault": type(fault).__name__})
                self._away = True

    async def _look(self) -> None:
        # Who connects from now on is checked against the store as it is by then.
        connected = self._online.devices()
        for start in range(0, len(connected), _PART):
            part = connected[start : start + _PART]
            disabled = await self._accounts.disabled_by_device([one.device for one in part])
            for address in part:
                self._judge(address, disabled.get(address))

    def _judge(self, address: Address, disabled: bool | None) -> None:
        """Turn a device out that is not known any more, or whose person is disabled."""
        if disabled is None:
            self._bus.publish(address, TurnOut("device_revoked"))
        elif disabled:
            self._bus.publish(address, TurnOut("login_refused", self._organisation))
        else:
            return
        self._bus.announce(PersonTouched(address.account))
