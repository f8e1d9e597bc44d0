"""The keys of client.toml and service.toml as a table, made of their sections."""

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Any, Literal, cast, get_args, get_origin, get_type_hints

from tui_call.config.sections import ClientConfig, ServiceConfig, SettingRule

Value = str | bool | int | tuple[str, ...]

MOST_CHARACTERS = 1024
MOST_ENTRIES = 32
KEYS = "keys"


class Kind(StrEnum):
    """How a value is edited."""

    CHOICE = "choice"
    TEXT = "text"
    NUMBER = "number"
    SWITCH = "switch"
    LIST = "list"
    KEYS = "keys"


@dataclass(frozen=True, slots=True)
class Setting:
    """One row of the table of keys.

    Attributes:
        key: "section.name".
        kind: how it is edited.
        default: its value when nobody set it.
        help: one line.
        choices: what a CHOICE allows.
        least: the smallest NUMBER.
        most: the largest NUMBER.
        form: how an entry of a LIST is written.
        accepts: whether an entry of a LIST is well written, None if any is.
        path: it names a file or directory; one that is relative, beside the file that names it.
    """

    key: str
    kind: Kind
    default: Value
    help: str
    choices: tuple[str, ...] = ()
    least: int = 0
    most: int = 0
    form: str = ""
    accepts: Callable[[str], bool] | None = None
    path: bool = False

    @property
    def section(self) -> str:
        """The part of the key before the dot."""
        return self.key.partition(".")[0]

    @property
    def name(self) -> str:
        """The part of the key behind the dot."""
        return self.key.partition(".")[2]

    @property
    def allowed(self) -> str:
        """What the value may be, in words."""
        match self.kind:
            case Kind.CHOICE:
                return ", ".join(self.choices)
            case Kind.TEXT:
                return f"text of at most {MOST_CHARACTERS} characters"
            case Kind.NUMBER:
                return f"a whole number from {self.least} to {self.most}"
            case Kind.SWITCH:
                return "true or false"
            case Kind.LIST:
                return f"a list of {self.form}"
            case Kind.KEYS:
                return "the name of a key"


def binding_setting(binding: str) -> Setting:
    """Return the row of a key binding, whose ids only the screen knows."""
    return Setting(f"{KEYS}.{binding}", Kind.KEYS, "", "Key of this action.")


@cache
def settings(config_class: type[ClientConfig] | type[ServiceConfig]) -> Mapping[str, Setting]:
    """Return the table of keys of a configuration, by "section.name", without `[keys]`."""
    rows: dict[str, Setting] = {}
    for section, section_class in sections(config_class).items():
        hints = get_type_hints(section_class)
        for item in dataclasses.fields(section_class):
            row = _row(f"{section}.{item.name}", hints[item.name], item)
            rows[row.key] = row
    return MappingProxyType(rows)


def sections(config_class: type[ClientConfig] | type[ServiceConfig]) -> dict[str, type[Any]]:
    """Return the dataclass of each section, by the section's name, without `[keys]`."""
    hints = get_type_hints(config_class)
    return {
        name: hint
        for name, hint in hints.items()
        if isinstance(hint, type) and dataclasses.is_dataclass(hint)
    }


def _row(key: str, hint: Any, item: "dataclasses.Field[Any]") -> Setting:
    rule = cast("SettingRule", item.metadata["rule"])
    choices: tuple[str, ...] = ()
    if get_origin(hint) is Literal:
        kind, choices = Kind.CHOICE, get_args(hint)
    else:
        kind = _KINDS[hint]
    default = cast("Value", item.default)
    return Setting(
        key,
        kind,
        default,
        rule.help,
        choices,
        rule.least,
        rule.most,
        rule.form,
        rule.accepts,
        rule.path,
    )


_KINDS = {
    str: Kind.TEXT,
    bool: Kind.SWITCH,
    int: Kind.NUMBER,
    tuple[str, ...]: Kind.LIST,
}
