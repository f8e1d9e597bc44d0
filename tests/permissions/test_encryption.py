"""Whether E2EE calls are on for a person, why, and who decided."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_call.permissions.encryption import OwnEncryption, own_encryption
from tui_call.permissions.policies import (
    Authority,
    CallingPolicy,
    E2EECalls,
    EncryptionPolicy,
    PolicySource,
)
from tui_call.permissions.settings import AccountSetting, DeviceSetting, setting_in_effect
from tui_call.permissions.terms import CallingTerms
from tui_call.reasons import GateReason

CHOICE = EncryptionPolicy("everyone", PolicySource.ORGANISATION, E2EECalls.USER_CHOICE)
DISABLED = replace(CHOICE, e2ee_calls=E2EECalls.DISABLED)
REQUIRED = replace(CHOICE, e2ee_calls=E2EECalls.REQUIRED)
RECORDED = CallingPolicy(
    "traders", PolicySource.GROUP, CallingTerms(compliance_recording=True), "trading", 2
)
FOLLOW = DeviceSetting.FOLLOW

policies = st.from_type(EncryptionPolicy)
accounts = st.sampled_from(AccountSetting)
devices = st.sampled_from(DeviceSetting)


@pytest.mark.parametrize(
    ("policy", "account", "device", "code", "on", "required"),
    [
        (CHOICE, "on", "follow", "ON_SELF", True, False),
        (CHOICE, "off", "follow", "OFF_SELF", False, False),
        (CHOICE, "require", "follow", "ON_REQUIRE_SELF", True, True),
        (CHOICE, "off", "on", "ON_SELF", True, False),
        (CHOICE, "on", "off", "OFF_SELF", False, False),
        (CHOICE, "on", "require", "ON_REQUIRE_SELF", True, True),
        (DISABLED, "on", "on", "OFF_POLICY", False, False),
        (DISABLED, "require", "follow", "OFF_POLICY", False, True),
        (REQUIRED, "off", "off", "ON_REQUIRED", True, True),
        (REQUIRED, "require", "follow", "ON_REQUIRED", True, True),
        (None, "on", "on", "OFF_POLICY_UNKNOWN", False, False),
        (None, "require", "follow", "OFF_POLICY_UNKNOWN", False, True),
    ],
)
def test_policy_and_settings_together(policy, account, device, code, on, required):
    own = own_encryption(policy, AccountSetting(account), DeviceSetting(device))
    assert (own.code, own.on, own.required) == (code, on, required)


def test_reasons_are_told_in_the_order_of_who_outranks_whom():
    own = own_encryption(DISABLED, AccountSetting.OFF, FOLLOW, key_locked=True, calling=RECORDED)
    assert own.reasons == (
        GateReason.COMPLIANCE,
        GateReason.POLICY,
        GateReason.SETTING,
        GateReason.KEY_LOCKED,
    )
    assert own.code == "OFF_COMPLIANCE"
    assert own.more == 3


def test_who_is_recorded_by_rule_reads_which_calling_policy_says_so():
    own = own_encryption(CHOICE, AccountSetting.ON, FOLLOW, calling=RECORDED)
    assert (own.code, own.on) == ("OFF_COMPLIANCE", False)
    assert (own.decided_by.policy, own.decided_by.group, own.decided_by.rank) == (
        "traders", "trading", 2,
    )  # fmt: skip
    assert own.ruled_out_by == RECORDED
    free = own_encryption(CHOICE, AccountSetting.ON, FOLLOW, calling=replace(
        RECORDED, terms=CallingTerms()
    ))  # fmt: skip
    assert free.on
    assert free.ruled_out_by == CHOICE


def test_a_locked_key_is_decided_by_this_computer():
    own = own_encryption(CHOICE, AccountSetting.ON, FOLLOW, key_locked=True)
    assert own.code == "OFF_IDENTITY_LOCKED"
    assert own.decided_by.authority is Authority.DEVICE


def test_a_locked_key_is_the_reason_before_the_service_can_be_asked():
    own = own_encryption(None, AccountSetting.OFF, FOLLOW, key_locked=True)
    assert own.reasons == (GateReason.KEY_LOCKED,)
    assert own.code == "OFF_IDENTITY_LOCKED"


def test_an_expired_device_is_a_reason_after_all_others():
    own = own_encryption(CHOICE, AccountSetting.ON, FOLLOW, credential_over=True)
    assert (own.code, own.reasons) == ("OFF_DEVICE_EXPIRED", (GateReason.CREDENTIAL_OVER,))
    assert own.decided_by.authority is Authority.DEVICE
    own = own_encryption(CHOICE, AccountSetting.OFF, FOLLOW, credential_over=True)
    assert (own.code, own.more) == ("OFF_SELF", 1)


@pytest.mark.parametrize(
    ("source", "authority", "origin"),
    [
        ("user", Authority.POLICY_OF_USER, "yours"),
        ("group", Authority.POLICY_OF_GROUP, "group finance"),
        ("organisation", Authority.POLICY_OF_ORGANISATION, "organisation"),
    ],
)
def test_a_policy_says_where_it_comes_from(source, authority, origin):
    policy = replace(DISABLED, source=PolicySource(source), group="finance", rank=1)
    own = own_encryption(policy, AccountSetting.ON, FOLLOW)
    assert own.decided_by.authority is authority
    assert (own.decided_by.group, own.decided_by.rank) == ("finance", 1)
    assert policy.decided_by.origin == origin


def test_a_setting_says_where_it_stands():
    account = setting_in_effect(AccountSetting.ON, FOLLOW, "environment")
    device = setting_in_effect(AccountSetting.ON, DeviceSetting.OFF, "environment")
    assert (account.value, account.decided_by.file) == (AccountSetting.ON, "account")
    assert (device.value, device.decided_by.file) == (AccountSetting.OFF, "environment")


@given(
    account=accounts, device=devices, locked=st.booleans(), policy=policies,
    calling=st.none() | st.from_type(CallingPolicy),
)  # fmt: skip
def test_no_setting_widens_what_policies_rule_out(account, device, locked, policy, calling):
    own = own_encryption(policy, account, device, key_locked=locked, calling=calling)
    recorded = calling is not None and calling.terms.compliance_recording
    if policy.e2ee_calls is E2EECalls.DISABLED or recorded:
        assert not own.on
    if policy.e2ee_calls is E2EECalls.REQUIRED:
        assert own.required


@given(device=devices, policy=st.none() | policies, account=accounts)
def test_an_own_require_holds_whatever_the_policy_says(device, policy, account):
    own = own_encryption(policy, account, device)
    if setting_in_effect(account, device).value is AccountSetting.REQUIRE:
        assert own.required


@given(account=accounts, device=devices, policy=policies)
def test_each_further_rule_only_narrows(account, device, policy):
    free = own_encryption(policy, account, device, key_locked=False)
    for narrowed in (
        own_encryption(policy, account, device, calling=RECORDED),
        own_encryption(policy, account, device, key_locked=True),
        own_encryption(policy, account, device, credential_over=True),
        own_encryption(replace(policy, e2ee_calls=E2EECalls.DISABLED), account, device),
        own_encryption(None, account, device),
    ):
        assert not narrowed.on
        assert not set(free.reasons) & {GateReason.COMPLIANCE, GateReason.KEY_LOCKED}
    stricter = own_encryption(
        replace(policy, e2ee_calls=E2EECalls.REQUIRED), account, device, key_locked=False
    )
    assert stricter.required >= free.required


@given(account=accounts, other=accounts, device=devices, policy=st.none() | policies)
def test_a_device_with_a_setting_of_its_own_ignores_the_account(account, other, device, policy):
    if device is not FOLLOW:
        assert own_encryption(policy, account, device) == own_encryption(policy, other, device)


@given(own=st.from_type(OwnEncryption))
def test_on_means_no_reason_and_off_means_at_least_one(own):
    assert own.on == own.code.startswith("ON_") == (not own.reasons)
    assert own.more == max(0, len(own.reasons) - 1)


@given(own=st.from_type(OwnEncryption), compared=st.booleans())
def test_only_the_policy_makes_people_compare_and_only_what_was_not(own, compared):
    required = own.policy is not None and own.policy.require_compared
    assert own.must_compare(compared=compared) == (required and not compared)
