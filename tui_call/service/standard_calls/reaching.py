"""Who of a call's people can be reached: where it rings, who is gone, who comes back."""

import asyncio
import contextlib

from tui_call.errors import LocalFault
from tui_call.reasons import EndReason
from tui_call.service.bus.online_devices import OnlineDevices
from tui_call.service.bus.traffic import (
    Address,
    Announcement,
    DevicePresence,
    PersonTouched,
    SettingTouched,
)
from tui_call.service.database import Accounts
from tui_call.service.on_demand import OnDemandAccounts
from tui_call.service.standard_calls.call_book import MOST_CALLS
from tui_call.service.standard_calls.exchange import CallExchange
from tui_call.service.standard_calls.telling import CallTelling
from tui_call.service.standard_calls.unsaved_reports import AWAY_SECONDS
from tui_call.standard_calls.effects import Ring
from tui_call.standard_calls.events import AccountGone, Declines, DeviceGone, Unreachable
from tui_call.tasks import Tasks

BACK_WITHIN = 3.0
"""Seconds for a device whose connection broke to be back before a call stops ringing at it."""


class CallPeople:
    """Follows the people of all calls here."""

    def __init__(
        self,
        exchange: CallExchange,
        telling: CallTelling,
        accounts: Accounts,
        online: OnlineDevices,
        on_demand: OnDemandAccounts | None,
    ) -> None:
        self._exchange = exchange
        self._telling = telling
        self._accounts = accounts
        self._online = online
        self._on_demand = on_demand
        self._here: dict[str, float] = {}
        self._stuck = set[str]()
        self._tasks = Tasks()

    def ring(self, call: str, ring: Ring) -> None:
        """Have a call ring, or report that it cannot."""
        self._tasks.spawn(self._reach(call, ring))

    def hear(self, news: Announcement) -> None:
        """Follow what gateways announce; `OnlineDevices` has heard it before."""
        match news:
            case DevicePresence(account, device, login):
                gone = self._online.find(account, device) is None
                came = not gone and self._here.get(device) != login
                if gone:
                    self._here.pop(device, None)
                else:
                    self._here[device] = login
                if (gone or came) and self._exchange.calls.of_account(account):
                    look = self._look_at(account) if gone else self._tell(Address(account, device))
                    self._tasks.spawn(look)
            case PersonTouched(account):
                if self._exchange.calls.of_account(account):
                    self._tasks.spawn(self._look_at(account))
            case SettingTouched():
                pass

    async def close(self) -> None:
        """Follow nobody any more."""
        self._tasks.cancel()
        await self._tasks.wait()

    async def _tell(self, device: Address) -> None:
        """Tell a device that has come of the calls of its person."""
        for call in self._exchange.calls.of_account(device.account):
            await self._telling.tell(call, [device])

    async def _reach(self, call: str, ring: Ring) -> None:
        if self._exchange.calls.occupying(ring.account) > MOST_CALLS:
            busy = Declines(account=ring.account, device=ring.device, why=EndReason.BUSY)
            await self._exchange.take(call, busy)
            return
        if self._on_demand is not None and ring.account in self._on_demand:
            await self._on_demand.wake(ring.account)
        if not await self._is_back(ring.account):
            await self._exchange.report(call, Unreachable(ring.account))

    async def _is_back(self, account: str) -> bool:
        """Tell whether any device of an account is connected, now or in a moment."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(BACK_WITHIN):
                await self._online.until_online(account)
        return self._online.any_of(account)

    async def _look_at(self, account: str) -> None:
        """Take somebody out of calls who may no longer be here, or at whom nothing rings.

        What cannot be looked at or saved now is tried again, by one for all who look.
        """
        if await self._is_taken_out(account) or account in self._stuck:
            return
        self._stuck.add(account)
        done = False
        while not done:
            await asyncio.sleep(AWAY_SECONDS)
            done = await self._is_taken_out(account)
        self._stuck.discard(account)

    async def _is_taken_out(self, account: str) -> bool:
        """Take somebody out of all calls where that has to be; tell whether it is saved."""
        try:
            gone = await self._not_here(account)
        except LocalFault:
            return False
        done = [await self._exchange.report(call, report) for call, report in gone]
        if not await self._is_back(account):
            done += [
                await self._exchange.report(call.id, Unreachable(account))
                for call in self._exchange.calls.of_account(account)
                if any(not member.is_in for member in call.of_account(account))
            ]
        return all(done)

    async def _not_here(self, account: str) -> list[tuple[str, AccountGone | DeviceGone]]:
        """Return from which calls somebody has to be taken out, and why."""
        gone = list[tuple[str, AccountGone | DeviceGone]]()
        for call in self._exchange.calls.of_account(account):
            for member in call.of_account(account):
                known = await self._accounts.login(member.device) if member.device else None
                if known is not None and known.disabled:
                    gone.append((call.id, AccountGone(account)))
                elif member.device and (known is None or known.revoked):
                    gone.append((call.id, DeviceGone(account, member.device)))
        return gone
