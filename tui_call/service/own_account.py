"""What a person changes of the own account: setting, name, devices."""

from collections.abc import Callable

from tui_call.service.database import Accounts
from tui_call.service.directory import Directory
from tui_call.service.enrolment import Enrolment, shown_name
from tui_call.service.faults import DeviceRevoked, NotYourDevice, TooMany
from tui_call.service.limits import TokenBuckets
from tui_call.service.online_devices import LiveDevice, OnlineDevices
from tui_call.signaling.messages import (
    ChangeName,
    ChangeSetting,
    Done,
    InviteCreated,
    LinkDevice,
    NameChanged,
    RemoveDevice,
    SettingChanged,
)


class AccountChanges:
    """Makes the changes, and tells those concerned."""

    def __init__(
        self,
        accounts: Accounts,
        enrolment: Enrolment,
        online: OnlineDevices,
        directory: Directory,
        limit: TokenBuckets,
        wall_clock: Callable[[], float],
    ) -> None:
        """Prepare.

        Args:
            accounts: where they are kept.
            enrolment: makes invites for further devices.
            online: the devices that are told.
            directory: tells others.
            limit: how often an account may make the audit grow.
            wall_clock: Unix seconds.
        """
        self._accounts = accounts
        self._enrolment = enrolment
        self._online = online
        self._directory = directory
        self._limit = limit
        self._wall_clock = wall_clock

    async def change_setting(self, device: LiveDevice, change: ChangeSetting) -> None:
        """Change a person's own setting, for all devices of the account."""
        self._take(device)
        if await self._accounts.change_setting(device.account, change.e2ee_calls, self._now()):
            for other in self._online.of(device.account):
                other.put(SettingChanged(change.e2ee_calls))
        device.put(Done(change.request))

    async def change_name(self, device: LiveDevice, change: ChangeName) -> None:
        """Change how a person is called, on all devices and for others.

        Raises:
            NameInvalid: nothing of the name can be shown.
        """
        self._take(device)
        name = shown_name(change.name)
        if await self._accounts.rename(device.account, name, self._now()):
            for other in self._online.of(device.account):
                other.put(NameChanged(name))
            await self._directory.announce(device.account)
        device.put(Done(change.request))

    async def link_device(self, device: LiveDevice, request: LinkDevice) -> None:
        """Make an invite for one more device.

        Raises:
            NotYourDevice: another device has linked the one that asks.
        """
        known = await self._accounts.login(device.device)
        if known is None or known.linked_by is not None:
            raise NotYourDevice("linked")
        self._take(device)
        issued = await self._enrolment.link(device.account, device.device)
        device.put(InviteCreated(request.request, issued.link, issued.expires, issued.opened))

    async def remove_device(self, device: LiveDevice, request: RemoveDevice) -> None:
        """Revoke a device: it can log in no more. One that is revoked already stays so.

        It costs nothing, because it is done for safety.

        Raises:
            NotYourDevice: as `revoke`.
        """
        await self.revoke(device, request.device)
        await self._directory.announce(device.account)
        device.put(Done(request.request))
        self._online.turn_out(request.device, DeviceRevoked())

    async def revoke(self, device: LiveDevice, removed: str) -> None:
        """Keep a device out for good.

        Raises:
            NotYourDevice: neither the one that asks nor linked by it.
        """
        known = await self._accounts.login(removed)
        if known is None or known.account != device.account:
            raise NotYourDevice
        if device.device not in (known.device, known.linked_by):
            raise NotYourDevice
        if not known.revoked:
            await self._accounts.revoke(removed, device.account, self._now())

    def _take(self, device: LiveDevice) -> None:
        """Raise `TooMany` where a member makes the audit grow by changing to and fro."""
        if not self._limit.take(device.account):
            raise TooMany

    def _now(self) -> int:
        return int(self._wall_clock())
