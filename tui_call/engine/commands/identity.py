"""Orders by which a profile gets an identity, opens it, and belongs to another service.

Two screens may order such a thing at once; an identity is made, opened or moved by one.
"""

import asyncio
import time
from pathlib import Path
from typing import assert_never

from tui_call.control import actions
from tui_call.control.server import ActionRefused
from tui_call.engine.account.own_account import MOST_NAME, OwnAccount
from tui_call.engine.account.profile_writer import ProfileWriter
from tui_call.engine.account.rights import Rights
from tui_call.engine.calls.call_list import CallList
from tui_call.engine.commands.result import NOTHING, Result
from tui_call.engine.devices.joining import device_name, linked_by
from tui_call.engine.notices import Notices
from tui_call.engine.service.belonging import Belonging
from tui_call.engine.service.faults import LoginRefused
from tui_call.engine.service.membership import ServiceMembership
from tui_call.engine.unlocking import Unlocking
from tui_call.foreign_text import clean
from tui_call.permissions.policies import E2EECalls
from tui_call.permissions.settings import AccountSetting
from tui_call.profile.identity import Identity, NoAccountKey
from tui_call.profile.keyring_backend import KeyringUnavailable
from tui_call.profile.profile import Profile, ProtectionName, Safe
from tui_call.sentences import sentence
from tui_call.signaling import messages as signaling
from tui_call.signaling.device_link import is_device_link, parse_device_link
from tui_call.signaling.invite import parse_invite
from tui_call.tasks import Tasks

ONLINE_WITHIN = 20.0

OrderAboutIdentity = actions.SetUp | actions.Unlock | actions.Join | actions.Restore


