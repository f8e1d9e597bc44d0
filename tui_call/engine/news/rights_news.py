"""Policies and setting as the service tells them, and said to the person here.

A call keeps what it had when it began, and says what is new. As a net beneath the news, which may
be lost, the service is asked again and again how new its policies are.
"""

import logging
import math
import time

from tui_call.engine.account.rights import Rights
from tui_call.engine.calls.call_list import CallList
from tui_call.engine.changes import Changes
from tui_call.engine.notices import Notices
from tui_call.engine.service.belonging import Belonging
from tui_call.engine.service.faults import ServiceFault
from tui_call.engine.service.membership import ServiceMembership
from tui_call.engine.views.encryption import rights_news, rights_notice
from tui_call.permissions.settings import AccountSetting
from tui_call.sentences import sentence
from tui_call.signaling.messages import AskEpoch, PolicyChanged, SettingChanged, Welcome
from tui_call.signaling.vocabulary import Role

ASK_SECONDS = 60.0
"""Between questions how new the policies are."""

log = logging.getLogger(__name__)


class RightsNews:
    """Takes what the service says of rights."""

    def __init__(
        self,
        rights: Rights,
        calls: CallList,
        membership: ServiceMembership,
        belonging: Belonging,
        changes: Changes,
        notices: Notices,
    ) -> None:
        self._rights = rights
        self._calls = calls
        self._membership = membership
        self._belonging = belonging
        self._changes = changes
        self._notices = notices
        self._ask_at = math.inf

    def welcomed(self, message: Welcome) -> None:
        """Take all of it, as a login is answered."""
        self._rights.role = message.role
        self._rights.take_words(message)
        self._take(message, message.setting)
        self._ask_at = time.monotonic() + ASK_SECONDS

    def policies_changed(self, message: PolicyChanged) -> None:
        """Take other policies."""
        self._take(message, None)

    def setting_changed(self, message: SettingChanged) -> None:
        """Take other settings of the account."""
        self._rights.take_words(message)
        self._changes.show("me")
        self._take(None, message.setting)

    def role_changed(self, role: Role) -> None:
        """Take another role, and say so."""
        if role != self._rights.role:
            self._rights.role = role
            self._notices.add(sentence("G_ROLE", role=role))
            self._changes.show("me")

    def due(self, now: float) -> bool:
        """Return whether it is time to ask again."""
        return now >= self._ask_at

    async def ask(self) -> None:
        """Ask how new the policies are; newer ones come as news."""
        self._ask_at = time.monotonic() + ASK_SECONDS
        known = self._rights.epoch
        if known is None:
            return  # such a service would not understand
        try:
            await self._membership.request(lambda number: AskEpoch(number, known))
        except ServiceFault as fault:
            log.info("age of policies not known", {"error": type(fault).__name__})

    def _take(self, message: Welcome | PolicyChanged | None, setting: str | None) -> None:
        """Take policies and setting, each unless None, and say what is new."""
        before = self._rights.own
        if message is not None:
            self._rights.take_policies(message)
        if setting is not None:
            self._rights.account_setting = AccountSetting(setting)
        now = self._rights.own
        for record in self._calls.on:
            words = rights_news(before, now, standard=record.standard is not None)
            if words is not None:
                record.tell(words)
        # What joining brings is no news to who joins.
        if message is not None and not self._calls.on and not self._belonging.changing.locked():
            notice = rights_notice(before, now)
            if notice is not None:
                self._notices.add(notice)
        self._changes.show("encryption", "settings", "calls")
