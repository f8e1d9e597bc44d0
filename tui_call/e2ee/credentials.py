"""Device credentials: the signature of an account's identity key over one device key.

The identity key (IK) is what contacts remember; it lives on one device. The device key (DK) signs
calls. A credential of 233 bytes ties them together for at most 90 days; the epoch goes up when a
device is removed, so that what the removed device holds is refused by everybody who saw the rise.
"""

import struct
from dataclasses import dataclass, replace
from typing import Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tui_call.e2ee import primitives
from tui_call.e2ee.errors import FailureKind, ProtocolFailure
from tui_call.identifiers import ACCOUNT_ID_BYTES, AccountId, IdentifierError, parse_account_id

CREDENTIAL_BYTES = 233
CAPABILITY_PROTOCOL = 1
LONGEST_LIFE = 90 * 86_400
EARLY_SKEW = 600

_VERSION = 1
_SIGNED = struct.Struct(f">B32s32s16sIQQI{ACCOUNT_ID_BYTES}s")
_LABEL = b"tui-call/e2ee/1 device cert\0"


@dataclass(frozen=True, slots=True)
class Credential:
    """A device's credential, its signature not yet verified; `check` does that.

    Attributes:
        identity_key: IK, 32 bytes Ed25519.
        device_key: DK, 32 bytes Ed25519.
        device_id: 16 bytes.
        epoch: raised when a device of the account is removed.
        not_before: Unix seconds.
        not_after: Unix seconds, at most 90 days later; the first second that is too late.
        capabilities: bit 0 is this protocol; bits that are not known here mean nothing.
        account_id: `user@organisation`.
        signature: 64 bytes, by IK.
    """

    identity_key: bytes
    device_key: bytes
    device_id: bytes
    epoch: int
    not_before: int
    not_after: int
    capabilities: int
    account_id: AccountId
    signature: bytes

    def encode(self) -> bytes:
        """Return the 233 bytes that travel and are hashed."""
        return self._signed_part() + self.signature

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Parse 233 bytes; only their form is looked at.

        Raises:
            ProtocolFailure: CREDENTIAL_INVALID.
        """
        if len(data) != CREDENTIAL_BYTES or data[0] != _VERSION:
            raise ProtocolFailure(FailureKind.CREDENTIAL_INVALID)
        fields = _SIGNED.unpack_from(data)
        try:
            account_id = decode_account(fields[-1])
        except ValueError as error:
            raise ProtocolFailure(FailureKind.CREDENTIAL_INVALID) from error
        return cls(*fields[1:-1], account_id=account_id, signature=data[_SIGNED.size :])

    def check(self, wall: float) -> None:
        """Verify keys, signature, life and time.

        Args:
            wall: Unix seconds. A clock may be 10 minutes behind the issuer's, and none ahead.

        Raises:
            ProtocolFailure: CREDENTIAL_INVALID, CREDENTIAL_EARLY or CREDENTIAL_EXPIRED.
        """
        usable = (
            primitives.is_usable_signing_key(self.identity_key)
            and primitives.is_usable_signing_key(self.device_key)
            and self.capabilities & CAPABILITY_PROTOCOL
            and 0 < self.not_after - self.not_before <= LONGEST_LIFE
        )
        if not usable:
            raise ProtocolFailure(FailureKind.CREDENTIAL_INVALID)
        try:
            primitives.verify(self.identity_key, self.signature, _LABEL + self._signed_part())
        except ProtocolFailure as failure:
            raise ProtocolFailure(FailureKind.CREDENTIAL_INVALID) from failure
        if wall < self.not_before - EARLY_SKEW:
            raise ProtocolFailure(FailureKind.CREDENTIAL_EARLY)
        if wall >= self.not_after:
            raise ProtocolFailure(FailureKind.CREDENTIAL_EXPIRED)

    def _signed_part(self) -> bytes:
        return _SIGNED.pack(
            _VERSION,
            self.identity_key,
            self.device_key,
            self.device_id,
            self.epoch,
            self.not_before,
            self.not_after,
            self.capabilities,
            encode_account(self.account_id),
        )


@dataclass(frozen=True, slots=True)
class LocalIdentity:
    """What this device proves itself with: its credential and the private half of DK."""

    credential: Credential
    device_private: Ed25519PrivateKey


def issue_credential(
    identity_private: Ed25519PrivateKey,
    *,
    device_key: bytes,
    device_id: bytes,
    epoch: int,
    not_before: int,
    not_after: int,
    account_id: AccountId,
    capabilities: int = CAPABILITY_PROTOCOL,
) -> Credential:
    """Sign a device key with the account's identity key.

    Args:
        identity_private: IK's private half.
        device_key: DK, 32 bytes.
        device_id: 16 bytes.
        epoch: the account's epoch, 0 to 2^32 - 1.
        not_before: Unix seconds.
        not_after: Unix seconds, at most 90 days after `not_before`.
        account_id: whose device it is.
        capabilities: 32 bits.
    """
    unsigned = Credential(
        identity_key=identity_private.public_key().public_bytes_raw(),
        device_key=device_key,
        device_id=device_id,
        epoch=epoch,
        not_before=not_before,
        not_after=not_after,
        capabilities=capabilities,
        account_id=account_id,
        signature=bytes(64),
    )
    signature = identity_private.sign(_LABEL + unsigned.encode()[: _SIGNED.size])
    return replace(unsigned, signature=signature)


def encode_account(account_id: AccountId) -> bytes:
    """Return an account id in its 64 bytes, zero padded."""
    return account_id.encode("ascii").ljust(ACCOUNT_ID_BYTES, b"\0")


def decode_account(field: bytes) -> AccountId:
    """Return the account id in a zero-padded field.

    Raises:
        ValueError: not an account id, or a zero inside it.
    """
    try:
        return parse_account_id(field.rstrip(b"\0").decode("ascii"))
    except IdentifierError as error:
        raise ValueError("not an account id") from error
