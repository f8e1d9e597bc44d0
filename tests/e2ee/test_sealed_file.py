"""The sealed-file format: exact layout, every change noticed, parameters bounded."""

import hashlib
import hmac
import itertools
import struct

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from tui_call.e2ee.sealed_file import (
    PARAMETER_CHOICES,
    Argon2Parameters,
    FileDamaged,
    FileKind,
    Protection,
    Wrapping,
    WrongPassphrase,
    derive_from_passphrase,
    open_backup,
    open_sealed,
    seal,
    seal_backup,
    unwrap_kek,
    wrap_kek,
)

KEK = bytes(range(32))
SECRET = bytes(range(1, 33))
SALT = bytes(range(16))
SMALL = Argon2Parameters(memory=32, passes=1, lanes=4)
CONTENT_KINDS = [kind for kind in FileKind if kind not in (FileKind.KEY, FileKind.BACKUP)]


class Scripted:
    """Counts up instead of drawing."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, length: int) -> bytes:
        self.calls += 1
        return bytes([self.calls]) * length


def passphrase_file() -> bytes:
    return wrap_kek(KEK, Wrapping(Protection.PASSPHRASE, SALT, SMALL), SECRET, Scripted())


def test_the_layout_by_a_second_implementation() -> None:
    data = seal(FileKind.CONTACTS, b"content", KEK, Scripted())
    header = b"tuicallC\x01\x00" + bytes(6) + b"\x01" * 16 + b"\x02" * 12
    secret = hmac.digest(b"\x01" * 16, KEK, "sha256")
    key = hmac.digest(secret, b"tui-call/file/1 tuicallC\x01", hashlib.sha256)
    assert data == header + AESGCM(key).encrypt(b"\x02" * 12, b"content", header)


@pytest.mark.seals_again("the nonces are scripted")
@given(st.sampled_from(CONTENT_KINDS), st.binary(max_size=300))
def test_what_is_sealed_opens(kind: FileKind, content: bytes) -> None:
    assert open_sealed(kind, seal(kind, content, KEK, Scripted()), KEK) == content


def test_one_kind_cannot_stand_for_another() -> None:
    for kind, other in itertools.permutations(CONTENT_KINDS, 2):
        data = seal(kind, b"content", KEK, Scripted())
        with pytest.raises(FileDamaged):
            open_sealed(other, data, KEK)
        with pytest.raises(FileDamaged):
            open_sealed(other, other.value + data[8:], KEK)


def test_every_changed_bit_and_every_cut_is_noticed() -> None:
    data = seal(FileKind.IDENTITY, b"content", KEK, Scripted())
    for position in range(len(data)):
        for bit in range(8):
            changed = bytearray(data)
            changed[position] ^= 1 << bit
            with pytest.raises(FileDamaged):
                open_sealed(FileKind.IDENTITY, bytes(changed), KEK)
        with pytest.raises(FileDamaged):
            open_sealed(FileKind.IDENTITY, data[:position], KEK)
    with pytest.raises(FileDamaged):
        open_sealed(FileKind.IDENTITY, data + b"\0", KEK)
    with pytest.raises(FileDamaged):
        open_sealed(FileKind.IDENTITY, data, SECRET)


@given(st.sampled_from(FileKind), st.binary(max_size=120))
def test_garbage_is_damage(kind: FileKind, garbage: bytes) -> None:
    for data in (garbage, kind.value + garbage, kind.value + b"\1" + garbage):
        with pytest.raises(FileDamaged):
            open_sealed(kind, data, KEK)
        with pytest.raises(FileDamaged):
            unwrap_kek(data[:44], SECRET)


@pytest.mark.parametrize(
    ("protection", "secret"), [(Protection.KEYRING, SECRET), (Protection.PLAIN, b"")]
)
def test_a_kek_is_wrapped_without_a_passphrase(protection: Protection, secret: bytes) -> None:
    wrapping = Wrapping(protection, SALT)
    data = wrap_kek(KEK, wrapping, secret, Scripted())
    assert Wrapping.of_file(data) == wrapping
    assert unwrap_kek(data, secret) == KEK
    for position in range(len(data)):
        changed = bytearray(data)
        changed[position] ^= 1
        with pytest.raises(FileDamaged):
            unwrap_kek(bytes(changed), secret)


def test_a_kek_is_wrapped_under_a_passphrase() -> None:
    secret = derive_from_passphrase(b"correct horse", SALT, SMALL)
    wrapping = Wrapping(Protection.PASSPHRASE, SALT, SMALL)
    data = wrap_kek(KEK, wrapping, secret, Scripted())
    assert Wrapping.of_file(data) == wrapping
    assert unwrap_kek(data, secret) == KEK
    for other in (b"Correct horse", b""):
        with pytest.raises(WrongPassphrase):
            unwrap_kek(data, derive_from_passphrase(other, SALT, SMALL))


@pytest.mark.parametrize(
    ("lanes", "derived"),
    [
        (1, "9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe"),
        (2, "6d093c501fd5999645e0ea3bf620d7b8be7fd2db59c20d9fff9539da2bf57037"),
    ],
)
def test_argon2id_known_answers(lanes: int, derived: str) -> None:
    """From the test set of the Argon2 reference implementation, version 1.3."""
    parameters = Argon2Parameters(memory=256, passes=2, lanes=lanes)
    assert derive_from_passphrase(b"password", b"somesalt", parameters).hex() == derived


def test_a_key_file_is_no_content_and_content_no_key_file() -> None:
    with pytest.raises(FileDamaged):
        open_sealed(FileKind.KEY, passphrase_file(), KEK)
    sealed = seal(FileKind.KEY, KEK, SECRET, Scripted())
    with pytest.raises(FileDamaged):
        unwrap_kek(sealed, SECRET)


@pytest.mark.parametrize(
    ("memory", "passes", "lanes"),
    [
        (2**20 + 1, 3, 4),
        (2**32 - 1, 3, 4),
        (65536, 11, 4),
        (65536, 3, 9),
        (65536, 0, 4),
        (65536, 3, 0),
        (31, 3, 4),
        (0, 0, 0),
    ],
)
def test_parameters_in_a_file_are_bounded(memory: int, passes: int, lanes: int) -> None:
    data = bytearray(passphrase_file())
    struct.pack_into(">IBB", data, 10, memory, passes, lanes)
    with pytest.raises(FileDamaged):
        Wrapping.of_file(bytes(data))


def test_parameters_without_a_passphrase_are_damage() -> None:
    data = bytearray(wrap_kek(KEK, Wrapping(Protection.PLAIN, SALT), b"", Scripted()))
    struct.pack_into(">IBB", data, 10, 65536, 3, 4)
    with pytest.raises(FileDamaged):
        Wrapping.of_file(bytes(data))


def test_the_choices_are_allowed_and_get_smaller() -> None:
    assert [choice.memory // 1024 for choice in PARAMETER_CHOICES] == [256, 128, 64]
    assert all(choice.allowed for choice in PARAMETER_CHOICES)
    assert Argon2Parameters(2**20, 10, 8).allowed


# Backups


def backup_file(parameters: Argon2Parameters = SMALL) -> bytes:
    wrapping = Wrapping(Protection.PASSPHRASE, SALT, parameters)
    return seal_backup(b"everything", wrapping, SECRET, Scripted())


def test_a_backup_by_a_second_implementation() -> None:
    header = b"tuicallB\x01\x02" + struct.pack(">IBB", 32, 1, 4) + SALT + b"\x01" * 12
    secret = hmac.digest(SALT, SECRET, "sha256")
    key = hmac.digest(secret, b"tui-call/file/1 tuicallB\x01", hashlib.sha256)
    assert backup_file() == header + AESGCM(key).encrypt(b"\x01" * 12, b"everything", header)
    assert Wrapping.of_backup(backup_file()) == Wrapping(Protection.PASSPHRASE, SALT, SMALL)
    assert open_backup(backup_file(), SECRET) == b"everything"


def test_every_changed_bit_and_every_cut_of_a_backup_is_noticed() -> None:
    data = backup_file()
    for position, bit in itertools.product(range(len(data)), range(8)):
        changed = bytearray(data)
        changed[position] ^= 1 << bit
        with pytest.raises((FileDamaged, WrongPassphrase)):
            open_backup(bytes(changed), SECRET)
    for length in range(len(data)):
        with pytest.raises((FileDamaged, WrongPassphrase)):
            open_backup(data[:length], SECRET)
    with pytest.raises(WrongPassphrase):
        open_backup(data, KEK)


@pytest.mark.parametrize("protection", [Protection.KEK, Protection.KEYRING, Protection.PLAIN])
def test_a_backup_is_sealed_by_a_passphrase_and_nothing_else(protection: Protection) -> None:
    data = seal_backup(b"x", Wrapping(protection, SALT), SECRET, Scripted())
    with pytest.raises(FileDamaged):
        open_backup(data, SECRET)


def test_a_backup_and_a_key_file_do_not_stand_for_each_other() -> None:
    for read in (Wrapping.of_file, lambda data: unwrap_kek(data, SECRET)):
        with pytest.raises(FileDamaged):
            read(backup_file())
    for read in (Wrapping.of_backup, lambda data: open_backup(data, SECRET)):
        with pytest.raises(FileDamaged):
            read(passphrase_file())


def test_what_a_backup_may_ask_of_this_computer_is_bounded() -> None:
    with pytest.raises(FileDamaged):
        Wrapping.of_backup(backup_file(Argon2Parameters(2**20 + 1, 3, 4)))
