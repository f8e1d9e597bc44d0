"""Accounts whose process is started when they are called, and ends by itself."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from tui_call.service.bus.online_devices import OnlineDevices
from tui_call.service.database import Accounts
from tui_call.service.enrolment import Enrolment
from tui_call.signaling.vocabulary import EncryptionSetting

START_WITHIN = 15.0
DIRECTORY = "on-demand"

# Starts the process of an account: user part of its address, directory for its state, and the
# link of an invite, "" where it has enrolled before.
StartAccount = Callable[[str, Path, str], Awaitable[object]]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class OnDemandAccount:
    """An account to have in the directory.

    Attributes:
        user: part of the address before the @.
        name: as people see it.
        setting: of E2EE calls, from the beginning.
    """

    user: str
    name: str
    setting: EncryptionSetting = "on"


PERSONAL_ACCOUNTS = (OnDemandAccount("echo", "Echo (test)"),)


class OnDemandAccounts:
    """Starts the processes; the accounts are known by address (`address in on_demand`)."""

    def __init__(
        self,
        accounts: Accounts,
        online: OnlineDevices,
        enrolment: Enrolment,
        state_directory: Path,
        start: StartAccount,
    ) -> None:
        self._accounts = accounts
        self._online = online
        self._enrolment = enrolment
        self._directory = state_directory / DIRECTORY
        self._start = start
        self._users: dict[str, str] = {}
        self._starting: dict[str, asyncio.Task[None]] = {}

    def __contains__(self, address: object) -> bool:
        return address in self._users

    async def add(self, account: OnDemandAccount, organisation: str, now: int) -> None:
        """Put an account into the directory, unless a person has its address."""
        address = f"{account.user}@{organisation}"
        if await self._accounts.ensure_on_demand(address, account.name, account.setting, now):
            self._users[address] = account.user

    async def wake(self, address: str) -> None:
        """Start an account's process if none is connected; wait until it is, at most 15 s."""
        if self._online.any_of(address):
            return
        starting = self._starting.get(address)
        if starting is None:
            coming = self._bring_online(address)
            starting = asyncio.create_task(coming)  # noqa: TID251 - by all who ask for it
            self._starting[address] = starting
            starting.add_done_callback(lambda _: self._starting.pop(address, None))
        await asyncio.shield(starting)  # one who gives up does not stop it for the others

    async def close(self) -> None:
        """Stop waiting; processes that run end by themselves."""
        starting = list(self._starting.values())
        for task in starting:
            task.cancel()
        await asyncio.gather(*starting, return_exceptions=True)

    async def _bring_online(self, address: str) -> None:
        user = self._users[address]
        directory = self._directory / user
        try:
            account = await self._accounts.find(address)
            # A directory that somebody removed took the device's keys along.
            enrolled = account is not None and account.devices and directory.exists()
            link = ""
            if not enrolled:
                link = (await self._enrolment.invite(account=address, local=True)).link
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            async with asyncio.timeout(START_WITHIN):
                await self._start(user, directory, link)
                await self._online.until_online(address)
        except TimeoutError:
            log.warning("account started on demand is not online in time")
        except Exception as error:
            log.error("account could not be started on demand", {"error": type(error).__name__})
