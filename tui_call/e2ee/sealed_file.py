"""The format of a person's files at rest; reading and writing them is the business of `profile`.

    magic 8 | version u8 | protection u8 | memory u32 | passes u8 | lanes u8 | salt 16 | nonce 12
    AES-256-GCM ciphertext and tag, the 44 bytes before as associated data

Each kind of file has its magic, so one cannot stand for another. One random key-encryption key
(KEK) seals all files of a profile. It is itself kept in a file of the kind KEY, wrapped under what
`protection` says: a secret in the operating system's keyring, a passphrase through Argon2id
(RFC 9106), or nothing at all. Every file has its own key: the KEK or the wrapping secret through
HKDF-SHA-256 with the file's salt and magic.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from tui_call.errors import LocalFault

KEY_BYTES = 32
SALT_BYTES = 16
_NONCE_BYTES = 12
_VERSION = 1
_HEADER = struct.Struct(f">8sBBIBB{SALT_BYTES}s{_NONCE_BYTES}s")
_MIB = 1024
_LABEL = b"tui-call/file/1 "

RandomBytes = Callable[[int], bytes]


class FileDamaged(LocalFault):
    """A file of the profile is damaged, cut short or of another profile. It was left as it is."""


class WrongPassphrase(LocalFault):
    """That is not the passphrase, or the key file was changed."""


class FileKind(Enum):
    """What a file holds, by the eight bytes it begins with."""

    KEY = b"tuicallK"
    IDENTITY = b"tuicallI"
    CONTACTS = b"tuicallC"
    HISTORY = b"tuicallH"
    MEMBERSHIP = b"tuicallM"
    BACKUP = b"tuicallB"


class Protection(IntEnum):
    """What a file is sealed under; all kinds but KEY and BACKUP are sealed under the KEK."""

    KEK = 0
    KEYRING = 1
    PASSPHRASE = 2
    PLAIN = 3


@dataclass(frozen=True, slots=True)
class Argon2Parameters:
    """Cost of a passphrase (RFC 9106).

    Attributes:
        memory: KiB, at most 1 GiB.
        passes: t, at most 10.
        lanes: p, at most 8.
    """

    memory: int
    passes: int = 3
    lanes: int = 4

    @property
    def allowed(self) -> bool:
        """Whether deriving with them is possible and stays bounded; a file may say anything."""
        return (
            1 <= self.passes <= 10
            and 1 <= self.lanes <= 8
            and 8 * self.lanes <= self.memory <= 1024 * _MIB
        )


# Tried in this order when a profile is made; the first that this computer has memory for is kept.
PARAMETER_CHOICES = tuple(Argon2Parameters(mebibytes * _MIB) for mebibytes in (256, 128, 64))
_NO_PARAMETERS = Argon2Parameters(0, 0, 0)


@dataclass(frozen=True, slots=True)
class Wrapping:
    """How a KEK is kept, as the head of a KEY file says.

    Attributes:
        protection: KEYRING, PASSPHRASE or PLAIN.
        salt: 16 bytes; for a keyring it also names the entry.
        parameters: of the passphrase; all zero for the others.
    """

    protection: Protection
    salt: bytes
    parameters: Argon2Parameters = _NO_PARAMETERS

    @classmethod
    def of_file(cls, data: bytes) -> Self:
        """Read how the KEK of a KEY file is wrapped.

        Raises:
            FileDamaged: not a KEY file, or parameters beyond what is allowed.
        """
        wrapping = cls._of_header(FileKind.KEY, data)
        if wrapping.protection is Protection.KEK:
            raise FileDamaged
        return wrapping

    @classmethod
    def of_backup(cls, data: bytes) -> Self:
        """Read how a BACKUP is sealed, which is by a passphrase.

        Raises:
            FileDamaged: not a BACKUP, or parameters beyond what is allowed.
        """
        wrapping = cls._of_header(FileKind.BACKUP, data)
        if wrapping.protection is not Protection.PASSPHRASE:
            raise FileDamaged
        return wrapping

    @classmethod
    def _of_header(cls, kind: FileKind, data: bytes) -> Self:
        header = _parse_header(kind, data)
        wrapping = cls(header.protection, header.salt, header.parameters)
        if not wrapping._consistent:
            raise FileDamaged
        return wrapping

    @property
    def _consistent(self) -> bool:
        if self.protection is Protection.PASSPHRASE:
            return self.parameters.allowed
        return self.parameters == _NO_PARAMETERS


def derive_from_passphrase(passphrase: bytes, salt: bytes, parameters: Argon2Parameters) -> bytes:
    """Return 32 bytes by Argon2id; takes about a second and all of `parameters.memory`.

    Raises:
        MemoryError: this computer does not have that much.
    """
    return Argon2id(
        salt=salt,
        length=KEY_BYTES,
        iterations=parameters.passes,
        lanes=parameters.lanes,
        memory_cost=parameters.memory,
    ).derive(passphrase)


def seal(kind: FileKind, plaintext: bytes, kek: bytes, random: RandomBytes) -> bytes:
    """Return the bytes of a file sealed under the KEK.

    Args:
        kind: what it holds; not KEY.
        plaintext: of any length.
        kek: 32 bytes.
        random: gives salt and nonce.
    """
    wrapping = Wrapping(Protection.KEK, random(SALT_BYTES))
    return _seal(kind, wrapping, plaintext, kek, random(_NONCE_BYTES))


def open_sealed(kind: FileKind, data: bytes, kek: bytes) -> bytes:
    """Return the plaintext of a file.

    Raises:
        FileDamaged: another kind, another version, another key, cut short or changed.
    """
    if _parse_header(kind, data).protection is not Protection.KEK:
        raise FileDamaged
    try:
        return _open(kind, data, kek)
    except InvalidTag as error:
        raise FileDamaged from error


def wrap_kek(kek: bytes, wrapping: Wrapping, secret: bytes, random: RandomBytes) -> bytes:
    """Return the bytes of a KEY file.

    Args:
        kek: 32 bytes.
        wrapping: how it is kept.
        secret: 32 bytes from the keyring or of the passphrase; b"" for PLAIN, which notices
            damage and hides nothing.
        random: gives the nonce.
    """
    return _seal(FileKind.KEY, wrapping, kek, secret, random(_NONCE_BYTES))


def unwrap_kek(data: bytes, secret: bytes) -> bytes:
    """Return the KEK of a KEY file.

    Raises:
        WrongPassphrase: another passphrase, or the file was changed; the two look alike.
        FileDamaged: not a KEY file, or, without a passphrase, changed or of another secret.
    """
    protection = Wrapping.of_file(data).protection
    try:
        return _open(FileKind.KEY, data, secret)
    except InvalidTag as error:
        raise (WrongPassphrase if protection is Protection.PASSPHRASE else FileDamaged) from error


def seal_backup(plaintext: bytes, wrapping: Wrapping, secret: bytes, random: RandomBytes) -> bytes:
    """Return the bytes of a BACKUP, which is sealed by its passphrase itself.

    Args:
        plaintext: of any length.
        wrapping: PASSPHRASE.
        secret: 32 bytes of the passphrase.
        random: gives the nonce.
    """
    return _seal(FileKind.BACKUP, wrapping, plaintext, secret, random(_NONCE_BYTES))


def open_backup(data: bytes, secret: bytes) -> bytes:
    """Return the plaintext of a BACKUP.

    Raises:
        WrongPassphrase: another passphrase, or the file was changed; the two look alike.
        FileDamaged: not a BACKUP.
    """
    Wrapping.of_backup(data)
    try:
        return _open(FileKind.BACKUP, data, secret)
    except InvalidTag as error:
        raise WrongPassphrase from error


@dataclass(frozen=True, slots=True)
class _Header:
    protection: Protection
    parameters: Argon2Parameters
    salt: bytes
    nonce: bytes


def _parse_header(kind: FileKind, data: bytes) -> _Header:
    if len(data) < _HEADER.size:
        raise FileDamaged
    magic, version, protection, memory, passes, lanes, salt, nonce = _HEADER.unpack_from(data)
    if magic != kind.value or version != _VERSION or protection > max(Protection):
        raise FileDamaged
    parameters = Argon2Parameters(memory, passes, lanes)
    return _Header(Protection(protection), parameters, salt, nonce)


def _seal(
    kind: FileKind, wrapping: Wrapping, plaintext: bytes, secret: bytes, nonce: bytes
) -> bytes:
    parameters = wrapping.parameters
    header = _HEADER.pack(
        kind.value,
        _VERSION,
        wrapping.protection,
        parameters.memory,
        parameters.passes,
        parameters.lanes,
        wrapping.salt,
        nonce,
    )
    cipher = AESGCM(_file_key(kind, secret, wrapping.salt))
    return header + cipher.encrypt(nonce, plaintext, header)


def _open(kind: FileKind, data: bytes, secret: bytes) -> bytes:
    header = _parse_header(kind, data)
    cipher = AESGCM(_file_key(kind, secret, header.salt))
    return cipher.decrypt(header.nonce, data[_HEADER.size :], data[: _HEADER.size])


def _file_key(kind: FileKind, secret: bytes, salt: bytes) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt, _LABEL + kind.value).derive(secret)
