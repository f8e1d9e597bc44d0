"""Who this device is: its keys, and either the account key IK or a credential that IK gave it.

One device of an account holds IK and signs credentials, its own and those of the devices that it
linked; its own is not kept, as a fresh one can be signed at any time. A linked device keeps its
credential and asks for the next one in time (`e2ee.renewal`).
"""

from collections.abc import Callable, Iterable
from typing import Self

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tui_call.e2ee.credentials import Credential, LocalIdentity, issue_credential
from tui_call.e2ee.errors import ProtocolFailure
from tui_call.e2ee.own_devices import Pair
from tui_call.errors import LocalFault
from tui_call.identifiers import IDENTIFIER_BYTES, AccountId, DeviceId

_DAY = 86_400
CREDENTIAL_LIFE = 90 * _DAY
RENEW_AFTER = 30 * _DAY
RESTORE_STEP = 1024
"""By how much a restored backup raises the epoch: more than the removals that it cannot know of."""
RESTORE_SECONDS = 60
"""In so many seconds an epoch rises by one at most: nobody removes devices faster."""
_SEED_BYTES = 32


class CredentialOver(LocalFault):
    """This device's credential has expired. Start tui-call on the device that linked it."""


class NoAccountKey(LocalFault):
    """The account's key is on another device of yours: do that there."""


class LinkedDevice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A device that this one has linked.

    Attributes:
        device_id: 16 bytes.
        device_key: DK, 32 bytes.
        name: as it called itself; foreign text.
        since: Unix seconds of the linking.
        secret: of the pair, 32 bytes.
        epoch: of the last credential that was given to it.
        not_before: Unix seconds, of the same.
    """

    device_id: bytes
    device_key: bytes
    name: str
    since: float
    secret: bytes
    epoch: int = 0
    not_before: int = 0

    def __repr__(self) -> str:
        return "LinkedDevice(…)"


class Link(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a linked device keeps of the device that linked it.

    Attributes:
        credential: the newest, 233 bytes.
        holder: id of the device that holds IK, 16 bytes.
        secret: of the pair, 32 bytes.
    """

    credential: bytes
    holder: bytes
    secret: bytes

    def __repr__(self) -> str:
        return "Link(…)"


