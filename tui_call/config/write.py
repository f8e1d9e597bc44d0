"""Changing one key of a configuration file, with everything else in it left as it is."""

import contextlib
import os
import shutil
import tempfile
import tomllib
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any, cast

import tomlkit
from tomlkit.exceptions import TOMLKitError

from tui_call.config.load import contents_of, nearest, setting_of
from tui_call.config.schema import Setting, Value
from tui_call.config.sections import ClientConfig, ServiceConfig
from tui_call.config.values import parse_text
from tui_call.errors import LocalFault
from tui_call.sentences import text_of

HEADER = f"# {text_of('G_CONFIG_HEADER')}\n"


class UnknownSetting(LocalFault):
    """There is no such key."""


class SettingHeld(LocalFault):
    """Something wins over the file that would be written; the sentence says what."""

    sentence_code = "F_ACTION_REFUSED"


class FileNotWritten(LocalFault):
    """The configuration file could not be written."""


class FileNotEditable(LocalFault):
    """The configuration file is not valid TOML, so it was not touched. Mend it by hand first."""


def write_setting(
    file: Path,
    key: str,
    text: str | None,
    config_class: type[ClientConfig] | type[ServiceConfig] = ClientConfig,
) -> None:
    """Set one key in a file, or take it out, and replace the file in one step.

    Args:
        file: created with its directories if missing; a link stays one.
        key: "section.name", or "keys.ID" for a binding.
        text: the value as a person types it; None takes the key out, so its default counts.
        config_class: whose keys the file holds.

    Raises:
        UnknownSetting: there is no such key.
        InvalidValue: the value is not allowed.
        FileNotEditable: the file does not parse, or the key stands in it in a form that cannot
            be changed safely. The file is as it was.
        FileNotWritten: the system did not let it be written. The file is as it was.
    """
    setting, value = read_setting(key, text, config_class)
    target = file.resolve()
    try:
        before = contents_of(target).decode("utf-8-sig") if target.exists() else HEADER
        after = _edited(before, setting.section, setting.name, value)
        if after != before:
            _replace(target, after.encode())
    except (TOMLKitError, tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FileNotEditable(file=file.name) from error
    except OSError as error:
        raise FileNotWritten(path=file, reason=error.strerror) from error


def read_setting(
    key: str,
    text: str | None,
    config_class: type[ClientConfig] | type[ServiceConfig] = ClientConfig,
) -> tuple[Setting, Value | None]:
    """Return the row of a key, and the value that a person typed for it, None for its default.

    Raises:
        UnknownSetting: there is no such key.
        InvalidValue: the value is not allowed.
    """
    setting = setting_of(config_class, key)
    if setting is None:
        near = nearest(config_class, key)
        raise UnknownSetting("near" if near else "", key=key, near=near)
    return setting, None if text is None else parse_text(setting, text)


def _edited(text: str, section: str, name: str, value: Value | None) -> str:
    document = tomlkit.parse(text)
    tree = cast("MutableMapping[str, Any]", document)
    if section not in tree and value is not None:
        if text.strip():
            document.add(tomlkit.nl())
        tree[section] = tomlkit.table()
    try:
        _edit(tree, section, name, value)
        after = document.as_string()
        found = _find(tomllib.loads(after), section, name)
    except (TypeError, AttributeError) as error:
        raise FileNotEditable("section", section=section) from error
    if found != value:
        raise FileNotEditable("place", key=f"{section}.{name}")
    return after


def _edit(tree: MutableMapping[str, Any], section: str, name: str, value: Value | None) -> None:
    table, last = _place(tree.get(section, {}), name)
    if value is not None:
        table[last] = list(value) if isinstance(value, tuple) else value
    elif last in table:
        del table[last]


def _place(table: MutableMapping[str, Any], name: str) -> tuple[MutableMapping[str, Any], str]:
    """Return the table and name under which a key stands; an id with dots may be tables."""
    first, dot, rest = name.partition(".")
    if dot and name not in table and isinstance(table.get(first), MutableMapping):
        return _place(table[first], rest)
    return table, name


def _find(tree: dict[str, Any], section: str, name: str) -> Value | None:
    table, last = _place(tree.get(section, {}), name)
    found = table.get(last)
    return tuple(cast("list[str]", found)) if isinstance(found, list) else found


def _replace(target: Path, content: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        if target.exists():
            shutil.copymode(target, temporary)
        temporary.replace(target)
    except OSError:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
