"""The initials of a person in large letters, two lines high.

Textual's `Digits` has no letters beyond F, and a package of fonts weighs more than this product.
"""

from functools import lru_cache

from tui_call.tui import lines

HEIGHT = 2
CELLS = 7
_LETTERS = {
    letter: (upper, lower)
    for letters, uppers, lowers in (
        (
            "ABCDEFGHIJKLM",
            "▄▀▄ ██▄ ▄▀▀ █▀▄ █▀▀ █▀▀ ▄▀▀ █ █ ▀█▀   █ █▄▀ █   █▄█ ",
            "█▀█ █▄█ ▀▄▄ █▄▀ ██▄ █▀  ▀▄█ █▀█ ▄█▄ ▀▄▀ █▀▄ █▄▄ █▀█ ",
        ),
        (
            "NOPQRSTUVWXYZ",
            "█▀▄ ▄▀▄ █▀▄ ▄▀▄ █▀▄ ▄▀▀ ▀█▀ █ █ █ █ █ █ ▀▄▀ ▀▄▀ ▀▀█ ",
            "█ █ ▀▄▀ █▀  ▀▄█ █▀▄ ▄▄▀  █  █▄█ ▀▄▀ ███ ▄▀▄  █  █▄▄ ",
        ),
        (
            "0123456789",
            "█▀█ ▄█  ▀▀▄ ▀██ █ █ █▀▀ █▄▄ ▀▀█ ███ █▀█ ",
            "█▄█ ▄█▄ █▄▄ ▄▄█ ▀▀█ ▄▄▀ █▄█  █  █▄█ ▀▀█ ",
        ),
    )
    for letter, upper, lower in zip(
        letters,
        (uppers[at : at + 3] for at in range(0, len(uppers), 4)),
        (lowers[at : at + 3] for at in range(0, len(lowers), 4)),
        strict=True,
    )
}


@lru_cache(maxsize=256)
def initials(name: str) -> str:
    """Return the first letters of the first and the last word of a name, "" where it has none."""
    words = [word for word in lines.text(name).plain.split() if word[0].isalnum()]
    return "".join(words[end][0].upper() for end in (0, -1)[: len(words)])


@lru_cache(maxsize=256)
def large(letters: str, *, ascii_only: bool) -> tuple[str, str]:
    """Return letters as two lines of at most `CELLS` cells; small where they have no large form."""
    if ascii_only or not all(letter in _LETTERS for letter in letters):
        return "", letters
    drawn = [_LETTERS[letter] for letter in letters]
    return " ".join(upper for upper, _ in drawn), " ".join(lower for _, lower in drawn)
