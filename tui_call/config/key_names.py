"""Names of keys in the `[keys]` table, and those that a terminal or a habit has taken."""

import re

_SENT_AS = {
    "m": "Enter",
    "i": "Tab",
    "h": "Backspace",
    "j": "a new line",
    "[": "Esc",
    "left_square_bracket": "Esc",
}
_TAKEN = frozenset("abnstwz")
_BINDING = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*", re.ASCII)
_KEY = re.compile(r"((ctrl|shift|alt|super)\+)*([a-zA-Z0-9_]{1,32}|[!-~])", re.ASCII)


def is_binding(name: str) -> bool:
    """Tell whether this is the id of a binding, for example "call.record"."""
    return len(name) <= 64 and _BINDING.fullmatch(name) is not None


def objection(keys: str) -> str:
    """Say why keys cannot be bound, "" if they can.

    Args:
        keys: one key, or several separated by commas: "r", "q,ctrl+q", "question_mark".
    """
    if keys == ",":
        return ""
    for key in keys.split(","):
        if not _KEY.fullmatch(key.strip()):
            return "a key is written like r, R, f1, ctrl+r or question_mark"
        reason = _never_bound(key.strip().lower())
        if reason:
            return reason
    return ""


def _never_bound(key: str) -> str:
    *modifiers, letter = key.split("+")
    if modifiers == ["ctrl"] and letter in _SENT_AS:
        return f"{key} cannot be bound: terminals send it as {_SENT_AS[letter]}"
    if modifiers == ["ctrl"] and letter in _TAKEN:
        return f"{key} cannot be bound: terminals and multiplexers keep it for themselves"
    if modifiers == ["alt"] and len(letter) == 1 and letter.isalpha():
        return f"{key} cannot be bound: terminals send alt and a letter as Esc and the letter"
    return ""
