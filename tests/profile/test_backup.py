"""One file with everything: written once, opened with its passphrase, and never half."""

import contextlib
import os
import stat
import struct
from pathlib import Path

import pytest

from tests.profile.profiles import BOB, MEMBERSHIP, FakeDerivation, contents, opened
from tests.profile.test_identity import a_linked_identity, linked_device
from tests.profile.test_power_cuts import FailingDisk, PowerCut
from tui_call.profile.backup import (
    LARGEST,
    Backup,
    BackupDamaged,
    BackupExists,
    BackupUnreadable,
    BackupUnwritable,
    WrongBackupPassphrase,
    read_backup,
    write_backup,
)
from tui_call.profile.derive import DerivationFailed
from tui_call.profile.history import PastCall, PastMember
from tui_call.profile.identity import RESTORE_STEP, Identity, NoAccountKey
from tui_call.profile.profile import Profile

PASSPHRASE = "correct horse"
IDENTITY = Identity.create(lambda length: b"\x21" * length).with_linked(linked_device())


@pytest.fixture
def profile(tmp_path: Path) -> Profile:
    made = opened(tmp_path / "profile")
    made.establish(made.prepare("plain"), IDENTITY, MEMBERSHIP)
    made.contacts.observe(BOB, b"b" * 32, 2, 1.8e9)
    made.history.add(PastCall(1.8e9, "incoming", 61, "G_ENDED", (PastMember(BOB, "Bob"),)))
    made.save()
    return made


@pytest.fixture
def file(tmp_path: Path, profile: Profile) -> Path:
    path = tmp_path / "ada.backup"
    profile.export(profile.backup(), path, PASSPHRASE)
    return path


def test_what_was_exported_is_restored_elsewhere(
    tmp_path: Path, profile: Profile, file: Path
) -> None:
    other = opened(tmp_path / "other")
    backup = other.read_backup(file, PASSPHRASE)
    assert backup == profile.backup()
    restored = Identity(backup.identity).restored(0)
    other.establish(
        other.prepare("passphrase", "another one"),
        restored,
        backup.membership,
        backup.contacts,
        backup.history,
    )
    other.close()
    again = opened(tmp_path / "other")
    again.unlock("another one")
    assert again.identity.identity_key == profile.identity.identity_key
    assert again.identity.device_id == profile.identity.device_id
    assert again.identity.stored.login_seed == profile.identity.stored.login_seed
    assert again.identity.linked == profile.identity.linked
    assert again.identity.epoch == profile.identity.epoch + RESTORE_STEP
    assert again.contacts.get(BOB) == profile.contacts.get(BOB)
    assert again.history.calls == profile.history.calls
    assert again.membership == MEMBERSHIP


def test_only_this_user_may_read_it_and_nothing_in_it_is_readable(file: Path) -> None:
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    data = file.read_bytes()
    assert data.startswith(b"tuicallB")
    for text in (b"bob", b"Ada", b"home-3fk2", b"192.0.2", b"correct", b"\x21" * 8):
        assert text not in data


def test_a_file_that_is_there_is_not_replaced_unless_told(profile: Profile, file: Path) -> None:
    before = file.read_bytes()
    with pytest.raises(BackupExists, match="--force"):
        profile.export(profile.backup(), file, PASSPHRASE)
    assert file.read_bytes() == before
    profile.export(profile.backup(), file, "another one", force=True)
    assert profile.read_backup(file, "another one") == profile.backup()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert {path.name for path in file.parent.iterdir()} == {"profile", file.name}


def test_a_wrong_passphrase_a_flip_and_a_cut_are_told_and_restore_nothing(
    tmp_path: Path, file: Path
) -> None:
    other, data = opened(tmp_path / "other"), file.read_bytes()
    with pytest.raises(WrongBackupPassphrase):
        other.read_backup(file, "Correct horse")
    broken = tmp_path / "broken"
    for position in [*range(44), *range(44, len(data), 7), len(data) - 1]:
        broken.write_bytes(data[:position] + bytes([data[position] ^ 1]) + data[position + 1 :])
        with pytest.raises((WrongBackupPassphrase, BackupDamaged)):
            other.read_backup(broken, PASSPHRASE)
        broken.write_bytes(data[:position])
        with pytest.raises((WrongBackupPassphrase, BackupDamaged)):
            other.read_backup(broken, PASSPHRASE)
    assert other.state == "new"
    assert contents(tmp_path / "other") == {}


