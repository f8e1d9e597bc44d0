"""The whole profile: making, locking, unlocking, saving, and files that somebody touched."""

import os
import struct
from pathlib import Path

import msgspec
import pytest

from tests.profile.profiles import (
    BOB,
    MEMBERSHIP,
    FakeDerivation,
    MemoryKeyring,
    assert_refused,
    contents,
    filled,
    open_and_close,
    opened,
)
from tui_call.e2ee.sealed_file import FileDamaged, FileKind, WrongPassphrase, seal
from tui_call.errors import LocalFault
from tui_call.profile.contents import NAMES, Membership
from tui_call.profile.derive import DerivationFailed
from tui_call.profile.keyring_backend import KeyringUnavailable
from tui_call.profile.profile import (
    PassphraseMissing,
    ProfileExists,
    ProfileLocked,
)
from tui_call.profile.store import ProfileInUse, StoreUnavailable

FILES = ("key", "identity", "contacts", "history", "membership")


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "profile"


# The ordinary course


def test_a_new_profile_has_nothing(directory: Path) -> None:
    profile = opened(directory)
    assert (profile.state, profile.protection) == ("new", "")
    for name in ("identity", "contacts", "history", "membership"):
        with pytest.raises(ProfileLocked):
            getattr(profile, name)
    with pytest.raises(ProfileLocked):
        profile.save()
    with pytest.raises(ProfileLocked, match="new"):
        profile.unlock()


@pytest.mark.parametrize("protection", ["plain", "keyring"])
def test_without_a_passphrase_it_is_ready_at_once(directory: Path, protection) -> None:
    keyring = MemoryKeyring()
    identity_key = filled(directory, protection, keyring=keyring)
    assert bool(keyring.kept) == (protection == "keyring")
    profile = opened(directory, keyring=keyring)
    assert (profile.state, profile.protection) == ("ready", protection)
    assert profile.identity.identity_key == identity_key
    assert profile.contacts.get(BOB).identity_key == b"b" * 32
    assert profile.history.last_call(BOB) == 1.8e9
    assert profile.membership == MEMBERSHIP
    profile.unlock()
    with pytest.raises(ProfileExists):
        profile.create("plain")


def test_with_a_passphrase_it_is_locked_first(directory: Path) -> None:
    identity_key = filled(directory, "passphrase", "correct horse")
    profile = opened(directory)
    assert (profile.state, profile.protection) == ("locked", "passphrase")
    with pytest.raises(ProfileLocked):
        _ = profile.identity
    with pytest.raises(ProfileExists):
        profile.create("plain")
    for wrong in ("correct hors", "Correct horse", "correct horse "):
        with pytest.raises(WrongPassphrase):
            profile.unlock(wrong)
    with pytest.raises(PassphraseMissing):
        profile.unlock()
    profile.unlock("correct horse")
    assert profile.state == "ready"
    assert profile.identity.identity_key == identity_key


def test_only_what_changed_is_written(directory: Path) -> None:
    filled(directory)
    profile, before = opened(directory), contents(directory)
    profile.save()
    assert contents(directory) == before
    profile.contacts.block(BOB)
    profile.save()
    changed = {name for name, data in contents(directory).items() if data != before[name]}
    assert changed == {"contacts"}


def test_of_several_writes_the_newest_state_wins_also_where_it_is_on_disk_already(
    directory: Path,
) -> None:
    filled(directory)
    profile = opened(directory)
    first = profile.changes()
    profile.contacts.block(BOB)
    second = profile.changes()
    profile.contacts.block(BOB, on=False)
    third = profile.changes()
    for state in (first, third, second):
        profile.write(state)
    profile.close()
    again = opened(directory)
    assert not again.contacts.get(BOB).blocked


def test_nothing_is_readable_on_disk(directory: Path) -> None:
    filled(directory, "passphrase", "correct horse")
    stored = b"".join(contents(directory).values())
    for text in (b"bob", b"Ada", b"home-3fk2", b"192.0.2", b"correct", b"bbbbbbbb"):
        assert text not in stored


def test_one_engine_at_a_time(directory: Path) -> None:
    profile = opened(directory)
    with pytest.raises(ProfileInUse):
        opened(directory)
    profile.close()
    opened(directory).close()


# Protections that are not there


