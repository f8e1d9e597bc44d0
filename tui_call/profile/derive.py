"""A key from a passphrase, here or in a short-lived child process.

Argon2id takes up to 256 MiB, and a process keeps the peak that it once reached; so the engine lets
`python -m tui_call.profile.derive` do it. The child reads parameters, salt and passphrase from its
standard input, none of it from its arguments, and writes 32 bytes.
"""

import struct
import sys
import unicodedata
from collections.abc import Callable
from typing import BinaryIO

from tui_call.e2ee.sealed_file import (
    KEY_BYTES,
    PARAMETER_CHOICES,
    SALT_BYTES,
    Argon2Parameters,
    Protection,
    Wrapping,
    derive_from_passphrase,
)
from tui_call.errors import LocalFault

Derive = Callable[[bytes, bytes, Argon2Parameters], bytes]
RunModule = Callable[[str, bytes], tuple[int, bytes]]

NOT_ENOUGH_MEMORY = 3
_MALFORMED = 2
_REQUEST = struct.Struct(f">IBB{SALT_BYTES}s")


class DerivationFailed(LocalFault):
    """The passphrase could not be turned into a key on this computer."""


def in_child(run: RunModule) -> Derive:
    """Return a function that derives in a child process.

    Args:
        run: runs a module in a process, gives it the input, waits for its end, and returns exit
            status and output.
    """

    def derive(passphrase: bytes, salt: bytes, parameters: Argon2Parameters) -> bytes:
        head = _REQUEST.pack(parameters.memory, parameters.passes, parameters.lanes, salt)
        status, key = run(__name__, head + passphrase)
        if status == NOT_ENOUGH_MEMORY:
            raise MemoryError
        if status != 0 or len(key) != KEY_BYTES:
            raise DerivationFailed
        return key

    return derive


def new_wrapping(derive: Derive, passphrase: str, salt: bytes) -> tuple[Wrapping, bytes]:
    """Choose the strongest parameters that this computer has memory for.

    Returns:
        How the file is wrapped, and the secret.

    Raises:
        DerivationFailed: too little memory for the weakest.
    """
    for parameters in PARAMETER_CHOICES:
        try:
            secret = derive(passphrase_bytes(passphrase), salt, parameters)
        except MemoryError:
            continue
        return Wrapping(Protection.PASSPHRASE, salt, parameters), secret
    raise DerivationFailed


def secret_of(derive: Derive, passphrase: str, wrapping: Wrapping) -> bytes:
    """Return the secret that a file is wrapped under.

    Raises:
        DerivationFailed: this computer has too little memory for what the file asks.
    """
    try:
        return derive(passphrase_bytes(passphrase), wrapping.salt, wrapping.parameters)
    except MemoryError as error:
        raise DerivationFailed from error


def passphrase_bytes(passphrase: str) -> bytes:
    """Return a passphrase as bytes; keyboards that compose letters differently give the same."""
    return unicodedata.normalize("NFC", passphrase).encode("utf-8", "surrogatepass")


def main(source: BinaryIO, target: BinaryIO) -> int:
    """Answer one request; the exit status tells what went wrong."""
    request = source.read()
    if len(request) < _REQUEST.size:
        return _MALFORMED
    memory, passes, lanes, salt = _REQUEST.unpack_from(request)
    parameters = Argon2Parameters(memory, passes, lanes)
    if not parameters.allowed:
        return _MALFORMED
    try:
        target.write(derive_from_passphrase(request[_REQUEST.size :], salt, parameters))
    except MemoryError:
        return NOT_ENOUGH_MEMORY
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.stdin.buffer, sys.stdout.buffer))
