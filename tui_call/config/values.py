"""Values of keys: checked as a file gives them, read from text, and written as text."""

import difflib
from collections.abc import Sequence
from typing import cast

from tui_call.config.key_bindings import objection
from tui_call.config.schema import MOST_CHARACTERS, MOST_ENTRIES, Kind, Setting, Value
from tui_call.errors import LocalFault

_SWITCHES = {
    "true": True, "yes": True, "on": True, "1": True,
    "false": False, "no": False, "off": False, "0": False,
}  # fmt: skip


class InvalidValue(LocalFault):
    """The value is not one of those that the key allows."""


def check(setting: Setting, raw: object) -> Value:
    """Return a value from a file as the key's type.

    Raises:
        InvalidValue: it is not allowed; the message says what is, and never repeats the value,
            which may be a password.
    """
    match setting.kind:
        case Kind.CHOICE if isinstance(raw, str) and raw in setting.choices:
            return raw
        case Kind.TEXT if isinstance(raw, str) and _is_text(raw):
            return raw
        # bool is a kind of int, and `true` is no number.
        case Kind.NUMBER if type(raw) is int and setting.least <= raw <= setting.most:
            return raw
        case Kind.SWITCH if isinstance(raw, bool):
            return raw
        case Kind.LIST if isinstance(raw, list | tuple):
            return _entries(setting, tuple(cast("Sequence[object]", raw)))
        case Kind.KEYS if isinstance(raw, str) and (reason := objection(raw)):
            raise InvalidValue("keys", reason=reason)
        case Kind.KEYS if isinstance(raw, str):
            return raw
        case _:
            raise _not_allowed(setting, raw)


def parse_text(setting: Setting, text: str) -> Value:
    """Return a value that the environment, a flag or a person gave as text.

    Entries of a list are separated by commas.

    Raises:
        InvalidValue: it is not allowed.
    """
    match setting.kind:
        case Kind.NUMBER:
            digits = text.strip().removeprefix("-")
            number = digits.isascii() and digits.isdigit() and len(digits) <= 9
            return check(setting, int(text) if number else text)
        case Kind.SWITCH:
            return check(setting, _SWITCHES.get(text.strip().lower()))
        case Kind.LIST:
            entries = (entry.strip() for entry in text.split(","))
            return check(setting, tuple(entry for entry in entries if entry))
        case Kind.CHOICE | Kind.TEXT | Kind.KEYS:
            return check(setting, text)


def format_value(value: Value) -> str:
    """Return a value as the text from which `parse_text` reads it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def _is_text(raw: str) -> bool:
    return len(raw) <= MOST_CHARACTERS and raw.isprintable()


def _entries(setting: Setting, raw: tuple[object, ...]) -> tuple[str, ...]:
    entries = tuple(entry for entry in raw if isinstance(entry, str) and _is_text(entry))
    well_written = setting.accepts is None or all(map(setting.accepts, entries))
    if len(entries) != len(raw) or len(entries) > MOST_ENTRIES or not well_written:
        raise _not_allowed(setting, raw)
    return entries


def _not_allowed(setting: Setting, raw: object) -> InvalidValue:
    near = difflib.get_close_matches(str(raw), setting.choices, n=1)
    if near:
        return InvalidValue("near", allowed=setting.allowed, near=near[0])
    return InvalidValue(allowed=setting.allowed)
