"""New credentials for a linked device, from the device that holds IK.

ASK says which credential the device has, signed by DK; GIVE brings a newer one, asked for or not.
Both are sealed under the secret of the pair, which linking left (`linking`). A replayed ASK is
answered with what the device may have anyway; a replayed GIVE is not newer, and dropped.
"""

import struct
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tui_call.e2ee import primitives
from tui_call.e2ee.credentials import Credential
from tui_call.e2ee.entropy import Entropy
from tui_call.e2ee.errors import FailureKind, ProtocolFailure
from tui_call.e2ee.key_schedule import expand, labelled_hash, signed_statement
from tui_call.e2ee.linking import check_issued
from tui_call.e2ee.own_devices import (
    NONCE_BYTES,
    THREAD_BYTES,
    OwnHeader,
    OwnMessage,
    Pair,
    open_own,
    seal_own,
)

_ASK = struct.Struct(">IQ64s")
_HAS = struct.Struct(">IQ")


@dataclass(frozen=True, slots=True)
class Holding:
    """Which credential a device has.

    Attributes:
        epoch: its epoch.
        not_before: Unix seconds of its beginning.
    """

    epoch: int
    not_before: int


def thread_of_pair(secret: bytes) -> bytes:
    """Return the name of a pair's messages, 16 bytes; it tells nothing of the secret."""
    return expand(secret, "pair id", b"", THREAD_BYTES)


def ask(
    secret: bytes,
    pair: Pair,
    device_private: Ed25519PrivateKey,
    has: Holding,
    entropy: Entropy,
) -> bytes:
    """Return an ASK of a linked device.

    Args:
        secret: of the pair, 32 bytes.
        pair: the two devices.
        device_private: DK's private half.
        has: the credential that it has now.
        entropy: gives the nonce.
    """
    header = _header(OwnMessage.CREDENTIAL_ASK, secret, entropy)
    signature = device_private.sign(_ask_statement(header, pair, has))
    content = _ASK.pack(has.epoch, has.not_before, signature)
    return seal_own(secret, header, pair.encode(), content)


def read_ask(secret: bytes, pair: Pair, device_key: bytes, message: bytes) -> Holding:
    """Return what a linked device has, once it has proven itself.

    Args:
        secret: of the pair.
        pair: the two devices.
        device_key: DK of the linked device, as the holder keeps it.
        message: what came.

    Raises:
        ProtocolFailure: not an ASK of this pair, or not signed by DK.
    """
    content = _open(OwnMessage.CREDENTIAL_ASK, secret, pair, message)
    if len(content) != _ASK.size:
        raise ProtocolFailure(FailureKind.CONTENT)
    epoch, not_before, signature = _ASK.unpack(content)
    has = Holding(epoch, not_before)
    statement = _ask_statement(OwnHeader.of(message), pair, has)
    primitives.verify(device_key, signature, statement)
    return has


def give(secret: bytes, pair: Pair, credential: Credential, entropy: Entropy) -> bytes:
    """Return a GIVE of the holder."""
    header = _header(OwnMessage.CREDENTIAL_GIVE, secret, entropy)
    return seal_own(secret, header, pair.encode(), credential.encode())


def read_give(
    secret: bytes, pair: Pair, present: Credential, message: bytes, wall: float
) -> Credential:
    """Return the newer credential in a GIVE.

    Args:
        secret: of the pair.
        pair: the two devices.
        present: what this device has; expired or not.
        message: what came.
        wall: Unix seconds.

    Raises:
        ProtocolFailure: not a GIVE of this pair. CREDENTIAL_INVALID: of another IK, DK, device or
            account, or not newer; CREDENTIAL_EARLY, CREDENTIAL_EXPIRED.
    """
    credential = Credential.decode(_open(OwnMessage.CREDENTIAL_GIVE, secret, pair, message))
    check_issued(credential, pair, present.device_key, wall)
    newer = (credential.epoch, credential.not_before) > (present.epoch, present.not_before)
    if credential.identity_key != present.identity_key or not newer:
        raise ProtocolFailure(FailureKind.CREDENTIAL_INVALID)
    return credential


def _header(kind: OwnMessage, secret: bytes, entropy: Entropy) -> OwnHeader:
    return OwnHeader(kind, thread_of_pair(secret), entropy.random(NONCE_BYTES))


def _open(kind: OwnMessage, secret: bytes, pair: Pair, message: bytes) -> bytes:
    header = OwnHeader.of(message)
    if header.type is not kind or header.thread != thread_of_pair(secret):
        raise ProtocolFailure(FailureKind.UNEXPECTED)
    return open_own(secret, header, pair.encode(), message)


def _ask_statement(header: OwnHeader, pair: Pair, has: Holding) -> bytes:
    held = _HAS.pack(has.epoch, has.not_before)
    hashed = labelled_hash(header.label, header.encode(), pair.encode(), held)
    return signed_statement(header.label, hashed)
