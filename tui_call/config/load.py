"""Reading a configuration: defaults < system file < user file < environment < flags.

Nothing here stops the program. What is broken, unknown or not allowed becomes a `ConfigProblem`,
and the value below it counts; a file is never written.
"""

import difflib
import errno
import os
import stat
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any, Generic, TypeVar, cast

from tui_call.config import key_bindings
from tui_call.config.paths import ConfigFiles
from tui_call.config.schema import KEYS, Setting, Value, binding_setting, sections, settings
from tui_call.config.sections import ClientConfig, ServiceConfig
from tui_call.config.toml_lines import line_of, line_of_error
from tui_call.config.values import InvalidValue, check, parse_text
from tui_call.foreign_text import clean
from tui_call.sentences import Sentence, sentence, text_of

PREFIX = "TUI_CALL_"
DEFAULT = "default"
SYSTEM_FILE = "system file"
ENVIRONMENT = "environment"
FLAG = "flag"

_MOST_DETAIL = 240
_Config = TypeVar("_Config", ClientConfig, ServiceConfig)
_ConfigClass = type[ClientConfig] | type[ServiceConfig]


class ProblemKind(StrEnum):
    """What is wrong. The value is the code of its sentence."""

    UNKNOWN_KEY = "G_CONFIG"
    WRONG_VALUE = "G_CONFIG_VALUE"
    NOT_TOML = "G_CONFIG_TOML"
    UNREADABLE = "G_CONFIG_READ"
    NOT_FROM_A_FILE = "G_CONFIG_GIVEN"


@dataclass(frozen=True, slots=True)
class ConfigProblem:
    """Something in the configuration that was left out.

    Attributes:
        kind: what is wrong.
        source: "system file", "client.toml", "environment" or "flag".
        key: "section.name", "" where the whole file is meant.
        hint: what is allowed, or the name that was probably meant.
        file: where it stands, None outside files.
        line: from 1, 0 outside files.
    """

    kind: ProblemKind
    source: str
    key: str = ""
    hint: str = ""
    file: Path | None = None
    line: int = 0

    @property
    def sentence(self) -> Sentence:
        """The sentence for a screen."""
        file = self.file.name if self.file else ""
        return sentence(self.kind, file=file, n=self.line, key=self.key, source=self.source)

    @property
    def detail(self) -> str:
        """One longer line with the whole path, line, key and what is allowed."""
        place = f"{self.file}:{self.line}" if self.file else self.source
        return clean(": ".join(part for part in (place, self.key, self.hint) if part), _MOST_DETAIL)


@dataclass(frozen=True, slots=True)
class Layer:
    """What one source sets.

    Attributes:
        source: as in `Loaded.sources`.
        values: what was allowed, by "section.name".
    """

    source: str
    values: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Loaded(Generic[_Config]):
    """A configuration and where it comes from.

    Attributes:
        config: the values.
        values: the same by "section.name"; bindings as "keys.ID" where they are set.
        sources: for each of `values` "default", "system file", "client.toml", "environment" or
            "flag".
        problems: what was left out.
        layers: what each source sets, the strongest last.
    """

    config: _Config
    values: Mapping[str, Value]
    sources: Mapping[str, str]
    problems: tuple[ConfigProblem, ...]
    layers: tuple[Layer, ...]


def load_client(
    files: ConfigFiles,
    environment: Mapping[str, str] | None = None,
    flags: Mapping[str, str] | None = None,
    previous: Loaded[ClientConfig] | None = None,
) -> Loaded[ClientConfig]:
    """Read a client's configuration.

    Args:
        files: from `ProfilePaths.client_files`.
        environment: variables, those of this process if None.
        flags: text by "section.name".
        previous: what was read before; its values stay for a file that cannot be read now, so
            that a file caught half-written does not undo, say, `e2ee.calls = "require"`.
    """
    return _load(ClientConfig, files, environment, flags, previous)


def load_service(
    files: ConfigFiles,
    environment: Mapping[str, str] | None = None,
    flags: Mapping[str, str] | None = None,
) -> Loaded[ServiceConfig]:
    """Read a service's configuration; arguments as for `load_client`."""
    return _load(ServiceConfig, files, environment, flags, None)


def with_setting(
    loaded: Loaded[ClientConfig], source: str, key: str, value: Value | None
) -> ClientConfig:
    """Return the values as they would be if a source set a key, or None: no longer set it."""
    layers = tuple(
        Layer(source, _changed(layer.values, key, value)) if layer.source == source else layer
        for layer in loaded.layers
    )
    return _combined(ClientConfig, layers, ()).config


