"""Files on disk: private, whole or unchanged, one user at a time."""

import os
import stat
from pathlib import Path

import pytest

from tui_call.profile.store import ProfileInUse, ProfileStore, StoreUnavailable


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "profile"


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_what_is_written_is_read(directory: Path) -> None:
    store = ProfileStore(directory)
    assert store.read("identity") is None
    store.write("identity", b"one")
    store.write("identity", b"\r\n\x1a two")
    assert store.read("identity") == b"\r\n\x1a two"


def test_nobody_else_may_read(directory: Path) -> None:
    directory.mkdir(parents=True, mode=0o755)
    mask = os.umask(0)
    try:
        store = ProfileStore(directory)
        store.write("identity", b"secret")
    finally:
        os.umask(mask)
    assert mode_of(directory) == 0o700
    assert {mode_of(path) for path in directory.iterdir()} == {0o600}


def test_one_store_at_a_time(directory: Path) -> None:
    store = ProfileStore(directory)
    with pytest.raises(ProfileInUse):
        ProfileStore(directory)
    store.close()
    ProfileStore(directory).close()


def test_a_crash_between_write_and_rename_leaves_the_old(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = ProfileStore(directory)
    store.write("contacts", b"old")

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", crash)
        with pytest.raises(KeyboardInterrupt):
            store.write("contacts", b"new")
    store.close()
    again = ProfileStore(directory)
    assert again.read("contacts") == b"old"
    again.write("contacts", b"newer")
    assert again.read("contacts") == b"newer"
    assert {path.name for path in directory.iterdir()} <= {"contacts", "lock"}


def test_a_full_disk_leaves_the_old(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = ProfileStore(directory)
    store.write("contacts", b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreUnavailable, match="No space left on device"):
        store.write("contacts", b"new")
    assert store.read("contacts") == b"old"


def test_the_content_is_flushed_before_the_rename(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, order = ProfileStore(directory), []
    fsync, replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda file: (order.append("flush"), fsync(file)))
    monkeypatch.setattr(os, "replace", lambda *names: (order.append("rename"), replace(*names)))
    store.write("key", b"x")
    assert order[:2] == ["flush", "rename"]


def test_a_directory_that_cannot_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreUnavailable, match="file"):
        ProfileStore(tmp_path / "file")
    store = ProfileStore(tmp_path / "profile")
    (tmp_path / "profile" / "key").mkdir()
    with pytest.raises(StoreUnavailable, match="key"):
        store.read("key")


def test_what_is_set_aside_is_kept(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = ProfileStore(directory)
    store.set_aside("identity")
    for content in (b"first", b"second"):
        store.write("identity", content)
        store.set_aside("identity")
    assert store.read("identity") is None
    assert store.read("identity.old-1") == b"first"
    assert store.read("identity.old-2") == b"second"

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "rename", refuse)
    with pytest.raises(StoreUnavailable, match="Permission denied"):
        store.set_aside("identity.old-1")
