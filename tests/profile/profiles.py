"""Profiles for tests: a keyring in memory, a derivation that costs nothing, files to look at."""

import hashlib
from pathlib import Path

import pytest

from tui_call.e2ee.sealed_file import FileDamaged
from tui_call.identifiers import AccountId
from tui_call.profile.history import PastCall, PastMember
from tui_call.profile.keyring_backend import KeyringUnavailable
from tui_call.profile.profile import Membership, Profile

BOB = AccountId("bob@home-3fk2")
MEMBERSHIP = Membership(
    "192.0.2.7", 7443, bytes(32), "home-3fk2", AccountId("ada@home-3fk2"), "Ada"
)


class MemoryKeyring:
    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.answers = True

    def __call__(self) -> "MemoryKeyring | None":
        return self

    def get(self, name: str) -> bytes:
        if not self.answers or name not in self.kept:
            raise KeyringUnavailable
        return self.kept[name]

    def set(self, name: str, secret: bytes) -> None:
        self.kept[name] = secret


class FakeDerivation:
    """As Argon2id, but cheap; notes what it was asked for."""

    def __init__(self, most_memory: int = 2**20) -> None:
        self.most_memory = most_memory
        self.asked: list[int] = []

    def __call__(self, passphrase: bytes, salt: bytes, parameters) -> bytes:
        self.asked.append(parameters.memory // 1024)
        if parameters.memory > self.most_memory:
            raise MemoryError
        return hashlib.sha256(salt + passphrase + bytes([parameters.memory >> 16])).digest()


def no_keyring() -> None:
    return None


def opened(directory: Path, **options) -> Profile:
    options = {"keyring": no_keyring, "derive": FakeDerivation(), **options}
    return Profile.open(directory, **options)


def filled(directory: Path, protection="plain", passphrase="", **options) -> bytes:
    """Make a profile with something in every file, close it, and return its identity key."""
    profile = opened(directory, **options)
    profile.create(protection, passphrase)
    profile.contacts.observe(BOB, b"b" * 32, 2, 1.8e9)
    profile.history.add(PastCall(1.8e9, "incoming", 61, "G_ENDED", (PastMember(BOB, "Bob"),)))
    profile.membership = MEMBERSHIP
    profile.save()
    identity_key = profile.identity.identity_key
    profile.close()
    return identity_key


def contents(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.iterdir() if path.name != "lock"}


def open_and_close(directory: Path, **options) -> None:
    profile = opened(directory, **options)
    try:
        profile.unlock("correct horse")
    finally:
        profile.close()


def assert_refused(directory: Path, **options) -> None:
    """The profile does not open, and nothing on disk changed."""
    before = contents(directory)
    with pytest.raises(FileDamaged, match=r"is missing\.|It was left as it is\."):
        open_and_close(directory, **options)
    assert contents(directory) == before
