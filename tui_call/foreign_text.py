"""Text from anyone else, cleaned before a person sees it.

Names, notes and error details from peers and from the service can hold escape sequences,
bidirectional overrides, markup or ten thousand characters. `clean` is the one way to turn such a
`ForeignText` into a string for a terminal; it is also applied to what the command line prints.
What it returns can be measured and clipped in terminal cells.
"""

import unicodedata
from functools import lru_cache
from typing import NewType

ForeignText = NewType("ForeignText", str)

# Unicode general categories that have no place in a line of text: controls (ESC, C1, newline),
# formats (bidi, zero width, tags), surrogates, private use, unassigned, line/paragraph separators.
_UNWANTED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# Letters and symbols that look like nothing: fillers of Hangul, the empty Braille pattern.
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")
_MOST_COMBINING = 4
_REMEMBERED = 4096
_NO_WIDTH = frozenset({"Mn", "Me"})
_TWO_CELLS = frozenset({"W", "F"})


def clean(text: ForeignText | str, most: int = 64) -> str:
    """Return one line that is safe to print, in NFC.

    Controls, formats, surrogates, blank, private and unassigned characters are dropped (tabs and
    line ends become spaces), runs of combining marks are cut at four, white space is folded.

    Args:
        text: what came from outside.
        most: the longest result in characters; a longer text ends in "…".
    """
    return _clean(str(text[: most * 8]), most)


@lru_cache(maxsize=_REMEMBERED)
def _clean(text: str, most: int) -> str:
    """Clean a text of at most eight times `most`; names come again and again."""
    folded = " ".join(text.split())
    kept: list[str] = []
    combining = 0
    for character in unicodedata.normalize("NFC", folded):
        category = unicodedata.category(character)
        if category in _UNWANTED or character in _BLANK:
            continue
        combines = category in _NO_WIDTH or unicodedata.combining(character)
        combining = combining + 1 if combines else 0
        if combining <= _MOST_COMBINING:
            kept.append(character)
    line = " ".join("".join(kept).split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def cell_width(line: str) -> int:
    """Return how many terminal cells a cleaned line takes (Unicode Standard Annex 11)."""
    return sum(_character_width(character) for character in line)


def clip(line: str, most: int) -> str:
    """Return a cleaned line in at most `most` terminal cells; a longer one ends in "…"."""
    if cell_width(line) <= most:
        return line
    kept = ""
    width = 1
    for character in line:
        width += _character_width(character)
        if width > most:
            break
        kept += character
    return kept.rstrip() + "…"


def _character_width(character: str) -> int:
    if unicodedata.category(character) in _NO_WIDTH:
        return 0
    return 2 if unicodedata.east_asian_width(character) in _TWO_CELLS else 1