def _changed(values: Mapping[str, Value], key: str, value: Value | None) -> dict[str, Value]:
    others = {name: held for name, held in values.items() if name != key}
    return others if value is None else {**others, key: value}


def held(loaded: Loaded[_Config], key: str) -> Sentence | None:
    """Return what wins over the user's file for a key, None if that file may decide."""
    source = loaded.sources.get(key, DEFAULT)
    if source not in (ENVIRONMENT, FLAG):
        return None
    words = sentence("G_CONFIG_HELD", key=key, source=source)
    if source != ENVIRONMENT:
        return words
    return replace(words, why=text_of("G_CONFIG_HELD", "variable", variable=variable_of(key)))


def nearest(config_class: _ConfigClass, key: str) -> str:
    """Return the "section.name" that was probably meant, "" if none is near."""
    if config_class is ClientConfig and key.startswith(f"{KEYS}."):
        bindings = [f"{KEYS}.{binding}" for binding in key_bindings.BY_ID]
        return next(iter(difflib.get_close_matches(key, bindings, n=1)), "")
    table = settings(config_class)
    near = difflib.get_close_matches(key, table, n=1, cutoff=0.7)
    name = key.rpartition(".")[2]
    return next(iter((*near, *(row.key for row in table.values() if row.name == name))), "")


def setting_of(config_class: _ConfigClass, key: str) -> Setting | None:
    """Return the row of a key, also of a binding; None if there is no such key."""
    section, _, name = key.partition(".")
    if section == KEYS and config_class is ClientConfig:
        return binding_setting(name) if name in key_bindings.BY_ID else None
    return settings(config_class).get(key)


def _load(
    config_class: type[_Config],
    files: ConfigFiles,
    environment: Mapping[str, str] | None,
    flags: Mapping[str, str] | None,
    previous: Loaded[_Config] | None,
) -> Loaded[_Config]:
    problems: list[ConfigProblem] = []
    before = {layer.source: layer for layer in previous.layers} if previous else {}
    given = from_environment(config_class, os.environ if environment is None else environment)
    layers = (
        _read_file(config_class, SYSTEM_FILE, files.system, before, problems),
        _read_file(config_class, files.user.name, files.user, before, problems),
        _read_text(config_class, ENVIRONMENT, given, problems),
        _read_text(config_class, FLAG, flags or {}, problems),
    )
    return _combined(config_class, layers, problems)


def _combined(
    config_class: type[_Config], layers: tuple[Layer, ...], problems: Iterable[ConfigProblem]
) -> Loaded[_Config]:
    values: dict[str, Value] = {key: row.default for key, row in settings(config_class).items()}
    sources = dict.fromkeys(values, DEFAULT)
    for layer in layers:
        values.update(layer.values)
        sources.update(dict.fromkeys(layer.values, layer.source))
    return Loaded(
        _build(config_class, values),
        MappingProxyType(values),
        MappingProxyType(sources),
        tuple(problems),
        layers,
    )


def _build(config_class: type[_Config], values: Mapping[str, Value]) -> _Config:
    def of(section: str) -> dict[str, Any]:
        prefix = f"{section}."
        return {
            key.removeprefix(prefix): value
            for key, value in values.items()
            if key.startswith(prefix)
        }

    parts: dict[str, Any] = {
        name: section_class(**of(name)) for name, section_class in sections(config_class).items()
    }
    if config_class is ClientConfig:
        parts[KEYS] = MappingProxyType(of(KEYS))
    return config_class(**parts)


def _read_file(
    config_class: _ConfigClass,
    source: str,
    file: Path,
    before: Mapping[str, Layer],
    problems: list[ConfigProblem],
) -> Layer:
    text = ""
    try:
        text = contents_of(file).decode("utf-8-sig")
        tree = tomllib.loads(text)
    except FileNotFoundError:
        return Layer(source, {})
    except (OSError, ValueError, RecursionError) as error:
        problems.append(_unreadable(source, file, text, error))
        return before.get(source, Layer(source, {}))
    values: dict[str, Value] = {}
    for path, raw in _leaves(config_class, tree):
        key = ".".join(path)
        problem = _take(config_class, key, raw, values)
        if problem is not None:
            kind, hint = problem
            problems.append(ConfigProblem(kind, source, key, hint, file, line_of(text, path)))
    return Layer(source, {key: _placed(config_class, key, values[key], file) for key in values})


