"""Who this device is: account key IK, device key DK, login key, device id, epoch.

The credential is not kept: IK is on this device, so a fresh one can be signed at any time.
"""

from collections.abc import Callable
from typing import Self

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tui_call.e2ee.credentials import Credential, LocalIdentity, issue_credential
from tui_call.identifiers import IDENTIFIER_BYTES, AccountId, DeviceId

_DAY = 86_400
CREDENTIAL_LIFE = 90 * _DAY
RENEW_AFTER = 30 * _DAY
_SEED_BYTES = 32


class StoredIdentity(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The identity file.

    Attributes:
        account_seed: IK's private half, 32 bytes (RFC 8032).
        device_seed: DK's, 32 bytes.
        login_seed: 32 bytes; proves this device to the service and to nobody else.
        device_id: 16 bytes.
        epoch: raised when a device of the account is removed.
    """

    account_seed: bytes
    device_seed: bytes
    login_seed: bytes
    device_id: bytes
    epoch: int = 0

    def __repr__(self) -> str:
        return "StoredIdentity(…)"


class Identity:
    """The keys of this device, and the credential that it shows.

    Attributes:
        identity_key: IK's public half, 32 bytes; what contacts remember.
        device_id: 16 bytes.
        login_private: the key for the service.
        stored: what is written to disk.

    Raises:
        ValueError: a stored key or id has the wrong length.
    """

    def __init__(self, stored: StoredIdentity) -> None:
        if len(stored.device_id) != IDENTIFIER_BYTES:
            raise ValueError(f"a device id has {IDENTIFIER_BYTES} bytes")
        self.stored = stored
        self.device_id = DeviceId(stored.device_id)
        self.login_private = Ed25519PrivateKey.from_private_bytes(stored.login_seed)
        self._account_private = Ed25519PrivateKey.from_private_bytes(stored.account_seed)
        self._device_private = Ed25519PrivateKey.from_private_bytes(stored.device_seed)
        self.identity_key = self._account_private.public_key().public_bytes_raw()
        self._credential: Credential | None = None

    @classmethod
    def create(cls, random: Callable[[int], bytes]) -> Self:
        """Return a new identity of epoch 0."""
        account, device, login = (random(_SEED_BYTES) for _ in range(3))
        return cls(StoredIdentity(account, device, login, random(IDENTIFIER_BYTES)))

    @property
    def epoch(self) -> int:
        """The account's epoch."""
        return self.stored.epoch

    def local_identity(self, account: AccountId, wall: float) -> LocalIdentity:
        """Return what this device proves itself with in a handshake.

        The credential lives 90 days and is signed anew after 30, for another account, or when the
        clock went back before its beginning.

        Args:
            account: of the membership.
            wall: Unix seconds.
        """
        credential = self._credential
        if (
            credential is None
            or credential.account_id != account
            or not 0 <= wall - credential.not_before < RENEW_AFTER
        ):
            credential = self._credential = self._issue(account, int(wall))
        return LocalIdentity(credential, self._device_private)

    def _issue(self, account: AccountId, wall: int) -> Credential:
        return issue_credential(
            self._account_private,
            device_key=self._device_private.public_key().public_bytes_raw(),
            device_id=self.device_id,
            epoch=self.epoch,
            not_before=wall,
            not_after=wall + CREDENTIAL_LIFE,
            account_id=account,
        )
