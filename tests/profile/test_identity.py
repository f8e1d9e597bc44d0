"""This device's keys and the credentials that it issues itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_call.identifiers import AccountId
from tui_call.profile.identity import CREDENTIAL_LIFE, RENEW_AFTER, Identity, StoredIdentity

ADA = AccountId("ada@home-3fk2")
NOW = 1_800_000_000.7


def scripted() -> Identity:
    return Identity(StoredIdentity(bytes(32), b"\1" * 32, b"\2" * 32, bytes(16), epoch=4))


def test_a_new_identity_draws_every_key_for_itself() -> None:
    draws = iter(range(1, 5))
    identity = Identity.create(lambda length: bytes([next(draws)]) * length)
    assert identity.stored == StoredIdentity(b"\1" * 32, b"\2" * 32, b"\3" * 32, b"\4" * 16)
    assert identity.epoch == 0
    assert identity.device_id == b"\4" * 16
    assert identity.login_private.private_bytes_raw() == b"\3" * 32


def test_a_credential_verifies_and_says_who() -> None:
    identity = scripted()
    local = identity.local_identity(ADA, NOW)
    credential = local.credential
    credential.check(NOW)
    credential.check(NOW + CREDENTIAL_LIFE - 1)
    assert credential.identity_key == identity.identity_key
    assert credential.device_key == local.device_private.public_key().public_bytes_raw()
    assert credential.device_id == identity.device_id
    assert (credential.epoch, credential.account_id) == (4, ADA)


def test_a_credential_is_kept_for_thirty_days() -> None:
    identity = scripted()
    first = identity.local_identity(ADA, NOW).credential
    assert identity.local_identity(ADA, NOW + RENEW_AFTER - 2).credential is first
    renewed = identity.local_identity(ADA, NOW + RENEW_AFTER).credential
    assert renewed.not_before == int(NOW + RENEW_AFTER)
    other = identity.local_identity(AccountId("ada@work"), NOW + RENEW_AFTER).credential
    assert other.account_id == "ada@work"


@given(st.lists(st.integers(10**9, 2 * 10**9), min_size=1, max_size=5))
def test_whatever_the_clock_does_the_credential_is_valid(times: list[int]) -> None:
    identity = scripted()
    for wall in times:
        identity.local_identity(ADA, wall).credential.check(wall)


@pytest.mark.parametrize("field", ["account_seed", "device_seed", "login_seed", "device_id"])
def test_keys_of_a_wrong_length_are_refused(field: str) -> None:
    fields = dict.fromkeys(("account_seed", "device_seed", "login_seed"), bytes(32))
    with pytest.raises(ValueError, match="bytes"):
        Identity(StoredIdentity(**{**fields, "device_id": bytes(16), field: bytes(3)}))


def test_the_keys_are_not_printed() -> None:
    assert repr(scripted().stored) == "StoredIdentity(…)"
