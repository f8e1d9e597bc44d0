"""The credential of a linked device: asked for at its holder, and taken when it is given."""

import time

from tui_call.e2ee.renewal import Holding, ask, read_give, thread_of_pair
from tui_call.engine.account.own_account import OwnAccount
from tui_call.engine.changes import Changes
from tui_call.engine.devices.device_list import DeviceList
from tui_call.engine.entropy import SystemEntropy
from tui_call.engine.notices import Notices
from tui_call.engine.service.postbox import Postbox
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

    def ask_when_due(self) -> None:
        """Ask if it is time to."""
        if self._profile.identity.renewal_due(time.time()):
            self.ask()

    def ask(self) -> None:
        """Ask the holder for a credential, if it is online; it answers if there is a newer one."""
        identity, account = self._profile.identity, self._account.address
        link, credential = identity.stored.link, identity.credential
        if link is None or credential is None or link.holder.hex() not in self._devices.online:
            return
        message = ask(
            link.secret,
            identity.pair(account),
            identity.device_private,
            Holding(credential.epoch, credential.not_before),
            SystemEntropy(),
        )
        self._postbox.send_anew(thread_of_pair(link.secret), account, link.holder, message)

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
