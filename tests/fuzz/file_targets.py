"""Parsers of files that somebody may have touched."""

import re
import tempfile
from functools import cache
from pathlib import Path

from tests.fuzz.target import KEY, Target
from tui_call.config.load import load_client
from tui_call.config.paths import ConfigFiles
from tui_call.e2ee import sealed_file


def file_targets() -> list[Target]:
    identity = sealed_file.seal(sealed_file.FileKind.IDENTITY, b"content", KEY, bytes)
    wrappings = (
        sealed_file.Wrapping(sealed_file.Protection.PLAIN, bytes(16)),
        sealed_file.Wrapping(sealed_file.Protection.KEYRING, bytes(16)),
    )
    keys = tuple(sealed_file.wrap_kek(KEY, wrapping, b"", bytes) for wrapping in wrappings)

    passphrase = sealed_file.Wrapping(
        sealed_file.Protection.PASSPHRASE, bytes(16), sealed_file.PARAMETER_CHOICES[-1]
    )
    backup = sealed_file.seal_backup(b"content", passphrase, KEY, bytes)

    def restore(data: bytes) -> object:
        """Read how it is sealed, and open it with what the passphrase gave."""
        assert sealed_file.Wrapping.of_backup(data).parameters.allowed
        return sealed_file.open_backup(data, KEY)

    def unwrap(data: bytes) -> object:
        """Read how it is wrapped, and unwrap it unless that costs a second by its design."""
        wrapping = sealed_file.Wrapping.of_file(data)
        assert wrapping.parameters.memory <= 1024 * 1024
        return sealed_file.unwrap_kek(data, b"")

    return [
        Target("sealed file", (identity,), lambda data: sealed_file.open_sealed(
            sealed_file.FileKind.IDENTITY, data, KEY), (sealed_file.FileDamaged,), exact=True),
        Target("key file", keys, unwrap,
               (sealed_file.FileDamaged, sealed_file.WrongPassphrase), exact=True),
        Target("backup", (backup,), restore,
               (sealed_file.FileDamaged, sealed_file.WrongPassphrase), exact=True),
        Target("client.toml", toml_seeds(), load_toml, costly=True),
    ]  # fmt: skip


def toml_seeds() -> tuple[bytes, ...]:
    """Return the file as it is shipped, and with every line of it in force."""
    shipped = (Path(__file__).parent.parent.parent / "config" / "client.toml").read_bytes()
    lines = shipped.splitlines(keepends=True)
    in_force = [line[1:] if re.match(rb"#\w+ = ", line) else line for line in lines]
    return shipped, b"".join(in_force)


def load_toml(data: bytes) -> object:
    """Read a file as the person wrote it; problems are told and never raised."""
    file = Path(scratch().name) / "client.toml"
    file.write_bytes(data)
    return load_client(ConfigFiles(file.parent / "none.toml", file), {}, {})


@cache
def scratch() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory()
