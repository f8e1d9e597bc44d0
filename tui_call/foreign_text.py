"""Text from anyone else, cleaned before a person sees it.

Names, notes and error details from peers and from the service can hold escape sequences,
bidirectional overrides, markup or ten thousand characters. `clean` is the one way to turn such a
`ForeignText` into a string for a terminal; it is also applied to what the command line prints.
"""

import unicodedata
from typing import NewType

ForeignText = NewType("ForeignText", str)

# Unicode general categories that have no place in a line of text: controls (ESC, C1, newline),
# formats (bidi, zero width, tags), surrogates, private use, unassigned, line/paragraph separators.
_UNWANTED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_MOST_COMBINING = 4


def clean(text: ForeignText | str, most: int = 64) -> str:
    """Return one line that is safe to print, in NFC.

    Controls, formats, surrogates, private and unassigned characters are dropped (tabs and line
    ends become spaces), runs of combining marks are cut at four, white space is folded.

    Args:
        text: what came from outside.
        most: the longest result in characters; a longer text ends in "…".
    """
    folded = " ".join(str(text[: most * 8]).split())
    kept: list[str] = []
    combining = 0
    for character in unicodedata.normalize("NFC", folded):
        if unicodedata.category(character) in _UNWANTED:
            continue
        combining = combining + 1 if unicodedata.combining(character) else 0
        if combining <= _MOST_COMBINING:
            kept.append(character)
    line = " ".join("".join(kept).split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"
