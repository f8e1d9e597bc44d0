"""Everything of a profile in one sealed file, for a disk that dies and for another machine.

The format is `e2ee.sealed_file`, kind BACKUP: sealed by a passphrase of its own through Argon2id,
whatever keeps the profile. A backup is the device: keys, device id and login move with it.
"""

import contextlib
import stat
from pathlib import Path

import msgspec

from tui_call.e2ee.sealed_file import (
    SALT_BYTES,
    FileDamaged,
    RandomBytes,
    Wrapping,
    WrongPassphrase,
    open_backup,
    seal_backup,
)
from tui_call.errors import LocalFault
from tui_call.profile.contacts import Contact
from tui_call.profile.contents import Membership
from tui_call.profile.derive import Derive, new_wrapping, secret_of
from tui_call.profile.history import PastCall
from tui_call.profile.identity import Identity, StoredIdentity
from tui_call.profile.store import Disk

LARGEST = 64 * 1_048_576


class BackupExists(LocalFault):
    """There is a file of that name already. It was left as it is; --force replaces it."""


class BackupUnwritable(LocalFault):
    """The file cannot be written."""


class BackupUnreadable(LocalFault):
    """The file cannot be read."""


class BackupDamaged(LocalFault):
    """That is not an export of tui-call, or it is damaged. Nothing was restored."""


class WrongBackupPassphrase(LocalFault):
    """That is not the passphrase of this file, or it was changed. Nothing was restored."""


class Backup(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an exported file holds.

    Attributes:
        identity: all keys of this device, IK too, and the list of linked devices.
        contacts: with their keys.
        history: past calls, newest first.
        membership: the service, None before joining one.
    """

    identity: StoredIdentity
    contacts: tuple[Contact, ...]
    history: tuple[PastCall, ...]
    membership: Membership | None


def write_backup(
    path: Path,
    backup: Backup,
    passphrase: str,
    *,
    derive: Derive,
    random: RandomBytes,
    force: bool = False,
    disk: Disk | None = None,
) -> None:
    """Write a sealed file that only this user may read.

    Args:
        path: where.
        backup: what goes into it.
        passphrase: seals it.
        derive: makes a key of the passphrase.
        random: gives random bytes.
        force: replace a file that is there, as a whole.
        disk: does what is done to files.

    Raises:
        BackupExists: there is a file, and no `force`.
        BackupUnwritable: no such directory, not allowed, disk full; nothing is left behind.
        DerivationFailed: too little memory.
    """
    disk = disk or Disk()
    if path.exists() and not force:
        raise BackupExists
    wrapping, secret = new_wrapping(derive, passphrase, random(SALT_BYTES))
    sealed = seal_backup(msgspec.msgpack.encode(backup), wrapping, secret, random)
    target = path.with_name(f".{path.name}.new") if force else path
    try:
        if force:
            disk.remove(target)
        disk.write_new(target, sealed)
        if force:
            disk.replace(path, by=target)
    except FileExistsError as error:
        raise BackupExists from error
    except OSError as error:
        with contextlib.suppress(OSError):
            disk.remove(target)
        raise BackupUnwritable(path=path, reason=error.strerror or error) from error
    disk.flush_directory(path.parent)


def read_backup(path: Path, passphrase: str, *, derive: Derive) -> Backup:
    """Return what a sealed file holds.

    Raises:
        BackupUnreadable: no such file, not allowed.
        BackupDamaged: not an export, cut short, of another version, asking for too much memory.
        WrongBackupPassphrase: another passphrase, or the file was changed.
        DerivationFailed: too little memory here for what it asks.
    """
    data = _read(path)
    try:
        secret = secret_of(derive, passphrase, Wrapping.of_backup(data))
        backup = msgspec.msgpack.decode(open_backup(data, secret), type=Backup)
        Identity(backup.identity)
    except WrongPassphrase as error:
        raise WrongBackupPassphrase from error
    except (FileDamaged, msgspec.DecodeError, ValueError) as error:
        raise BackupDamaged from error
    return backup


def _read(path: Path) -> bytes:
    try:
        mode = path.stat().st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):  # it may never answer
            raise BackupUnreadable("no file", path=path)
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise BackupUnreadable(path=path, reason=error.strerror or error) from error
    if len(data) > LARGEST:
        raise BackupDamaged
    return data