def _placed(config_class: _ConfigClass, key: str, value: Value, file: Path) -> Value:
    """Return a value whose path is whole: programs in the background stand at the root."""
    setting = setting_of(config_class, key)
    if setting is None or not setting.path or not isinstance(value, str) or not value:
        return value
    return str(file.absolute().parent / Path(value).expanduser())


def contents_of(file: Path) -> bytes:
    """Return what a file of settings holds.

    Raises:
        OSError: it cannot be read, or is a pipe, whose other end nobody may ever open.
    """
    if stat.S_ISFIFO(file.stat().st_mode):
        raise OSError(errno.EINVAL, "it is a pipe", str(file))
    return file.read_bytes()


def _unreadable(source: str, file: Path, text: str, error: Exception) -> ConfigProblem:
    kind = ProblemKind.NOT_TOML
    match error:
        case OSError():
            return ConfigProblem(ProblemKind.UNREADABLE, source, "", error.strerror or "", file, 1)
        case tomllib.TOMLDecodeError():
            hint = str(error).partition(" (at ")[0]
            return ConfigProblem(kind, source, "", hint, file, line_of_error(text, error))
        case UnicodeDecodeError():
            line = error.object[: error.start].count(b"\n") + 1
            return ConfigProblem(kind, source, "", "not UTF-8", file, line)
        case ValueError():
            return ConfigProblem(kind, source, "", "a number is too long", file, 1)
        case _:
            return ConfigProblem(kind, source, "", "nested too deeply", file, 1)


def _leaves(
    config_class: _ConfigClass, tree: Mapping[str, Any]
) -> Iterator[tuple[tuple[str, ...], object]]:
    """Walk through the keys of known sections; an unknown section is one key."""
    known = sections(config_class)
    for section, table in tree.items():
        if section == KEYS and config_class is ClientConfig and isinstance(table, dict):
            yield from _bindings((KEYS,), cast("dict[str, object]", table))
        elif section in known and isinstance(table, dict):
            for name, raw in cast("dict[str, object]", table).items():
                yield (section, name), raw
        else:
            yield (section,), cast("object", table)


def _bindings(
    path: tuple[str, ...], table: Mapping[str, object]
) -> Iterator[tuple[tuple[str, ...], object]]:
    """A binding's id holds dots, which TOML reads as tables unless the id is quoted."""
    for name, raw in table.items():
        if isinstance(raw, dict):
            yield from _bindings((*path, name), cast("dict[str, object]", raw))
        else:
            yield (*path, name), raw


def _take(
    config_class: _ConfigClass, key: str, raw: object, values: dict[str, Value]
) -> tuple[ProblemKind, str] | None:
    setting = setting_of(config_class, key)
    if setting is None:
        if key in sections(config_class) or key == KEYS:
            return ProblemKind.WRONG_VALUE, f"a section begins with the line [{key}]"
        return ProblemKind.UNKNOWN_KEY, str(_unknown(config_class, key))
    try:
        values[key] = check(setting, raw)
    except InvalidValue as error:
        return ProblemKind.WRONG_VALUE, str(error)
    return None


def _unknown(config_class: _ConfigClass, key: str) -> InvalidValue:
    near = nearest(config_class, key)
    return InvalidValue("unknown, near", near=near) if near else InvalidValue("unknown")


def variable_of(key: str) -> str:
    """Return the name of the environment's variable that sets a key."""
    return PREFIX + key.replace(".", "__").upper()


def from_environment(config_class: _ConfigClass, variables: Mapping[str, str]) -> dict[str, str]:
    """Return what `TUI_CALL_SECTION__KEY` variables set, without the other program's sections."""
    other = ServiceConfig if config_class is ClientConfig else ClientConfig
    foreign = {*sections(other), KEYS if config_class is ServiceConfig else ""}
    given: dict[str, str] = {}
    for variable, text in variables.items():
        section, separator, name = variable.removeprefix(PREFIX).lower().partition("__")
        if variable.startswith(PREFIX) and separator and section not in foreign:
            given[f"{section}.{name.replace('__', '.')}"] = text
    return given


def _read_text(
    config_class: _ConfigClass,
    source: str,
    given: Mapping[str, str],
    problems: list[ConfigProblem],
) -> Layer:
    values: dict[str, Value] = {}
    for key, text in given.items():
        setting = setting_of(config_class, key)
        try:
            if setting is None:
                raise _unknown(config_class, key)
            values[key] = parse_text(setting, text)
        except InvalidValue as error:
            problems.append(ConfigProblem(ProblemKind.NOT_FROM_A_FILE, source, key, str(error)))
    return Layer(source, values)
