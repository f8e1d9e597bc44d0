"""What a person changes of the own account: setting, name, devices."""

from collections.abc import Callable

from tui_call.service.bus.bus import Bus
from tui_call.service.bus.traffic import Address, PersonTouched, SettingTouched, TurnOut
from tui_call.service.database import Accounts
from tui_call.service.enrolment import Enrolment, shown_name
from tui_call.service.faults import NotYourDevice, TooMany
from tui_call.service.limits import TokenBuckets
from tui_call.service.session import ClientSession
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
        bus: Bus,
        limit: TokenBuckets,
        wall_clock: Callable[[], float],
    ) -> None:
        """Prepare.

        Args:
            accounts: where they are kept.
            enrolment: makes invites for further devices.
            bus: tells the account's devices, and others.
            limit: how often an account may make the audit grow.
            wall_clock: Unix seconds.
        """
        self._accounts = accounts
        self._enrolment = enrolment
        self._bus = bus
        self._limit = limit
        self._wall_clock = wall_clock

    async def change_setting(self, session: ClientSession, change: ChangeSetting) -> None:
        """Change a person's own settings, for all devices of the account."""
        self._take(session)
        changed = await self._accounts.change_setting(
            session.account,
            change.e2ee_calls,
            self._now(),
            recording_of_me=change.recording_of_me,
            captions_of_me=change.captions_of_me,
        )
        if changed is not None:
            news = SettingChanged(
                changed.e2ee_calls, changed.recording_of_me, changed.captions_of_me
            )
            self._bus.publish(Address(session.account), news)
            self._bus.announce(SettingTouched(session.account))
        session.put(Done(change.request))

    async def change_name(self, session: ClientSession, change: ChangeName) -> None:
        """Change how a person is called, on all devices and for others.

        Raises:
            NameInvalid: nothing of the name can be shown.
        """
        self._take(session)
        name = shown_name(change.name)
        if await self._accounts.rename(session.account, name, self._now()):
            self._bus.publish(Address(session.account), NameChanged(name))
            self._bus.announce(PersonTouched(session.account))
        session.put(Done(change.request))

    async def link_device(self, session: ClientSession, request: LinkDevice) -> None:
        """Make an invite for one more device.

        Raises:
            NotYourDevice: another device has linked the one that asks.
        """
        known = await self._accounts.login(session.device)
        if known is None or known.linked_by is not None:
            raise NotYourDevice("linked")
        self._take(session)
        issued = await self._enrolment.link(session.account, session.device)
        session.put(InviteCreated(request.request, issued.link, issued.expires, issued.opened))

    async def remove_device(self, session: ClientSession, request: RemoveDevice) -> None:
        """Revoke a device: it can log in no more. One that is revoked already stays so.

        It costs nothing, because it is done for safety.

        Raises:
            NotYourDevice: as `revoke`.
        """
        await self.revoke(session, request.device)
        self._bus.announce(PersonTouched(session.account))
        session.put(Done(request.request))
        self._bus.publish(Address(session.account, request.device), TurnOut("device_revoked"))

    async def revoke(self, session: ClientSession, removed: str) -> None:
        """Keep a device out for good.

        Raises:
            NotYourDevice: neither the one that asks nor linked by it.
        """
        known = await self._accounts.login(removed)
        if known is None or known.account != session.account:
            raise NotYourDevice
        if session.device not in (known.device, known.linked_by):
            raise NotYourDevice
        if not known.revoked:
            await self._accounts.revoke(removed, session.account, self._now())

    def _take(self, session: ClientSession) -> None:
        """Raise `TooMany` where a member makes the audit grow by changing to and fro."""
        if not self._limit.take(session.account):
            raise TooMany

    def _now(self) -> int:
        return int(self._wall_clock())
