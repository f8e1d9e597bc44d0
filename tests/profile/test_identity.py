"""This device's keys and the credentials that it issues itself."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_call.identifiers import AccountId
from tui_call.profile.identity import (
    CREDENTIAL_LIFE,
    RENEW_AFTER,
    RESTORE_STEP,
    CredentialOver,
    Identity,
    Link,
    LinkedDevice,
    NoAccountKey,
    StoredIdentity,
)

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


# Several devices


def linked_device(number: int = 7, **changes: object) -> LinkedDevice:
    fields = {
        "device_id": bytes([number]) * 16,
        "device_key": b"k" * 32,
        "name": "laptop",
        "since": NOW,
        "secret": b"s" * 32,
        **changes,
    }
    return LinkedDevice(**fields)  # type: ignore[arg-type]


def a_linked_identity(wall: float = NOW) -> Identity:
    """A device with a credential of `scripted`, and without its account key."""
    own = Identity.create(lambda length: b"\x44" * length)
    credential = scripted().issue(ADA, own.device_key, own.device_id, wall)
    link = Link(credential.encode(), bytes(16), b"s" * 32)
    return Identity(StoredIdentity(b"", b"\x44" * 32, b"\x44" * 32, own.device_id, link=link))


def test_a_linked_device_shows_the_credential_that_it_was_given_until_it_expires() -> None:
    identity = a_linked_identity()
    assert not identity.holds_account_key
    assert (identity.identity_key, identity.epoch) == (scripted().identity_key, 4)
    last = int(NOW) + CREDENTIAL_LIFE - 1
    for wall in (NOW, NOW + RENEW_AFTER, last):
        local = identity.local_identity(ADA, wall)
        local.credential.check(wall)
        assert local.credential.device_key == local.device_private.public_key().public_bytes_raw()
    for account, wall in ((ADA, last + 1), (AccountId("ada@work"), NOW)):
        assert not identity.usable(account, wall)
        with pytest.raises(CredentialOver, match="Start tui-call on the device that linked it"):
            identity.local_identity(account, wall)


def test_a_linked_device_asks_after_thirty_days_and_when_the_clock_went_back() -> None:
    identity = a_linked_identity()
    assert not identity.renewal_due(NOW)
    assert not identity.renewal_due(NOW + RENEW_AFTER - 2)
    assert identity.renewal_due(NOW + RENEW_AFTER)
    assert identity.renewal_due(NOW - 60)
    assert not scripted().renewal_due(NOW + RENEW_AFTER)
    newer = scripted().issue(ADA, identity.device_key, identity.device_id, NOW + RENEW_AFTER)
    assert not identity.with_credential(newer).renewal_due(NOW + RENEW_AFTER)
    assert identity.with_credential(newer).credential == newer


def test_a_linked_device_cannot_issue_credentials() -> None:
    identity = a_linked_identity()
    with pytest.raises(NoAccountKey):
        identity.issue(ADA, identity.device_key, identity.device_id, NOW)
    assert identity.stored.account_seed == b""


def test_a_removal_takes_the_device_off_and_raises_the_epoch_in_one_value() -> None:
    identity = scripted().with_linked(linked_device(7)).with_linked(linked_device(8))
    assert identity.epoch == 4
    renamed = identity.with_linked(linked_device(7, name="desk"))
    assert sorted(one.name for one in renamed.linked) == ["desk", "laptop"]
    left = identity.without(bytes([7]) * 16)
    assert [one.device_id for one in left.linked] == [bytes([8]) * 16]
    assert (left.epoch, left.stored.removed) == (5, (bytes([7]) * 16,))
    assert left.local_identity(ADA, NOW).credential.epoch == 5
    assert left.told_of_removal(bytes([7]) * 16).stored.removed == ()


def test_a_restored_identity_is_ahead_of_every_removal_that_its_backup_missed() -> None:
    identity = scripted().restored(NOW)
    assert identity.epoch >= 4 + RESTORE_STEP
    assert identity.identity_key == scripted().identity_key
    assert identity.stored.login_seed == scripted().stored.login_seed


@pytest.mark.parametrize("later", [60, 86_400, 10 * 365 * 86_400])
def test_a_backup_that_is_restored_once_more_is_ahead_of_what_came_of_the_first_time(
    later: int,
) -> None:
    first = scripted().with_linked(linked_device(7)).restored(NOW)
    seen = first.without(bytes([7]) * 16)
    again = scripted().restored(NOW + later)
    assert again.epoch >= seen.epoch
    assert again.local_identity(ADA, NOW + later).credential.epoch == again.epoch


def test_a_clock_that_knows_no_date_lowers_no_epoch_of_a_restored_identity() -> None:
    assert scripted().restored(0).epoch == 4 + RESTORE_STEP


def test_after_a_restore_only_devices_that_are_still_there_stay() -> None:
    identity = scripted().with_linked(linked_device(7)).with_linked(linked_device(8)).restored(NOW)
    assert identity.stored.restored
    confirmed = identity.confirmed([bytes([8]) * 16, bytes([9]) * 16])
    assert [one.device_id for one in confirmed.linked] == [bytes([8]) * 16]
    assert not confirmed.stored.restored
    assert confirmed.epoch == identity.epoch


def test_a_file_from_before_there_were_several_devices_is_read() -> None:
    old = {"account_seed": bytes(32), "device_seed": b"\1" * 32, "login_seed": b"\2" * 32,
           "device_id": bytes(16), "epoch": 4}  # fmt: skip
    stored = msgspec.msgpack.decode(msgspec.msgpack.encode(old), type=StoredIdentity)
    assert Identity(stored).identity_key == scripted().identity_key


def test_a_credential_that_is_none_is_refused() -> None:
    stored = a_linked_identity().stored
    assert stored.link is not None
    broken = msgspec.structs.replace(stored.link, credential=bytes(10))
    with pytest.raises(ValueError, match="credential"):
        Identity(msgspec.structs.replace(stored, link=broken))


def test_no_secret_of_a_pair_is_printed() -> None:
    assert repr(linked_device()) == "LinkedDevice(…)"
    assert repr(a_linked_identity().stored.link) == "Link(…)"