def test_a_keyring_that_is_away_locks_and_can_be_tried_again(directory: Path) -> None:
    keyring = MemoryKeyring()
    filled(directory, "keyring", keyring=keyring)
    keyring.answers = False
    profile = opened(directory, keyring=keyring)
    assert profile.state == "locked"
    with pytest.raises(KeyringUnavailable):
        profile.unlock()
    keyring.answers = True
    profile.unlock()
    assert profile.state == "ready"


def test_without_a_real_keyring_nothing_is_made(directory: Path) -> None:
    profile = opened(directory)
    with pytest.raises(KeyringUnavailable):
        profile.create("keyring")
    assert profile.state == "new"
    assert contents(directory) == {}


def test_a_keyring_that_forgets_is_noticed_at_once(directory: Path) -> None:
    class Forgetful(MemoryKeyring):
        def get(self, name: str) -> bytes:
            return b"something else"

    with pytest.raises(KeyringUnavailable):
        opened(directory, keyring=Forgetful()).create("keyring")
    assert contents(directory) == {}


def test_another_secret_in_the_keyring_is_damage(directory: Path) -> None:
    keyring = MemoryKeyring()
    filled(directory, "keyring", keyring=keyring)
    keyring.kept = dict.fromkeys(keyring.kept, bytes(32))
    assert_refused(directory, keyring=keyring)


def test_an_empty_passphrase_is_refused(directory: Path) -> None:
    with pytest.raises(PassphraseMissing):
        opened(directory).create("passphrase")


@pytest.mark.parametrize(("mebibytes", "asked"), [(256, 1), (200, 2), (64, 3)])
def test_the_largest_memory_that_is_there_is_chosen(
    directory: Path, mebibytes: int, asked: int
) -> None:
    derivation = FakeDerivation(mebibytes * 1024)
    filled(directory, "passphrase", "correct horse", derive=derivation)
    assert derivation.asked == [256, 128, 64][:asked]
    again = FakeDerivation()
    opened(directory, derive=again).unlock("correct horse")
    assert again.asked == derivation.asked[-1:]


def test_too_little_memory_is_a_fault(directory: Path) -> None:
    with pytest.raises(DerivationFailed):
        opened(directory, derive=FakeDerivation(1024)).create("passphrase", "correct horse")
    assert contents(directory) == {}
    filled(directory.parent / "other", "passphrase", "correct horse")
    with pytest.raises(DerivationFailed):
        opened(directory.parent / "other", derive=FakeDerivation(1024)).unlock("correct horse")


# Files that somebody touched


@pytest.mark.parametrize("protection", ["plain", "passphrase"])
@pytest.mark.parametrize("name", FILES)
def test_every_cut_and_flipped_byte_is_told_and_left(
    directory: Path, name: str, protection
) -> None:
    filled(directory, protection, "correct horse")
    path = directory / name
    whole = path.read_bytes()
    versions = [whole[:length] for length in (0, 1, 43, 44, 50, len(whole) - 1)]
    for position in range(0, len(whole), 3):
        changed = bytearray(whole)
        changed[position] ^= 0x10
        versions.append(bytes(changed))
    for version in versions:
        path.write_bytes(version)
        with pytest.raises((FileDamaged, WrongPassphrase)):
            open_and_close(directory)
        assert path.read_bytes() == version
    path.write_bytes(whole)
    open_and_close(directory)


def test_the_file_is_named(directory: Path) -> None:
    filled(directory)
    (directory / "contacts").write_bytes(b"x" * 100)
    with pytest.raises(FileDamaged, match=r"profile.contacts is damaged"):
        opened(directory)


@pytest.mark.parametrize("name", FILES[1:])
@pytest.mark.parametrize("other", FILES)
def test_swapped_files_are_refused(directory: Path, name: str, other: str) -> None:
    filled(directory)
    filled(directory.parent / "other")
    foreign = (directory.parent / "other" if name == other else directory) / other
    (directory / name).write_bytes(foreign.read_bytes())
    assert_refused(directory)


def test_the_key_of_another_profile_opens_nothing(directory: Path) -> None:
    filled(directory)
    filled(directory.parent / "other")
    (directory / "key").write_bytes((directory.parent / "other" / "key").read_bytes())
    assert_refused(directory)