class IdentityOrders:
    """Carries them out, one at a time."""

    def __init__(
        self,
        profile: Profile,
        account: OwnAccount,
        writer: ProfileWriter,
        rights: Rights,
        membership: ServiceMembership,
        belonging: Belonging,
        unlocking: Unlocking,
        calls: CallList,
        notices: Notices,
        tasks: Tasks,
    ) -> None:
        self._profile = profile
        self._account = account
        self._writer = writer
        self._rights = rights
        self._membership = membership
        self._belonging = belonging
        self._unlocking = unlocking
        self._calls = calls
        self._notices = notices
        self._tasks = tasks

    async def carry_out(self, action: OrderAboutIdentity) -> Result:
        """Do it.

        Raises:
            ActionRefused: not now, with the sentence that says why.
            TuiCallError: something failed.
        """
        if isinstance(action, actions.Restore):
            await self._change(action)
        else:
            # What an invite gave must be kept even where the screen that asked is gone meanwhile.
            await self._tasks.finish(self._change(action))
        return NOTHING

    async def _change(self, action: OrderAboutIdentity) -> None:
        async with self._belonging.changing:
            match action:
                case actions.SetUp():
                    await self._set_up(action)
                case actions.Unlock(passphrase):
                    if self._profile.state != "ready":
                        await self._unlocking.unlock(passphrase)
                case actions.Join(link, e2ee):
                    await self._join(link, e2ee=e2ee)
                case actions.Restore():
                    await self._restore(action)
                case _:
                    assert_never(action)

    async def _set_up(self, action: actions.SetUp) -> None:
        """Make the identity, join, and set policy and setting as the person chose."""
        if is_device_link(action.invite):
            await self._link_this_device(action)
            return
        name = named(action.person)
        if self._account.joined is not None:
            raise ActionRefused("wrong_state", "O_SETUP_ALREADY")
        if self._profile.state == "new":
            await self._create(action)
        await self._enrol(action.invite, name)
        await self._writer.now()
        await self._belonging.connect()
        await self._choose_encryption(on=action.e2ee)

    async def _create(self, action: actions.SetUp) -> None:
        try:
            await asyncio.to_thread(self._profile.create, action.protection, action.passphrase)
        except KeyringUnavailable as error:
            raise ActionRefused("unavailable", "N_KEYRING") from error

    async def _join(self, link: str, *, e2ee: bool | None) -> None:
        """Go to the service of an invite; identity, presence and choice of E2EE stay."""
        if is_device_link(link):
            raise ActionRefused("wrong_state", sentence("F_PROFILE_EXISTS", "join"))
        joined = self._account.member()
        same = parse_invite(link).pin in joined.pins
        if same and self._membership.welcomed.is_set():
            raise ActionRefused("wrong_state", "O_SAME_SERVICE")
        if self._calls.busy:
            raise ActionRefused("wrong_state", "O_CALL_ON")
        profile = self._profile
        if not profile.identity.holds_account_key:
            raise NoAccountKey
        had_e2ee = self._rights.account_setting is not AccountSetting.OFF
        try:
            await self._enrol(link, joined.name)
        except LoginRefused as refused:
            if not same:
                raise
            # A service that has removed a device takes it by no invite: a new profile is needed.
            words = sentence("R_REVOKED", org=joined.organisation)
            raise ActionRefused("wrong_state", words) from refused
        self._account.choose_presence(joined.presence, joined.presence_until)
        # What was linked was of the former account.
        profile.identity = profile.identity.confirmed(())
        await self._writer.now()
        await self._belonging.connect()
        await self._choose_encryption(on=had_e2ee if e2ee is None else e2ee)

    async def _enrol(self, invite: str, name: str) -> None:
        self._profile.membership = await self._membership.enrol(
            invite, name, self._profile.identity
        )

    async def _choose_encryption(self, *, on: bool) -> None:
        """Set the own setting, and the policy of a personal service for the person who owns it.

        Any other organisation decides by itself whether there are E2EE calls.
        """
        await self._membership.online(ONLINE_WITHIN)
        policy, owner = self._rights.policy, self._membership.owned
        ruled_out = policy is not None and policy.e2ee_calls is E2EECalls.DISABLED
        if on and owner and ruled_out:
            await self._membership.request(
                lambda number: signaling.ChangePolicy(number, "user_choice")
            )
        setting = "on" if on else "off"
        await self._membership.request(lambda number: signaling.ChangeSetting(number, setting))

    async def _restore(self, action: actions.Restore) -> None:
        """Fill a new profile from an exported file; the device has moved here with it.

        Raises:
            ActionRefused: the profile is not new, or there is no keyring.
            LocalFault: the file does not open; see `Profile.read_backup`.
        """
        profile = self._profile
        if profile.state != "new":
            raise ActionRefused(
                "wrong_state",
                sentence("F_PROFILE_EXISTS", "restore"),
            )
        backup = await asyncio.to_thread(profile.read_backup, Path(action.path), action.passphrase)
        safe = await self._prepare(action.protection, action.new_passphrase)
        profile.establish(
            safe,
            Identity(backup.identity).restored(time.time()),
            backup.membership,
            backup.contacts,
            backup.history,
        )
        await self._belonging.connect()
        self._notices.add(sentence("D_RESTORED", "device"))

    async def _link_this_device(self, action: actions.SetUp) -> None:
        """Make this new profile a further device of an account.

        Raises:
            ActionRefused: the profile is not new, or there is no keyring.
            LocalFault: the link is wrong, used or over, or the other device is away.
            ServiceFault: the service is away, or refused.
        """
        link = parse_device_link(action.invite)
        if self._profile.state != "new":
            raise ActionRefused("wrong_state", sentence("F_PROFILE_EXISTS", "join"))
        # Before the link is spent: what keeps the keys here, which may not be there.
        safe = await self._prepare(action.protection, action.passphrase)
        async with linked_by(link, device_name(action.device)) as new:
            # Not in a thread: there it could not be taken back where the order is given up.
            self._profile.establish(safe, new.identity, new.membership)
        await self._belonging.connect()
        words = sentence("D_LINKED", "device", account=new.membership.account, device=new.name)
        self._notices.add(words)

    async def _prepare(self, protection: ProtectionName, passphrase: str) -> Safe:
        """Make what will keep the keys of a new profile.

        Raises:
            ActionRefused: there is no keyring.
            LocalFault: there is a profile already, or the passphrase cannot be used.
        """
        try:
            return await asyncio.to_thread(self._profile.prepare, protection, passphrase)
        except KeyringUnavailable as error:
            raise ActionRefused("unavailable", "N_KEYRING") from error


def named(wanted: str) -> str:
    """Return a name as others will see it, or refuse one of which nothing can be shown."""
    name = clean(wanted, MOST_NAME)
    if not name:
        raise ActionRefused("invalid", "O_NAME")
    return name
