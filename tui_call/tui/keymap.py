"""The table of keys as Textual takes it, and as a screen shows it."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache

from textual.binding import Binding

from tui_call.config.key_bindings import BY_ID, KEYS, TITLES, Key

__all__ = [
    "BY_ID", "KEYS", "TITLES", "Key", "application", "bindings", "doing", "remapped", "shown",
    "table", "without_a_key",
]  # fmt: skip

_NAMES = {
    "question_mark": "?", "slash": "/", "colon": ":", "plus": "+", "escape": "esc",
    "full_stop": ".", "comma": ",", "minus": "-",
}  # fmt: skip
_UNLIKE_NAMES = {("call.again", "people"): "people.call"}


def bindings(*wheres: str) -> list[Binding]:
    """Return the bindings of one or more places as Textual takes them."""
    return [
        Binding(
            key.keys,
            key.action or key.id.rpartition(".")[2],
            key.label,
            show=bool(key.label),
            priority=key.priority,
            tooltip=key.tooltip,
            id=key.id,
        )
        for key in KEYS
        if key.where in wheres
    ]


def application(*ids: str) -> list[Binding]:
    """Return bindings of the application for a question, which has no others but its own."""
    return [
        replace(binding, action=f"app.{binding.action}")
        for binding in bindings("app", "talk")
        if binding.id in ids
    ]


@cache
def table(*wheres: str) -> tuple[Key, ...]:
    """Return the rows of one or more places, in the order of the table."""
    return tuple(key for where in wheres for key in KEYS if key.where == where)


def doing(action: str, where: str) -> tuple[str, ...]:
    """Return the rows that do what a remedy names, the first of them that works is meant.

    Args:
        action: id of a row.
        where: the place in the table of the screen that shows the remedy.
    """
    name = action.rpartition(".")[2]
    return action, _UNLIKE_NAMES.get((action, where), f"{where}.{name}")


def remapped(settings: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the keymap from settings.

    Args:
        settings: key and value of each setting; those of bindings are "keys.<id>".
    """
    return {
        name.removeprefix("keys."): value
        for name, value in settings
        if name.startswith("keys.") and value and name.removeprefix("keys.") in BY_ID
    }


def without_a_key(changed: Mapping[str, str]) -> list[Key]:
    """Return the rows whose every key another row of the same place was given."""
    lost: list[Key] = []
    for key in KEYS:
        taken = {
            form.strip()
            for id_, keys in changed.items()
            if id_ != key.id and BY_ID[id_].where == key.where
            for form in keys.split(",")
        }
        if key.id not in changed and taken.issuperset(key.keys.split(",")):
            lost.append(key)
    return lost


def shown(keys: str) -> str:
    """Return the first of some keys as it is written on the screen, for example "esc"."""
    if not keys.strip(","):
        return ","
    first = keys.split(",")[0].strip()
    *modifiers, key = first.split("+") if len(first) > 1 else [first]
    return "+".join([*modifiers, _NAMES.get(key, key)])
