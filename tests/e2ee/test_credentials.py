"""Credentials: their bytes, who may issue them, and when they hold."""

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.e2ee import handshake_reference as reference
from tests.e2ee.machines import flipped
from tui_call.e2ee.credentials import (
    CREDENTIAL_BYTES,
    LONGEST_LIFE,
    Credential,
    decode_account,
    encode_account,
    issue_credential,
)
from tui_call.e2ee.errors import FailureKind, ProtocolFailure
from tui_call.identifiers import AccountId

IDENTITY = Ed25519PrivateKey.from_private_bytes(reference.ADA.identity_seed)
START = 1_000_000
WALL = float(START)


def kind_of(data: bytes, wall: float = WALL) -> FailureKind:
    with pytest.raises(ProtocolFailure) as caught:
        Credential.decode(data).check(wall)
    return caught.value.kind


def issue(not_before: int = START, not_after: int = START + LONGEST_LIFE) -> Credential:
    return issue_credential(
        IDENTITY,
        device_key=reference.public(reference.ADA.device_seed),
        device_id=reference.ADA.device_id,
        epoch=7,
        not_before=not_before,
        not_after=not_after,
        account_id=AccountId(reference.ADA.account),
    )


def test_an_issued_credential_is_the_one_that_the_reference_makes() -> None:
    credential = issue()
    assert credential.encode() == reference.ADA.credential()
    assert len(credential.encode()) == CREDENTIAL_BYTES
    assert Credential.decode(credential.encode()) == credential
    credential.check(WALL)


def test_any_turned_bit_is_refused() -> None:
    data = reference.ADA.credential()
    for position in range(len(data)):
        assert kind_of(flipped(data, position)) is FailureKind.CREDENTIAL_INVALID


def test_no_field_can_be_exchanged_under_the_signature() -> None:
    for changes in ({"epoch": 8}, {"capabilities": 3}, {"device_id": bytes(16)}):
        forged = replace(issue(), **changes)
        assert kind_of(forged.encode()) is FailureKind.CREDENTIAL_INVALID


def test_time() -> None:
    credential = issue().encode()
    assert kind_of(credential, WALL - 601) is FailureKind.CREDENTIAL_EARLY
    Credential.decode(credential).check(WALL - 600)
    Credential.decode(credential).check(WALL + LONGEST_LIFE - 0.5)
    assert kind_of(credential, WALL + LONGEST_LIFE) is FailureKind.CREDENTIAL_EXPIRED


@pytest.mark.parametrize("life", [0, LONGEST_LIFE + 1])
def test_a_life_that_is_none_or_too_long(life: int) -> None:
    assert kind_of(issue(START, START + life).encode()) is FailureKind.CREDENTIAL_INVALID


def test_a_life_that_ends_before_it_begins() -> None:
    backwards = reference.ADA.credential(not_before=2000, not_after=1000)
    assert kind_of(backwards, 1500.0) is FailureKind.CREDENTIAL_INVALID


@pytest.mark.parametrize("key", [bytes(32), b"\xff" * 32, (1).to_bytes(32, "little")])
def test_keys_of_small_order_or_not_canonical(key: bytes) -> None:
    with_device = reference.ADA.credential(device_key=key)
    with_identity = reference.ADA.credential(identity_key=key)
    for data in (with_device, with_identity):
        assert kind_of(data) is FailureKind.CREDENTIAL_INVALID


def test_a_device_that_does_not_speak_the_protocol() -> None:
    data = reference.ADA.credential(capabilities=2)
    assert kind_of(data) is FailureKind.CREDENTIAL_INVALID


@pytest.mark.parametrize(
    "account",
    [
        bytes(64),
        b"Ada@home".ljust(64, b"\0"),
        b"ada".ljust(64, b"\0"),
        b"a\0da@home".ljust(64, b"\0"),
        b"\0ada@home".ljust(64, b"\0"),
        b"ada@home\x1b[2J".ljust(64, b"\0"),
        "ädä@home".encode().ljust(64, b"\0"),
    ],
)
def test_an_account_that_is_none(account: bytes) -> None:
    data = reference.ADA.credential(account_bytes=account)
    assert kind_of(data) is FailureKind.CREDENTIAL_INVALID
    with pytest.raises(ValueError, match=r"account|ascii"):
        decode_account(account)


def test_an_account_may_fill_its_field() -> None:
    account = AccountId("a@" + "b" * 62)
    assert decode_account(encode_account(account)) == account
    assert len(encode_account(account)) == 64


@pytest.mark.parametrize("version", [0, 2])
def test_another_version(version: int) -> None:
    assert kind_of(reference.ADA.credential(version=version)) is FailureKind.CREDENTIAL_INVALID


@settings(deadline=None)
@given(st.binary(max_size=300) | st.binary(min_size=233, max_size=233))
def test_no_bytes_raise_anything_but_a_protocol_failure(data: bytes) -> None:
    assert kind_of(data) is FailureKind.CREDENTIAL_INVALID
    assert kind_of(b"\1" + data[1:]) is FailureKind.CREDENTIAL_INVALID
