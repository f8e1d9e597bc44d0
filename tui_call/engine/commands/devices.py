"""Orders about the person's devices and backups of this one."""

import asyncio
from pathlib import Path
from typing import assert_never

from tui_call.control import actions
from tui_call.control.server import ActionRefused
from tui_call.engine.account.own_account import OwnAccount
from tui_call.engine.commands.result import NOTHING, Result
from tui_call.engine.devices.account_holder import AccountHolder
from tui_call.engine.devices.own_devices import OwnDevices
from tui_call.profile.profile import Profile

SHORTEST_PASSPHRASE = 8

OrderAboutDevices = actions.LinkDevice | actions.ListDevices | actions.RemoveDevice


class DeviceOrders:
    """Links, lists and removes devices, and writes everything of this one into a file."""

    def __init__(
        self,
        profile: Profile,
        account: OwnAccount,
        own_devices: OwnDevices,
        holder: AccountHolder,
    ) -> None:
        self._profile = profile
        self._account = account
        self._own_devices = own_devices
        self._holder = holder

    async def carry_out(self, action: OrderAboutDevices) -> Result:
        """Do it.

        Raises:
            ActionRefused: not now, with the sentence that says why.
            TuiCallError: something failed.
        """
        match action:
            case actions.LinkDevice():
                link, expires = await self._holder.make_link()
                return {"link": link, "expires": expires}
            case actions.ListDevices():
                await self._own_devices.refresh()
                return NOTHING
            case actions.RemoveDevice(text):
                view, told = await self._holder.remove(text)
                return {"id": view.id, "name": view.name, "told": int(told)}
            case _:
                assert_never(action)

    async def export(self, action: actions.Export) -> Result:
        """Write everything of this profile into one sealed file.

        Raises:
            ActionRefused: there is nothing to write, or it is locked.
            LocalFault: the file cannot be written; see `Profile.export`.
        """
        if self._account.joined is None:
            raise ActionRefused("wrong_state", "O_NOTHING_TO_EXPORT")
        if len(action.passphrase) < SHORTEST_PASSPHRASE:
            raise ActionRefused("invalid", "O_PASSPHRASE_SHORT", n=SHORTEST_PASSPHRASE)
        path = Path(action.path)
        backup = self._profile.backup()
        await asyncio.to_thread(
            self._profile.export, backup, path, action.passphrase, force=action.force
        )
        return {"path": str(path)}
