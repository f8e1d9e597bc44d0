"""What the `[keys]` table may hold: ids of what the screens do, and names of keys.

Some keys cannot be bound, as a terminal or a habit has taken them.
"""

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
_ACTIONS = {
    "app": "people calls settings call find commands help presence leave leave_anywhere",
    "talk": "talk mute mute_anywhere end",
    "bar": "keys",
    "list": "up down first last page_up page_down",
    "people": "call keys why add invite block history back",
    "incoming": "answer answer_muted decline silence keys why",
    "call": "keys hold devices notes figures record captions transcript transfer consult park "
        "merge add hand_over choose across why again back",
    "keys": "match differ type form undo later",
    "calls": "details again missed back",
    "settings": "change default link devices why back",
    "welcome": "next back devices",
    "field": "done cancel empty",
    "choice": "choose cancel",
    "page": "close",
    "engine": "attach",
}  # fmt: skip
BINDINGS = frozenset(
    f"{where}.{action}" for where, actions in _ACTIONS.items() for action in actions.split()
)
"""The ids, for example "call.record"; `tui.keymap` says what they do."""

_KEY = re.compile(r"((ctrl|shift|alt|super)\+)*([a-zA-Z0-9_]{1,32}|[!-~])", re.ASCII)


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
