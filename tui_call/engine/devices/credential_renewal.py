"""The credential of a linked device: asked for at its holder, and taken when it is given."""

import time

from tui_call.e2ee.renewal import Holding, ask, read_give, thread_of_pair
from tui_call.engine.account.own_account import OwnAccount
from tui_call.engine.changes import Changes
from tui_call.engine.devices.device_list import DeviceList
from tui_call.engine.entropy import SystemEntropy
from tui_call.engine.notices import Notices
from tui_call.engine.service.postbox import Postbox
from tui_call.profile.identity import Link
from tui_call.profile.profile import Profile
from tui_call.sentences import sentence


class CredentialRenewal:
    """What an engine does that was linked; the protocol is in `e2ee.renewal`."""

    def __init__(
        self,
        profile: Profile,
        account: OwnAccount,
        devices: DeviceList,
        postbox: Postbox,
        changes: Changes,
        notices: Notices,
    ) -> None:
        self._profile = profile
        self._account = account
        self._devices = devices
        self._postbox = postbox
        self._changes = changes
        self._notices = notices
        self._holder_there = False

    def welcomed(self) -> None:
        """Take the holder, where it is there, as one that comes now: after each login."""
        self._holder_there = False

    def devices_changed(self) -> None:
        """Ask the holder as it comes online: what it gave when it was there may not have arrived.

        It holds what it has sent for given, so it would not send it again unasked.
        """
        link = self._profile.identity.stored.link
        before, self._holder_there = self._holder_there, link is not None and self._is_there(link)
        if self._holder_there and not before:
            self.ask()
        else:
            self.ask_when_due()

    def ask_when_due(self) -> None:
        """Ask if it is time to."""
        if self._profile.identity.renewal_due(time.time()):
            self.ask()

    def ask(self) -> None:
        """Ask the holder for a credential, if it is online; it answers if there is a newer one."""
        identity, account = self._profile.identity, self._account.address
        link, credential = identity.stored.link, identity.credential
        if link is None or credential is None or not self._is_there(link):
            return
        message = ask(
            link.secret,
            identity.pair(account),
            identity.device_private,
            Holding(credential.epoch, credential.not_before),
            SystemEntropy(),
        )
        self._postbox.send_anew(thread_of_pair(link.secret), account, link.holder, message)

    def _is_there(self, link: Link) -> bool:
        return link.holder.hex() in self._devices.online

    def given(self, message: bytes) -> None:
        """Take a newer credential.

        Raises:
            ProtocolFailure: it is none for this device.
        """
        profile, account = self._profile, self._account.address
        link, present = profile.identity.stored.link, profile.identity.credential
        if link is None or present is None:
            return
        pair, expired = profile.identity.pair(account), self._account.expired
        credential = read_give(link.secret, pair, present, message, time.time())
        profile.identity = profile.identity.with_credential(credential)
        self._account.save()
        if expired:
            self._notices.add(sentence("D_RENEWED", "device"))
            self._changes.show("encryption", "settings")
