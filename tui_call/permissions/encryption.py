"""Whether E2EE calls are on for the person here, and every reason why not.

Precedence only narrows. A policy that disables E2EE calls cannot be overruled by a setting; one
that requires them leaves nothing to set; only "user_choice" lets the setting decide. A setting
"require" holds whatever the policy says: where the policy then rules E2EE out, no call is left.
A calling policy that records calls by rule rules E2EE out, as nobody else could hear the call.
Until the service has told the policy, E2EE calls are off, because what is not known cannot allow.
"""

from dataclasses import dataclass

from tui_call.permissions.policies import (
    Authority,
    CallingPolicy,
    DecidedBy,
    E2EECalls,
    EncryptionPolicy,
)
from tui_call.permissions.settings import (
    AccountSetting,
    DeviceSetting,
    SettingInEffect,
    setting_in_effect,
)
from tui_call.reasons import GateReason


@dataclass(frozen=True, slots=True)
class OwnEncryption:
    """What holds for the person at this device.

    Attributes:
        code: of the sentence that says whether E2EE calls are on: ON_SELF, OFF_POLICY, ….
        reasons: all reasons why E2EE calls are off, in the order compliance, policy, setting,
            device; the first is told. Empty when they are on.
        decided_by: who decided what the code says.
        required_by: who refuses calls that are not E2EE; None where nobody does.
        policy: the encryption policy that applies, None while it is not known.
        calling: the calling policy, likewise.
    """

    code: str
    reasons: tuple[GateReason, ...]
    decided_by: DecidedBy
    required_by: DecidedBy | None
    policy: EncryptionPolicy | None
    calling: CallingPolicy | None = None

    @property
    def on(self) -> bool:
        """An E2EE call is possible from here."""
        return not self.reasons

    @property
    def required(self) -> bool:
        """A call that is not E2EE is refused here."""
        return self.required_by is not None

    @property
    def ruled_out_by(self) -> EncryptionPolicy | CallingPolicy | None:
        """The policy that is told where one rules E2EE out, else the encryption policy."""
        return self.calling if GateReason.COMPLIANCE in self.reasons else self.policy

    @property
    def more(self) -> int:
        """How many reasons hold besides the one that is told."""
        return max(0, len(self.reasons) - 1)

    def must_compare(self, *, compared: bool) -> bool:
        """Tell whether a call that begins now ends unless its code is compared in it.

        Args:
            compared: the key of the other account was compared before, in a call or in person.
        """
        return self.policy is not None and self.policy.require_compared and not compared


def own_encryption(
    policy: EncryptionPolicy | None,
    account: AccountSetting,
    device: DeviceSetting,
    *,
    key_locked: bool = False,
    credential_over: bool = False,
    device_source: str = "client.toml",
    calling: CallingPolicy | None = None,
) -> OwnEncryption:
    """Decide whether E2EE calls are on for the person here.

    Args:
        policy: the encryption policy that applies, None while the service has not told it.
        account: the account's setting.
        device: this device's setting.
        key_locked: the identity waits for its passphrase.
        credential_over: this device's credential has expired, and it cannot sign one itself.
        device_source: where the device's setting stands, for example "client.toml".
        calling: the calling policy that applies, None where the service has not told it.
    """
    setting = setting_in_effect(account, device, device_source)
    obstacles = _obstacles(policy, calling, setting, key_locked)
    if credential_over:
        obstacles.append((GateReason.CREDENTIAL_OVER, DecidedBy(Authority.DEVICE)))
    required_by = _required_by(policy, setting)
    if obstacles:
        (first, decided_by) = obstacles[0]
        code = _OFF_CODES[first]
    else:
        code, decided_by = _on(policy, setting)
    reasons = tuple(reason for reason, _ in obstacles)
    return OwnEncryption(code, reasons, decided_by, required_by, policy, calling)


_OFF_CODES = {
    GateReason.COMPLIANCE: "OFF_COMPLIANCE",
    GateReason.POLICY: "OFF_POLICY",
    GateReason.POLICY_UNKNOWN: "OFF_POLICY_UNKNOWN",
    GateReason.SETTING: "OFF_SELF",
    GateReason.KEY_LOCKED: "OFF_IDENTITY_LOCKED",
    GateReason.CREDENTIAL_OVER: "OFF_DEVICE_EXPIRED",
}


def _obstacles(
    policy: EncryptionPolicy | None,
    calling: CallingPolicy | None,
    setting: SettingInEffect,
    key_locked: bool,
) -> list[tuple[GateReason, DecidedBy]]:
    found: list[tuple[GateReason, DecidedBy]] = []
    locked = (GateReason.KEY_LOCKED, DecidedBy(Authority.DEVICE))
    if policy is None and key_locked:
        return [locked]  # a locked device cannot ask the service for policy and setting
    if policy is None:
        found.append((GateReason.POLICY_UNKNOWN, DecidedBy(Authority.SERVICE)))
    else:
        if calling is not None and calling.terms.compliance_recording:
            found.append((GateReason.COMPLIANCE, calling.decided_by))
        if policy.e2ee_calls is E2EECalls.DISABLED:
            found.append((GateReason.POLICY, policy.decided_by))
    required = policy is not None and policy.e2ee_calls is E2EECalls.REQUIRED
    if setting.value is AccountSetting.OFF and not required:
        found.append((GateReason.SETTING, setting.decided_by))
    if key_locked:
        found.append(locked)
    return found


def _required_by(policy: EncryptionPolicy | None, setting: SettingInEffect) -> DecidedBy | None:
    if policy is not None and policy.e2ee_calls is E2EECalls.REQUIRED:
        return policy.decided_by
    return setting.decided_by if setting.value is AccountSetting.REQUIRE else None


def _on(policy: EncryptionPolicy | None, setting: SettingInEffect) -> tuple[str, DecidedBy]:
    if policy is not None and policy.e2ee_calls is E2EECalls.REQUIRED:
        return "ON_REQUIRED", policy.decided_by
    code = "ON_REQUIRE_SELF" if setting.value is AccountSetting.REQUIRE else "ON_SELF"
    return code, setting.decided_by
