"""The person's own setting of E2EE calls: the account's, which a device may override.

The account's setting is followed by all devices of a person. A device whose client.toml says
anything but "follow" has its own. Either way the setting chooses only among what the policy
leaves open; it never widens that.
"""

from dataclasses import dataclass
from enum import StrEnum

from tui_call.permissions.policies import Authority, DecidedBy

ACCOUNT = "account"


class AccountSetting(StrEnum):
    """The setting that lives with the account."""

    OFF = "off"
    ON = "on"
    REQUIRE = "require"


class DeviceSetting(StrEnum):
    """`e2ee.calls` of this device."""

    FOLLOW = "follow"
    OFF = "off"
    ON = "on"
    REQUIRE = "require"


@dataclass(frozen=True, slots=True)
class SettingInEffect:
    """The setting in effect on this device, and where it stands."""

    value: AccountSetting
    decided_by: DecidedBy


def setting_in_effect(
    account: AccountSetting, device: DeviceSetting, device_source: str = "client.toml"
) -> SettingInEffect:
    """Return the device's own setting, or the account's where the device follows it.

    Args:
        account: the account's setting.
        device: this device's.
        device_source: where the device's value stands, for example "environment".
    """
    if device is DeviceSetting.FOLLOW:
        return SettingInEffect(account, DecidedBy(Authority.SETTING, file=ACCOUNT))
    return SettingInEffect(AccountSetting(device), DecidedBy(Authority.SETTING, file=device_source))
