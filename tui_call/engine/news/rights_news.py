"""Policy and setting as the service tells them, and said in a call, which keeps what it had."""

from tui_call.engine.account.rights import Rights
from tui_call.engine.calls.call_list import CallList
from tui_call.engine.changes import Changes
from tui_call.engine.views.encryption import rights_news
from tui_call.permissions.settings import AccountSetting
from tui_call.signaling.messages import Policy, Welcome


class RightsNews:
    """Takes what the service says of rights."""

    def __init__(self, rights: Rights, calls: CallList, changes: Changes) -> None:
        self._rights = rights
        self._calls = calls
        self._changes = changes

    def welcomed(self, message: Welcome) -> None:
        """Take all of it, as a login is answered."""
        self._rights.role = message.role
        self.changed(message.policy, message.setting)

    def changed(self, policy: Policy | None, setting: str | None) -> None:
        """Take policy and setting, and say in a call what is new.

        Args:
            policy: that applies now, None where nothing is said of it.
            setting: of the account, likewise.
        """
        before = self._rights.own
        if policy is not None:
            self._rights.take_policy(policy)
        if setting is not None:
            self._rights.account_setting = AccountSetting(setting)
        words = rights_news(before, self._rights.own)
        if words is not None:
            for record in self._calls.on:
                record.tell(words)
        self._changes.show("encryption", "settings", "calls")