def test_files_that_are_no_export_are_told(tmp_path: Path, profile: Profile, file: Path) -> None:
    other = opened(tmp_path / "other")
    for name in ("key", "identity", "contacts"):
        with pytest.raises(BackupDamaged, match="not an export"):
            other.read_backup(tmp_path / "profile" / name, PASSPHRASE)
    with pytest.raises(BackupUnreadable, match="nowhere"):
        other.read_backup(tmp_path / "nowhere", PASSPHRASE)
    with pytest.raises(BackupUnreadable):
        other.read_backup(tmp_path, PASSPHRASE)
    os.mkfifo(tmp_path / "pipe")  # that nobody writes into
    for endless in (tmp_path / "pipe", Path("/dev/zero")):
        with pytest.raises(BackupUnreadable, match="is a pipe or a device"):
            other.read_backup(endless, PASSPHRASE)
    with file.open("ab") as long:
        long.truncate(LARGEST + 1)
    with pytest.raises(BackupDamaged):
        other.read_backup(file, PASSPHRASE)
    assert profile.state == "ready"


def test_a_file_that_asks_for_too_much_memory_is_not_tried(tmp_path: Path, file: Path) -> None:
    data = bytearray(file.read_bytes())
    struct.pack_into(">I", data, 10, 2**32 - 1)
    file.write_bytes(data)
    derivation = FakeDerivation()
    with pytest.raises(BackupDamaged):
        read_backup(file, PASSPHRASE, derive=derivation)
    assert derivation.asked == []
    struct.pack_into(">I", data, 10, 2**20)
    file.write_bytes(data)
    with pytest.raises(DerivationFailed):
        read_backup(file, PASSPHRASE, derive=FakeDerivation(most_memory=2**16))
    assert tmp_path.exists()


def test_an_export_that_cannot_be_written_leaves_nothing_behind(
    tmp_path: Path, profile: Profile
) -> None:
    with pytest.raises(BackupUnwritable, match="No such file or directory"):
        profile.export(profile.backup(), tmp_path / "nowhere" / "x", PASSPHRASE)
    with pytest.raises(DerivationFailed):
        write_backup(
            tmp_path / "x",
            profile.backup(),
            PASSPHRASE,
            derive=FakeDerivation(most_memory=1),
            random=lambda length: bytes(length),
        )
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("force", [False, True])
def test_a_power_cut_leaves_no_file_that_opens_as_something_else(
    tmp_path: Path, profile: Profile, force: bool
) -> None:
    """Without `force` there was none before; with it there is the old one or the new one."""
    old, new = profile.backup(), Backup(IDENTITY.stored, (), (), None)
    for cut_at in range(1, 6):
        for half in (False, True):
            path = tmp_path / f"{cut_at}-{half}"
            if force:
                profile.export(old, path, PASSPHRASE)
            with contextlib.suppress(PowerCut):
                write_backup(
                    path,
                    new,
                    PASSPHRASE,
                    derive=FakeDerivation(),
                    random=lambda length: bytes(length),
                    force=force,
                    disk=FailingDisk(cut_at, half),
                )
            assert found(profile, path) in ((old, new) if force else (None, new))


def found(profile: Profile, path: Path) -> Backup | None:
    """Return what a file holds, None where it is told that it is none."""
    try:
        return profile.read_backup(path, PASSPHRASE)
    except (BackupUnreadable, BackupDamaged, WrongBackupPassphrase):
        return None


def test_a_linked_device_has_nothing_to_export(tmp_path: Path) -> None:
    linked = opened(tmp_path / "linked")
    linked.establish(linked.prepare("plain"), a_linked_identity())
    with pytest.raises(NoAccountKey):
        linked.backup()
