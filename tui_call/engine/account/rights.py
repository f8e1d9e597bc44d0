"""What this person may do about E2EE: the policy that the service told, and the own settings."""

from typing import Literal

from tui_call.control.views import SentenceView
from tui_call.engine.account.configuration import Configuration
from tui_call.engine.account.own_account import OwnAccount
from tui_call.foreign_text import clean
from tui_call.permissions.encryption import OwnEncryption, own_encryption
from tui_call.permissions.explain import Names, explain_own
from tui_call.permissions.policies import E2EECalls, EncryptionPolicy, PolicySource
from tui_call.permissions.settings import AccountSetting, DeviceSetting
from tui_call.sentences import sentence
from tui_call.signaling.messages import Policy

DEVICE_SETTING = "e2ee.calls"
RELAY_SETTING = "network.relay_only"


Role = Literal["member", "admin", "auditor"]


class Rights:
    """Policy, account setting and device setting, joined by `permissions.encryption`.

    Attributes:
        policy: that applies, None before the service has told.
        account_setting: as the service told it.
        organisation: whose policy that is.
        role: of the person in it.
    """

    def __init__(self, configuration: Configuration, account: OwnAccount) -> None:
        self._configuration = configuration
        self._account = account
        self.organisation = ""
        self.begin("")

    def begin(self, organisation: str) -> None:
        """Belong to an organisation of which nothing is known yet."""
        self.organisation = organisation
        self.policy: EncryptionPolicy | None = None
        self.account_setting = AccountSetting.OFF
        self.role: Role = "member"

    def take_policy(self, told: Policy) -> None:
        """Use the policy that the service says applies; its names are cleaned."""
        self.policy = EncryptionPolicy(
            name=clean(told.name),
            source=PolicySource(told.source),
            e2ee_calls=E2EECalls(told.e2ee_calls),
            group=clean(told.group),
            rank=told.rank,
            require_compared=told.require_compared,
            relay_only=told.relay_only,
            compliance_recording=told.compliance_recording,
        )

    @property
    def own(self) -> OwnEncryption:
        """Whether E2EE calls are on here now, and every reason why not."""
        loaded = self._configuration.loaded
        return own_encryption(
            self.policy,
            self.account_setting,
            DeviceSetting(loaded.config.e2ee.calls),
            key_locked=self._account.locked,
            credential_over=self._account.expired,
            device_source=loaded.sources[DEVICE_SETTING],
        )

    def limits(self) -> dict[str, SentenceView]:
        """Return by config key what narrows it."""
        own = self.own
        decided = explain_own(own, Names(organisation=self.organisation))
        limits: dict[str, SentenceView] = {}
        if own.policy is None or own.policy.e2ee_calls is not E2EECalls.USER_CHOICE:
            limits[DEVICE_SETTING] = decided.sentence
        if own.policy is not None and own.policy.relay_only:
            limits[RELAY_SETTING] = sentence("P_RELAY", policy=own.policy.name)
        return limits
