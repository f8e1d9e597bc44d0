"""The one door to a person's data: new, locked or ready.

`create` makes the key-encryption key and wraps it; `unlock` unwraps it. Both write or read the
same five files. The key file is written last, so that its presence means a finished profile.
"""

import secrets
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Self, TypeVar

import msgspec

from tui_call.e2ee.sealed_file import (
    KEY_BYTES,
    SALT_BYTES,
    FileDamaged,
    FileKind,
    Protection,
    RandomBytes,
    Wrapping,
    derive_from_passphrase,
    open_sealed,
    unwrap_kek,
    wrap_kek,
)
from tui_call.errors import LocalFault
from tui_call.profile.backup import Backup, read_backup, write_backup
from tui_call.profile.contacts import Contact, Contacts
from tui_call.profile.contents import NAMES, Contents, Membership, PendingWrite
from tui_call.profile.derive import Derive, new_wrapping, secret_of
from tui_call.profile.history import History, PastCall
from tui_call.profile.identity import Identity, NoAccountKey, StoredIdentity
from tui_call.profile.keyring_backend import KeyringUnavailable, SecretStore, find_keyring
from tui_call.profile.store import Disk, ProfileStore

_T = TypeVar("_T")

State = Literal["new", "locked", "ready"]
ProtectionName = Literal["keyring", "passphrase", "plain"]

_PROTECTIONS: dict[ProtectionName, Protection] = {
    "keyring": Protection.KEYRING,
    "passphrase": Protection.PASSPHRASE,
    "plain": Protection.PLAIN,
}


class ProfileLocked(LocalFault):
    """The profile is locked. Type your passphrase."""


class ProfileExists(LocalFault):
    """This profile has an identity already."""


class PassphraseMissing(LocalFault):
    """A passphrase is needed for that."""


@dataclass(frozen=True, slots=True)
class Safe:
    """A key-encryption key and how it is kept, before anything was written.

    Attributes:
        kek: 32 bytes.
        key_file: the bytes of the key file.
    """

    kek: bytes = field(repr=False)
    key_file: bytes = field(repr=False)