class StoredIdentity(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The identity file; one file, so that a removal and the new epoch are kept together.

    Attributes:
        account_seed: IK's private half, 32 bytes (RFC 8032); b"" on a linked device.
        device_seed: DK's, 32 bytes.
        login_seed: 32 bytes; proves this device to the service and to nobody else.
        device_id: 16 bytes.
        epoch: raised when a device of the account is removed.
        linked: the devices that this one has linked.
        removed: ids of removed devices that the service has not been told of yet.
        link: on a linked device, else None.
        restored: from a backup; which devices were removed since it was made is not known yet.
    """

    account_seed: bytes
    device_seed: bytes
    login_seed: bytes
    device_id: bytes
    epoch: int = 0
    linked: tuple[LinkedDevice, ...] = ()
    removed: tuple[bytes, ...] = ()
    link: Link | None = None
    restored: bool = False

    def __repr__(self) -> str:
        return "StoredIdentity(…)"


class Identity:
    """The keys of this device, and the credential that it shows. What changes it gives a new one.

    Attributes:
        identity_key: IK's public half, 32 bytes; what contacts remember.
        device_id: 16 bytes.
        login_private: the key for the service.
        device_private: DK's private half.
        stored: what is written to disk.

    Raises:
        ValueError: a stored key, id or credential is none, or there is neither IK nor credential.
    """

    def __init__(self, stored: StoredIdentity) -> None:
        if len(stored.device_id) != IDENTIFIER_BYTES:
            raise ValueError(f"a device id has {IDENTIFIER_BYTES} bytes")
        self.stored = stored
        self.device_id = DeviceId(stored.device_id)
        self.login_private = Ed25519PrivateKey.from_private_bytes(stored.login_seed)
        self.device_private = Ed25519PrivateKey.from_private_bytes(stored.device_seed)
        self._account_private: Ed25519PrivateKey | None = None
        self._credential: Credential | None = None
        if stored.link is None:
            self._account_private = Ed25519PrivateKey.from_private_bytes(stored.account_seed)
            self.identity_key = self._account_private.public_key().public_bytes_raw()
        else:
            self._credential = _decode(stored.link.credential)
            self.identity_key = self._credential.identity_key

    @classmethod
    def create(cls, random: Callable[[int], bytes]) -> Self:
        """Return a new identity of epoch 0."""
        account, device, login = (random(_SEED_BYTES) for _ in range(3))
        return cls(StoredIdentity(account, device, login, random(IDENTIFIER_BYTES)))

    @property
    def epoch(self) -> int:
        """The account's epoch, as far as this device knows."""
        link, credential = self.stored.link, self._credential
        return credential.epoch if link is not None and credential else self.stored.epoch

    @property
    def holds_account_key(self) -> bool:
        """Whether IK is on this device."""
        return self._account_private is not None

    @property
    def linked(self) -> tuple[LinkedDevice, ...]:
        """The devices that this one has linked."""
        return self.stored.linked

    @property
    def device_key(self) -> bytes:
        """DK's public half, 32 bytes."""
        return self.device_private.public_key().public_bytes_raw()

    # What a device shows

    def usable(self, account: AccountId, wall: float) -> bool:
        """Whether there is a credential to show; see `local_identity`."""
        credential = self._credential
        return self.holds_account_key or (
            credential is not None
            and credential.account_id == account
            and wall < credential.not_after
        )

    def local_identity(self, account: AccountId, wall: float) -> LocalIdentity:
        """Return what this device proves itself with in a handshake.

        A device that holds IK signs its credential for 90 days, and anew after 30, for another
        account, or when the clock went back before its beginning. A linked one has what it was
        given.

        Args:
            account: of the membership.
            wall: Unix seconds.

        Raises:
            CredentialOver: a linked device's has expired, or is another account's.
        """
        if not self.usable(account, wall):
            raise CredentialOver
        credential = self._credential
        if self.holds_account_key and (
            credential is None
            or credential.account_id != account
            or not 0 <= wall - credential.not_before < RENEW_AFTER
        ):
            credential = self.issue(account, self.device_key, self.device_id, wall)
        assert credential is not None
        self._credential = credential
        return LocalIdentity(credential, self.device_private)

    # Of the device that holds IK

    def issue(
        self, account: AccountId, device_key: bytes, device_id: bytes, wall: float
    ) -> Credential:
        """Sign a credential of the present epoch for 90 days.

        Raises:
            NoAccountKey: IK is on another device.
        """
        if self._account_private is None:
            raise NoAccountKey
        return issue_credential(
            self._account_private,
            device_key=device_key,
            device_id=device_id,
            epoch=self.epoch,
            not_before=int(wall),
            not_after=int(wall) + CREDENTIAL_LIFE,
            account_id=account,
        )

    def with_linked(self, device: LinkedDevice) -> Self:
        """Return the same with a device added, or changed."""
        others = tuple(one for one in self.linked if one.device_id != device.device_id)
        return self._changed(linked=(*others, device))

    def without(self, device_id: bytes) -> Self:
        """Return the same without a device, and with the next epoch.

        The service is still to be told: `told_of_removal`.
        """
        others = tuple(one for one in self.linked if one.device_id != device_id)
        removed = (*self.stored.removed, device_id)
        return self._changed(linked=others, removed=removed, epoch=self.epoch + 1)

    def told_of_removal(self, device_id: bytes) -> Self:
        """Return the same once the service has revoked a removed device's login."""
        left = tuple(one for one in self.stored.removed if one != device_id)
        return self._changed(removed=left)

    def restored(self, wall: float) -> Self:
        """Return the same as it goes on from a backup.

        The backup may be from before removals, and contacts refuse a credential of an epoch that
        is over; so the epoch rises by more than they can have raised it. It may also have been
        restored before, so the epoch is that of the minute too, if that is higher. Older copies
        of this identity are refused by whoever sees it.

        Args:
            wall: Unix seconds.
        """
        epoch = max(self.epoch + RESTORE_STEP, int(wall) // RESTORE_SECONDS)
        return self._changed(epoch=epoch, restored=True)

    def confirmed(self, devices: Iterable[bytes]) -> Self:
        """Return the same with only those linked devices that are still the account's."""
        left = set(devices)
        linked = tuple(one for one in self.linked if one.device_id in left)
        return self._changed(linked=linked, restored=False)

    # Of a linked device

    def pair(self, account: AccountId) -> Pair:
        """Return this linked device and the one that linked it."""
        link = self.stored.link
        assert link is not None, "this device was not linked"
        return Pair(account, link.holder, self.device_id)

    def renewal_due(self, wall: float) -> bool:
        """Whether a linked device has to ask for its next credential."""
        credential = self._credential
        return (
            not self.holds_account_key
            and credential is not None
            and not 0 <= wall - credential.not_before < RENEW_AFTER
        )

    def with_credential(self, credential: Credential) -> Self:
        """Return the same linked device with a newer credential."""
        link = self.stored.link
        assert link is not None, "this device was not linked"
        return self._changed(link=msgspec.structs.replace(link, credential=credential.encode()))

    @property
    def credential(self) -> Credential | None:
        """What a linked device was given; of the others the one that was signed last."""
        return self._credential

    def _changed(self, **changes: object) -> Self:
        return type(self)(msgspec.structs.replace(self.stored, **changes))


def _decode(data: bytes) -> Credential:
    try:
        return Credential.decode(data)
    except ProtocolFailure as error:
        raise ValueError("not a credential") from error
