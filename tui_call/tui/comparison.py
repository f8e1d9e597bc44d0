"""The code that both people compare: its forms, and what a person typed held against it."""

from dataclasses import dataclass
from typing import Literal

from tui_call.control.messages import CodeView

Form = Literal["digits", "words", "emoji", "in person"]
FORMS: tuple[Form, ...] = ("digits", "words", "emoji", "in person")

_DIGITS_IN_A_GROUP = 4
_EMOJI_FIRST_HALF = 4


@dataclass(frozen=True, slots=True)
class Halves:
    """The groups of a code in their order, and how many of them the caller reads.

    Attributes:
        groups: what is read aloud; for emoji their English names.
        first: the first so many are the caller's to read, the rest the callee's.
    """

    groups: tuple[str, ...]
    first: int


def halves(code: CodeView, form: Form) -> Halves:
    """Return the groups of one form; "in person" is read as digits."""
    match form:
        case "words":
            return Halves(code.words, len(code.words) // 2)
        case "emoji":
            return Halves(tuple(name for _, name in code.emoji), _EMOJI_FIRST_HALF)
        case "digits" | "in person":
            return Halves(tuple(code.digits.split()), 3)


def first_wrong_group(code: CodeView, form: Form, typed: str) -> int | None:
    """Hold what a person heard and typed against the shown code.

    Either the whole code counts, or the half that the other person reads; the own half alone
    shows nothing. Spaces, hyphens, commas and the case of letters do not matter.

    Returns:
        None if it is the same, else the number of the first group that differs, from 1.
    """
    parts = halves(code, form)
    theirs = range(parts.first, len(parts.groups)) if code.caller else range(parts.first)
    heard = _groups(typed, form)
    whole = range(len(parts.groups))
    place = whole if len(heard) > len(theirs) else theirs
    for index, group in enumerate(place):
        if index >= len(heard) or heard[index] != _plain(parts.groups[group], form):
            return group + 1
    return None if len(heard) == len(place) else len(parts.groups)


def _groups(typed: str, form: Form) -> list[str]:
    if form in ("digits", "in person"):
        digits = _plain(typed, form)
        return [
            digits[at : at + _DIGITS_IN_A_GROUP] for at in range(0, len(digits), _DIGITS_IN_A_GROUP)
        ]
    if form == "emoji" and "," in typed:
        return [_plain(part, form) for part in typed.split(",") if part.strip()]
    return [_plain(part, form) for part in typed.replace(",", " ").split()]


def _plain(text: str, form: Form) -> str:
    if form in ("digits", "in person"):
        return "".join(character for character in text if character.isdigit())
    return "".join(character for character in text.casefold() if character.isalnum())
