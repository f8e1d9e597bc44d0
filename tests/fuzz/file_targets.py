"""Parsers of files that somebody may have touched."""

import re
import tempfile
from functools import cache
from pathlib import Path

from tests.fuzz.target import KEY, Target
from tui_call.cli.admin import people_file, policy_file
from tui_call.cli.admin.outcome import InputRefused
from tui_call.config.load import load_client
from tui_call.config.paths import ConfigFiles
from tui_call.e2ee import sealed_file

PEOPLE = """\ufeffname,address,groups,role,external_id
Clerk,clerk@acme,finance|staff,member,7
"'=Chief, the first",chief,"finance;staff",admin,
""".encode()


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
        Target("policies.toml", (shipped("policies.toml"),), lambda data: policy_file.read(
            written(data)), (InputRefused,), costly=True),
        Target("people.csv", (PEOPLE, PEOPLE.replace(b",", b"\t")), lambda data: people_file.read(
            written(data), "hr"), (InputRefused,), costly=True),
    ]  # fmt: skip


def toml_seeds() -> tuple[bytes, ...]:
    """Return the file as it is shipped, and with every line of it in force."""
    as_shipped = shipped("client.toml")
    lines = as_shipped.splitlines(keepends=True)
    in_force = [line[1:] if re.match(rb"#\w+ = ", line) else line for line in lines]
    return as_shipped, b"".join(in_force)


def shipped(name: str) -> bytes:
    return (Path(__file__).parent.parent.parent / "config" / name).read_bytes()


def load_toml(data: bytes) -> object:
    """Read a file as the person wrote it; problems are told and never raised."""
    file = written(data)
    return load_client(ConfigFiles(file.parent / "none.toml", file), {}, {})


def written(data: bytes) -> Path:
    file = Path(scratch().name) / "file"
    file.write_bytes(data)
    return file


@cache
def scratch() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory()