class Profile:
    """A person's data in one directory, held until `close`.

    It is for one thread; only `write` and `save` may run in another one.
    """

    def __init__(
        self,
        store: ProfileStore,
        keyring: Callable[[], SecretStore | None],
        derive: Derive,
        random: RandomBytes,
    ) -> None:
        self._store = store
        self._keyring = keyring
        self._derive = derive
        self._random = random
        self._key_file = store.read(NAMES[FileKind.KEY])
        self._contents: Contents | None = None

    @classmethod
    def open(
        cls,
        directory: Path,
        *,
        keyring: Callable[[], SecretStore | None] = find_keyring,
        derive: Derive = derive_from_passphrase,
        random: RandomBytes = secrets.token_bytes,
        ask_keyring: bool = True,
        disk: Disk | None = None,
    ) -> Self:
        """Open a profile; one that needs no passphrase is ready at once.

        With a keyring that does not answer the profile is locked, and `unlock` tries again.
        A keyring may ask the person, for as long as it likes: without `ask_keyring` it is left
        to `unlock`.

        Args:
            directory: made if it is not there.
            keyring: finds the system's keyring.
            derive: makes a key of a passphrase; see `derive.in_child`.
            random: gives random bytes.
            ask_keyring: let a profile whose key is in the keyring be ready, too.
            disk: does what is done to files; tests have another one.

        Raises:
            ProfileInUse: another engine has it.
            StoreUnavailable: the directory cannot be used.
            FileDamaged: a file does not open; nothing was changed.
        """
        store = ProfileStore(directory, disk)
        try:
            profile = cls(store, keyring, derive, random)
            if profile.protection in ("keyring", "plain") and (
                ask_keyring or profile.protection == "plain"
            ):
                profile._open_without_passphrase()
        except BaseException:
            store.close()
            raise
        return profile

    @property
    def state(self) -> State:
        """Whether there is an identity, and whether it is open."""
        if self._contents is not None:
            return "ready"
        return "locked" if self._key_file is not None else "new"

    @property
    def protection(self) -> Literal["", "keyring", "passphrase", "plain"]:
        """How the key is kept at rest, "" while the profile is new.

        Raises:
            FileDamaged: the key file is not one.
        """
        if self._key_file is None:
            return ""
        kept = self._wrapping(self._key_file).protection
        return next(name for name, protection in _PROTECTIONS.items() if protection is kept)

    @property
    def identity(self) -> Identity:
        """The keys of this device; ProfileLocked unless ready."""
        return self._ready.identity

    @identity.setter
    def identity(self, identity: Identity) -> None:
        self._ready.identity = identity

    @property
    def contacts(self) -> Contacts:
        """What is known of others; ProfileLocked unless ready."""
        return self._ready.contacts

    @property
    def history(self) -> History:
        """Past calls; ProfileLocked unless ready."""
        return self._ready.history

    @property
    def membership(self) -> Membership | None:
        """The service, None before joining one; ProfileLocked unless ready."""
        return self._ready.membership

    @membership.setter
    def membership(self, membership: Membership) -> None:
        self._ready.membership = membership

    def create(self, protection: ProtectionName = "keyring", passphrase: str = "") -> None:
        """Make a new identity and keep it; the profile is ready afterwards.

        Raises:
            ProfileExists: there is one.
            KeyringUnavailable: no real keyring, or it does not keep the key.
            PassphraseMissing: protection "passphrase" without one.
            DerivationFailed: too little memory for the weakest parameters.
            StoreUnavailable: the files cannot be written.
        """
        self.establish(self.prepare(protection, passphrase), Identity.create(self._random))

    def prepare(self, protection: ProtectionName = "keyring", passphrase: str = "") -> Safe:
        """Make the key for a new profile and what keeps it; nothing is written to the directory.

        Raises: as `create`, but StoreUnavailable.
        """
        if self.state != "new":
            raise ProfileExists
        kek = self._random(KEY_BYTES)
        wrapping, secret = self._new_wrapping(protection, passphrase)
        return Safe(kek, wrap_kek(kek, wrapping, secret, self._random))

    def establish(
        self,
        safe: Safe,
        identity: Identity,
        membership: Membership | None = None,
        contacts: tuple[Contact, ...] = (),
        history: tuple[PastCall, ...] = (),
    ) -> None:
        """Keep an identity, and what belongs to it, in a new profile; it is ready afterwards.

        Raises:
            ProfileExists: there is one.
            StoreUnavailable: the files cannot be written; the profile is as new as before.
        """
        if self.state != "new":
            raise ProfileExists
        for name in NAMES.values():
            # Left by a key file that was lost: unreadable without it, yet not ours to destroy.
            self._store.set_aside(name)
        contents = Contents(safe.kek, identity)
        contents.membership = membership
        contents.contacts, contents.history = Contacts(contacts), History(history)
        contents.write(contents.changes(), self._store, self._random)
        self._store.write(NAMES[FileKind.KEY], safe.key_file)
        self._key_file, self._contents = safe.key_file, contents

    def unlock(self, passphrase: str = "") -> None:
        """Open a locked profile; a ready one stays as it is.

        Args:
            passphrase: not needed where the keyring has the key.

        Raises:
            ProfileLocked: the profile is new: there is nothing to unlock.
            WrongPassphrase: another one.
            KeyringUnavailable: the keyring still does not answer.
            FileDamaged: a file does not open; nothing was changed.
        """
        if self.state == "ready":
            return
        if self._key_file is None:
            raise ProfileLocked("new")
        wrapping = self._wrapping(self._key_file)
        secret = self._secret(wrapping, passphrase)
        with _naming(self._path(FileKind.KEY)):
            kek = unwrap_kek(self._key_file, secret)
        self._contents = self._read(kek)

    def save(self) -> None:
        """Write what changed since it was read or written.

        Raises:
            ProfileLocked: there is nothing to save.
            StoreUnavailable: a file cannot be written; the old one is still there.
        """
        self.write(self.changes())

    def changes(self) -> PendingWrite:
        """Take the state as it is now, for `write`; ProfileLocked unless ready."""
        return self._ready.changes()

    def write(self, changes: PendingWrite) -> None:
        """Write what of a state is not on disk yet; may run in another thread.

        Raises:
            ProfileLocked: the profile was closed.
            StoreUnavailable: a file cannot be written; the old one is still there.
        """
        self._ready.write(changes, self._store, self._random)

    def backup(self) -> Backup:
        """Take everything as it is now, for `export`.

        Raises:
            ProfileLocked: it is not open.
            NoAccountKey: a linked device has nothing to save; it is linked anew.
        """
        contents = self._ready
        if not contents.identity.holds_account_key:
            raise NoAccountKey
        identity, membership = contents.identity.stored, contents.membership
        return Backup(identity, contents.contacts.all, contents.history.calls, membership)

    def export(self, backup: Backup, path: Path, passphrase: str, *, force: bool = False) -> None:
        """Write a backup into one sealed file; may run in another thread.

        Raises:
            BackupExists, BackupUnwritable, DerivationFailed: see `write_backup`.
        """
        write_backup(
            path, backup, passphrase, derive=self._derive, random=self._random, force=force
        )

    def read_backup(self, path: Path, passphrase: str) -> Backup:
        """Return what `export` wrote; may run in another thread.

        Raises:
            BackupUnreadable, BackupDamaged, WrongBackupPassphrase, DerivationFailed.
        """
        return read_backup(path, passphrase, derive=self._derive)

    def close(self) -> None:
        """Forget the keys and let another engine use the profile. Nothing is saved."""
        self._contents = None
        self._store.close()

    @property
    def _ready(self) -> Contents:
        if self._contents is None:
            raise ProfileLocked
        return self._contents

    def _open_without_passphrase(self) -> None:
        try:
            self.unlock()
        except KeyringUnavailable:
            # It may be locked itself; the person unlocks it and tries again.
            return

    def _read(self, kek: bytes) -> Contents:
        stored = self._read_file(FileKind.IDENTITY, kek, StoredIdentity)
        if stored is None:
            raise FileDamaged("missing", path=self._path(FileKind.IDENTITY))
        with _naming(self._path(FileKind.IDENTITY)):
            contents = Contents(kek, Identity(stored))
        contacts = self._read_file(FileKind.CONTACTS, kek, tuple[Contact, ...])
        history = self._read_file(FileKind.HISTORY, kek, tuple[PastCall, ...])
        contents.contacts = Contacts(contacts or ())
        contents.history = History(history or ())
        contents.membership = self._read_file(FileKind.MEMBERSHIP, kek, Membership)
        contents.note_as_read()
        return contents

    def _read_file(self, kind: FileKind, kek: bytes, shape: type[_T]) -> _T | None:
        data = self._store.read(NAMES[kind])
        if data is None:
            return None
        with _naming(self._path(kind)):
            return msgspec.msgpack.decode(open_sealed(kind, data, kek), type=shape)

    def _new_wrapping(self, protection: ProtectionName, passphrase: str) -> tuple[Wrapping, bytes]:
        """Return how a KEK is to be wrapped, and the secret to wrap it under."""
        salt = self._random(SALT_BYTES)
        if protection == "plain":
            return Wrapping(Protection.PLAIN, salt), b""
        if protection == "keyring":
            secret = self._random(KEY_BYTES)
            keyring = self._keyring_or_fault()
            keyring.set(salt.hex(), secret)
            if keyring.get(salt.hex()) != secret:
                raise KeyringUnavailable
            return Wrapping(Protection.KEYRING, salt), secret
        if not passphrase:
            raise PassphraseMissing
        return new_wrapping(self._derive, passphrase, salt)

    def _secret(self, wrapping: Wrapping, passphrase: str) -> bytes:
        """Return what the KEK is wrapped under."""
        if wrapping.protection is Protection.PLAIN:
            return b""
        if wrapping.protection is Protection.KEYRING:
            return self._keyring_or_fault().get(wrapping.salt.hex())
        if not passphrase:
            raise PassphraseMissing
        return secret_of(self._derive, passphrase, wrapping)

    def _keyring_or_fault(self) -> SecretStore:
        keyring = self._keyring()
        if keyring is None:
            raise KeyringUnavailable
        return keyring

    def _wrapping(self, key_file: bytes) -> Wrapping:
        with _naming(self._path(FileKind.KEY)):
            return Wrapping.of_file(key_file)

    def _path(self, kind: FileKind) -> Path:
        return self._store.directory / NAMES[kind]


@contextmanager
def _naming(path: Path) -> Generator[None]:
    """Say which file it is that does not open, whatever is wrong with it."""
    try:
        yield
    except (FileDamaged, msgspec.DecodeError, ValueError) as error:
        raise FileDamaged("named", path=path) from error
