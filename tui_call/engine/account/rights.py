"""What this person may do about E2EE: policies that the service told, and the own settings."""

import logging
import time
from dataclasses import fields
from typing import Literal

from tui_call.control.views import SentenceView
from tui_call.engine.account.configuration import Configuration
from tui_call.engine.account.own_account import OwnAccount
from tui_call.foreign_text import clean
from tui_call.permissions.encryption import OwnEncryption, own_encryption
from tui_call.permissions.explain import Names, explain_own
from tui_call.permissions.policies import CallingPolicy, EncryptionPolicy, PolicySource
from tui_call.permissions.settings import AccountSetting, DeviceSetting
from tui_call.permissions.terms import CallingTerms, E2EECalls
from tui_call.sentences import sentence
from tui_call.signaling import policies as told
from tui_call.signaling.call_acts import OwnWord
from tui_call.signaling.messages import PolicyChanged, SettingChanged, Welcome
from tui_call.signaling.policies import Epoch
from tui_call.signaling.vocabulary import CaptionsWord, RecordingWord

log = logging.getLogger(__name__)

DEVICE_SETTING = "e2ee.calls"
RELAY_SETTING = "network.relay_only"
RECORDING_SETTING = "standard.recording_of_me"
CAPTIONS_SETTING = "standard.captions_of_me"
_CLOCKS_DIFFER = 86_400
"""Seconds, more than a login allows between clocks of device and service."""

Role = Literal["member", "admin", "auditor"]


class Rights:
    """Policies, account setting and device setting, joined by `permissions.encryption`.

    Attributes:
        policy: the encryption policy that applies, None before the service has told.
        calling: the calling policy, likewise.
        epoch: how new both are, None from a service that does not say, or says what cannot be.
        account_setting: as the service told it.
        recording_of_me: the account's word, likewise.
        captions_of_me: the account's word, likewise.
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
        self.calling: CallingPolicy | None = None
        self.epoch: Epoch | None = None
        self.account_setting = AccountSetting.OFF
        self.recording_of_me: RecordingWord = "ask"
        self.captions_of_me: CaptionsWord = "allow"
        self.role: Role = "member"

    def take_policies(self, message: Welcome | PolicyChanged) -> None:
        """Use the policies that the service says apply, unless newer ones are known."""
        epoch = message.epoch if message.calling is not None else None
        if epoch is not None and self.epoch is not None and epoch < self.epoch:
            log.info("older policies dropped")
            return
        # A timeline is the time of a restore. After one of the future all others would be older,
        # however the service is put back.
        later = epoch is not None and epoch.timeline > time.time() + _CLOCKS_DIFFER
        self.epoch = None if later else epoch
        self.policy = _encryption(message.policy)
        self.calling = _calling(message.calling or _of_before(message.policy))

    def take_words(self, message: Welcome | SettingChanged) -> None:
        """Use what the account says of being kept and captioned in standard calls."""
        self.recording_of_me = message.recording_of_me
        self.captions_of_me = message.captions_of_me

    def own_word(self) -> OwnWord:
        """Return what the person says of it at this device, above the account's word."""
        said = self._configuration.current.standard
        return OwnWord(said.recording_of_me, said.captions_of_me)

    def recording_rule(self) -> str:
        """Return the name of the person's policy that records every call, "" where none does."""
        return self.calling.recording_rule if self.calling is not None else ""

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
            calling=self.calling,
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
        return limits | self._limits_of_words()

    def _limits_of_words(self) -> dict[str, SentenceView]:
        """Return what decides of being kept and captioned, where this device does not."""
        said, limits = self.own_word(), dict[str, SentenceView]()
        if said.recording == "follow":
            limits[RECORDING_SETTING] = sentence("P_ACCOUNT", value=self.recording_of_me)
        if said.captions == "follow":
            limits[CAPTIONS_SETTING] = sentence("P_ACCOUNT", value=self.captions_of_me)
        if rule := self.recording_rule():
            limits[RECORDING_SETTING] = sentence("P_BY_RULE", policy=rule)
        if self.calling is not None and not self.calling.terms.captions:
            limits[CAPTIONS_SETTING] = sentence("P_CAPTIONS", policy=self.calling.name)
        return limits


def _encryption(policy: told.Policy) -> EncryptionPolicy:
    """Return a policy as the rules know it; its names are cleaned."""
    return EncryptionPolicy(
        name=clean(policy.name),
        source=PolicySource(policy.source),
        e2ee_calls=E2EECalls(policy.e2ee_calls),
        group=clean(policy.group),
        rank=policy.rank,
        require_compared=policy.require_compared,
        relay_only=policy.relay_only,
        min_client=clean(policy.min_client),
    )


def _calling(policy: told.CallPolicy) -> CallingPolicy:
    terms = {field.name: getattr(policy, field.name) for field in fields(CallingTerms)}
    terms["park_group"] = clean(policy.park_group)
    return CallingPolicy(
        clean(policy.name),
        PolicySource(policy.source),
        CallingTerms(**terms),
        clean(policy.group),
        policy.rank,
    )


def _of_before(policy: told.Policy) -> told.CallPolicy:
    """Return the calling policy of a service that knows only policies of one kind."""
    return told.CallPolicy(
        policy.name,
        policy.source,
        policy.group,
        policy.rank,
        compliance_recording=policy.compliance_recording,
    )
