"""What people and administrators change: settings, devices, the organisation's policy."""

from collections.abc import Callable

from tui_call.service.database import Accounts, Organisation, Organisations
from tui_call.service.faults import DeviceRevoked, NotAllowed, NotYourDevice
from tui_call.service.online_devices import LiveDevice, OnlineDevices
from tui_call.signaling.messages import (
    ChangePolicy,
    EncryptionSetting,
    NameChanged,
    Policy,
    PolicyChanged,
    Role,
    SettingChanged,
)


def require_administrator(role: Role) -> None:
    """Raise `NotAllowed` for others."""
    if role != "admin":
        raise NotAllowed


def require_unlinked(linked_by: str | None) -> None:
    """Raise `NotYourDevice` for a device that another one has linked."""
    if linked_by is not None:
        raise NotYourDevice("linked")


class Administration:
    """Changes policy and settings, and tells those concerned."""

    def __init__(
        self,
        organisation: Organisation,
        organisations: Organisations,
        accounts: Accounts,
        online: OnlineDevices,
        wall_clock: Callable[[], float],
    ) -> None:
        self._policy = organisation.policy
        self._organisations = organisations
        self._accounts = accounts
        self._online = online
        self._wall_clock = wall_clock

    def policy(self) -> Policy:
        """Return the encryption policy that applies to everybody here."""
        return self._policy

    async def change_policy(self, actor: str, role: Role, change: ChangePolicy) -> None:
        """Change what is given of the organisation's policy.

        Raises:
            NotAllowed: the actor is no administrator.
        """
        require_administrator(role)
        before = self._policy
        self._policy = await self._organisations.change_policy(
            actor,
            int(self._wall_clock()),
            e2ee_calls=change.e2ee_calls,
            require_compared=change.require_compared,
            relay_only=change.relay_only,
        )
        if self._policy != before:
            for device in self._online.everybody():
                device.put(PolicyChanged(self._policy))

    async def change_setting(self, device: LiveDevice, setting: EncryptionSetting) -> None:
        """Change a person's own setting, for all devices of the account."""
        now = int(self._wall_clock())
        if await self._accounts.change_setting(device.account, setting, now):
            for other in self._online.of(device.account):
                other.put(SettingChanged(setting))

    async def rename(self, device: LiveDevice, name: str) -> bool:
        """Change how a person is called, on all devices; tell whether it was called otherwise."""
        renamed = await self._accounts.rename(device.account, name, int(self._wall_clock()))
        if renamed:
            for other in self._online.of(device.account):
                other.put(NameChanged(name))
        return renamed

    async def revoke_device(self, actor: LiveDevice, device: str) -> None:
        """Revoke a device: it can log in no more. One that is revoked already stays so.

        Raises:
            NotYourDevice: neither the actor nor linked by it.
        """
        known = await self._accounts.login(device)
        if known is None or known.account != actor.account:
            raise NotYourDevice
        if actor.device not in (known.device, known.linked_by):
            raise NotYourDevice
        if not known.revoked:
            await self._accounts.revoke(device, actor.account, int(self._wall_clock()))

    async def turn_out_if_revoked(self, device: LiveDevice) -> None:
        """End a connection whose device was revoked after its login was checked."""
        known = await self._accounts.login(device.device)
        if known is None or known.revoked:
            device.end(DeviceRevoked())

    def turn_out(self, device: str) -> None:
        """End the connection of a device that was revoked."""
        live = self._online.find(device)
        if live is not None:
            live.end(DeviceRevoked())