@pytest.mark.parametrize("parameters", [(2**20 + 1, 3, 4), (2**32 - 1, 255, 255), (65536, 0, 4)])
def test_huge_parameters_are_not_tried(directory: Path, parameters: tuple[int, ...]) -> None:
    filled(directory, "passphrase", "correct horse")
    key = bytearray((directory / "key").read_bytes())
    struct.pack_into(">IBB", key, 10, *parameters)
    (directory / "key").write_bytes(key)
    derivation = FakeDerivation()
    assert_refused(directory, derive=derivation)
    assert derivation.asked == []


def test_a_missing_identity_is_told(directory: Path) -> None:
    filled(directory)
    (directory / "identity").unlink()
    assert_refused(directory)


def test_other_files_may_be_moved_away(directory: Path) -> None:
    filled(directory)
    for name in ("contacts", "history", "membership"):
        (directory / name).unlink()
    profile = opened(directory)
    assert (profile.contacts.all, profile.history.calls, profile.membership) == ((), (), None)
    profile.save()
    assert not (directory / "membership").exists()


@pytest.mark.parametrize("kind", [kind for kind in NAMES if kind is not FileKind.KEY])
@pytest.mark.parametrize("content", [b"", b"\xc1", b"\x07", b"\x81\xa5extra\x01"])
def test_an_authentic_file_of_another_shape_is_damage(
    directory: Path, kind: FileKind, content: bytes
) -> None:
    filled(directory)
    profile = opened(directory)
    sealed = seal(kind, content, profile._ready._kek, os.urandom)
    profile.close()
    (directory / kind.name.lower()).write_bytes(sealed)
    assert_refused(directory)


def test_an_identity_with_a_short_key_is_damage(directory: Path) -> None:
    filled(directory)
    profile = opened(directory)
    short = msgspec.structs.replace(profile.identity.stored, account_seed=b"short")
    encoded = msgspec.msgpack.encode(short)
    sealed = seal(FileKind.IDENTITY, encoded, profile._ready._kek, os.urandom)
    profile.close()
    (directory / "identity").write_bytes(sealed)
    assert_refused(directory)


# Crashes


def test_a_crash_while_making_it_leaves_a_new_profile(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    profile, replace, renames = opened(directory), os.replace, []

    def crash_at_third(source, target) -> None:
        renames.append(target)
        if len(renames) == 3:
            raise KeyboardInterrupt
        replace(source, target)

    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", crash_at_third)
        with pytest.raises(KeyboardInterrupt):
            profile.create("plain")
    profile.close()
    again = opened(directory)
    assert again.state == "new"
    again.create("plain")
    assert again.state == "ready"
    again.close()
    assert opened(directory).state == "ready"


def test_a_crash_while_saving_keeps_the_former_files(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(directory)
    profile, before = opened(directory), contents(directory)

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    profile.contacts.block(BOB)
    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", crash)
        with pytest.raises(KeyboardInterrupt):
            profile.save()
    profile.close()
    assert contents(directory).items() >= before.items()
    assert not opened(directory).contacts.get(BOB).blocked


def test_a_disk_that_is_full_is_told_and_saving_again_works(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(directory)
    profile = opened(directory)
    profile.contacts.block(BOB)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(StoreUnavailable):
            profile.save()
    profile.save()
    profile.close()
    assert opened(directory).contacts.get(BOB).blocked


def test_a_lost_key_file_does_not_destroy_what_it_sealed(directory: Path) -> None:
    filled(directory)
    key, identity = (directory / "key").read_bytes(), (directory / "identity").read_bytes()
    (directory / "key").unlink()
    profile = opened(directory)
    assert profile.state == "new"
    profile.create("plain")
    assert (directory / "identity.old-1").read_bytes() == identity
    assert (directory / "key").read_bytes() != key


def test_faults_are_local() -> None:
    faults = (ProfileLocked, ProfileExists, PassphraseMissing, DerivationFailed, FileDamaged)
    assert all(issubclass(fault, LocalFault) and str(fault()) for fault in faults)


def test_a_membership_that_older_programs_kept_has_its_one_pin_and_is_free() -> None:
    kept = msgspec.structs.asdict(MEMBERSHIP)
    for later in ("key_pins", "presence", "presence_until"):
        del kept[later]
    read = msgspec.msgpack.decode(msgspec.msgpack.encode(kept), type=Membership)
    assert (read, read.pins) == (MEMBERSHIP, (MEMBERSHIP.pin,))
