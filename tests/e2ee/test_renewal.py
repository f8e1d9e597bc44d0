"""Credentials of linked devices, renewed: who gets one, and what is refused."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from tests.e2ee import handshake_reference as reference
from tests.e2ee.machines import ScriptedEntropy
from tests.e2ee.test_linking import (
    ADA,
    CONTEXT,
    DEVICE,
    DK,
    HOLDER,
    PAIR,
    WALL,
    credential,
    failure,
    flipped,
)
from tui_call.e2ee.errors import FailureKind, ProtocolFailure
from tui_call.e2ee.own_devices import MESSAGE_BYTES, OwnHeader, OwnMessage, Pair, seal_own
from tui_call.e2ee.renewal import Holding, ask, give, read_ask, read_give, thread_of_pair

SECRET = b"\x31" * 32
KEY = DK.public_key().public_bytes_raw()
PRESENT = credential(not_before=int(WALL) - 3600)
HAS = Holding(PRESENT.epoch, PRESENT.not_before)


def entropy() -> ScriptedEntropy:
    return ScriptedEntropy(b"\x05" * 32)


def asked() -> bytes:
    return ask(SECRET, PAIR, DK, HAS, entropy())


def given_now(**changes: object) -> bytes:
    return give(SECRET, PAIR, credential(**changes), entropy())


def test_a_device_asks_and_gets_a_newer_credential() -> None:
    assert read_ask(SECRET, PAIR, KEY, asked()) == HAS
    assert read_give(SECRET, PAIR, PRESENT, given_now(), WALL) == credential()


def test_every_byte_is_that_of_the_specification() -> None:
    """A second implementation, from docs/protocol.md."""
    thread = reference.ex(SECRET, "pair id", b"", 16)
    has = HAS.epoch.to_bytes(4, "big") + HAS.not_before.to_bytes(8, "big")
    for label, kind, message, content in (
        ("credential ask", 34, asked(), b""),
        ("credential give", 35, given_now(), credential().encode()),
    ):
        head = bytes([1, kind]) + thread + b"\x05" * 32
        if kind == 34:
            hashed = reference.lh(label, head, CONTEXT, has)
            content = has + DK.sign(reference.P + b" credential ask\0" + hashed)
        sealing = AESGCM(reference.ex(SECRET, label, head + CONTEXT))
        sealed = sealing.encrypt(bytes(12), reference.padded(content, 256), head)
        assert message == head + sealed
        assert len(message) == MESSAGE_BYTES


@pytest.mark.seals_again("the nonces are scripted")
def test_an_ask_has_to_be_signed_by_the_device_that_is_listed() -> None:
    other = Ed25519PrivateKey.generate()
    failure(
        FailureKind.AUTHENTICATION,
        read_ask, SECRET, PAIR, other.public_key().public_bytes_raw(), asked(),
    )  # fmt: skip
    forged = ask(SECRET, PAIR, other, HAS, entropy())
    failure(FailureKind.AUTHENTICATION, read_ask, SECRET, PAIR, KEY, forged)


def test_messages_hold_for_one_pair_and_one_kind() -> None:
    elsewhere = Pair(ADA, HOLDER, b"\x0c" * 16)
    failure(FailureKind.AUTHENTICATION, read_ask, SECRET, elsewhere, KEY, asked())
    failure(FailureKind.UNEXPECTED, read_ask, b"\x32" * 32, PAIR, KEY, asked())
    failure(FailureKind.UNEXPECTED, read_ask, SECRET, PAIR, KEY, given_now())
    failure(FailureKind.UNEXPECTED, read_give, SECRET, PAIR, PRESENT, asked(), WALL)


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"device_key": HOLDER * 2}, FailureKind.CREDENTIAL_INVALID),
        ({"device_id": HOLDER}, FailureKind.CREDENTIAL_INVALID),
        ({"epoch": 2}, FailureKind.CREDENTIAL_INVALID),
        ({"not_before": PRESENT.not_before}, FailureKind.CREDENTIAL_INVALID),
        ({"not_before": int(WALL) + 3600}, FailureKind.CREDENTIAL_EARLY),
        (
            {"not_before": int(WALL) - 60, "not_after": int(WALL)},
            FailureKind.CREDENTIAL_EXPIRED,
        ),
    ],
)
def test_a_credential_that_is_no_newer_one_for_this_device_is_refused(
    changes: dict[str, object], kind: FailureKind
) -> None:
    failure(kind, read_give, SECRET, PAIR, PRESENT, given_now(**changes), WALL)


def test_a_higher_epoch_is_newer_whatever_the_clock_of_the_holder_says() -> None:
    earlier = given_now(epoch=4, not_before=PRESENT.not_before - 60)
    assert read_give(SECRET, PAIR, PRESENT, earlier, WALL).epoch == 4


def test_another_account_key_is_refused() -> None:
    eve = reference.Person(reference.ADA.account, DEVICE, b"\x99" * 32, b"\x77" * 32)
    foreign = eve.credential(not_before=int(WALL), not_after=int(WALL) + 60, epoch=9)
    header = OwnHeader(OwnMessage.CREDENTIAL_GIVE, thread_of_pair(SECRET), b"\x05" * 32)
    message = seal_own(SECRET, header, CONTEXT, foreign)
    failure(FailureKind.CREDENTIAL_INVALID, read_give, SECRET, PAIR, PRESENT, message, WALL)


@given(st.integers(0, MESSAGE_BYTES * 8 - 1))
def test_a_turned_bit_anywhere_is_refused(bit: int) -> None:
    with pytest.raises(ProtocolFailure):
        read_ask(SECRET, PAIR, KEY, flipped(asked(), bit))
    with pytest.raises(ProtocolFailure):
        read_give(SECRET, PAIR, PRESENT, flipped(given_now(), bit), WALL)


@pytest.mark.seals_again("the nonces are scripted")
@given(st.binary(max_size=250))
def test_no_content_raises_anything_but_a_protocol_failure(content: bytes) -> None:
    for kind, read in (
        (OwnMessage.CREDENTIAL_ASK, lambda sealed: read_ask(SECRET, PAIR, KEY, sealed)),
        (
            OwnMessage.CREDENTIAL_GIVE,
            lambda sealed: read_give(SECRET, PAIR, PRESENT, sealed, WALL),
        ),
    ):
        header = OwnHeader(kind, thread_of_pair(SECRET), b"\x05" * 32)
        with pytest.raises(ProtocolFailure):
            read(seal_own(SECRET, header, CONTEXT, content))
