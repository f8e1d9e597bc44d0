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
# What looks like nothing and has another category: the rest of Default_Ignorable_Code_Point
# (Unicode Standard Annex 44: fillers of Hangul, joiners, selectors of variants), other fillers.
_BLANK = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0"
    "\U00013441\U00013442\U00016fe4\U0001d159"
) | {chr(code) for codes in (range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0)) for code in codes}
# Letters, each with what it looks like (Unicode Technical Standard 39), before case is folded.
_PAIRS = (
    "АA ВB ЕE З3 КK МM НH ОO РP СC ТT УY ХX ІI ЈJ ЅS ԀD ԚQ ԜW ҮY ӀI ҺH аa еe оo рp сc уy "
    "хx іi јj ѕs һh ԁd ԛq ԝw үy ӏl вb кk мm нh тt пn гr ѵv "
    "ΑA ΒB ΕE ΖZ ΗH ΙI ΚK ΜM ΝN ΟO ΡP ΤT ΥY ΧX αa ιi κk νv οo ρp υu χx τt "
    "օo սu ոn հh ցg զq ıi ɑa ɡg øo ØO łl ŁL đd ĐD ħh ĦH ŧt ŦT 0O"
)
_LOOK_ALIKES = str.maketrans({pair[0]: pair[1] for pair in _PAIRS.split()})
_LOOK_ALIKE_GROUPS = (("1", "l"), ("i", "l"), ("|", "l"), ("rn", "m"), ("vv", "w"))
_MOST_COMBINING = 4
_REMEMBERED = 4096
_NO_WIDTH = frozenset({"Mn", "Me"})
_TWO_CELLS = frozenset({"W", "F"})


def clean(text: ForeignText | str, most: int = 64) -> str:
    """Return one line that is safe to print, in NFC.

    Controls, formats, surrogates, private, unassigned and invisible characters are dropped (tabs
    and line ends become spaces), so are combining marks that stand on nothing, and those behind the
    fourth of a run; white space is folded. What is left can be seen, or is "".

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
        on_nothing = combines and (not kept or kept[-1] == " ")
        if combining <= _MOST_COMBINING and not on_nothing:
            kept.append(character)
    line = " ".join("".join(kept).split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


@lru_cache(maxsize=_REMEMBERED)
def skeleton(line: str) -> str:
    """Return what a cleaned line looks like to a quick eye: two that look alike have the same.

    Forms, marks, case, spaces and punctuation do not count, nor which script a letter is from.
    """
    plain = unicodedata.normalize("NFKD", line).translate(_LOOK_ALIKES).casefold()
    for looks, like in _LOOK_ALIKE_GROUPS:
        plain = plain.replace(looks, like)
    return "".join(character for character in plain if character.isalnum()) or line


def cell_width(line: str) -> int:
    """Return how many terminal cells a cleaned line takes (Unicode Standard Annex 11)."""
    if line.isascii() and line.isprintable():
        return len(line)
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
