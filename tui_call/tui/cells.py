"""Which cells of a line differ from what stood there before: only these are written again."""

from itertools import zip_longest

from rich.cells import get_character_cell_size
from textual.content import Content

Run = tuple[int, int]
"""First cell, and the one after the last."""

_CLOSE = 3
"""As many equal cells between two runs cost less than another place and style."""

_Cell = tuple[str, str]
_OUTSIDE: _Cell = ("", "")


def changed(before: Content, now: Content) -> list[Run]:
    """Return the runs of cells in which two lines differ, from left to right."""
    if before.is_same(now):
        return []
    old, new = _cells(before), _cells(now)
    if (len(old), len(new)) != (before.cell_length, now.cell_length):
        # Characters that are drawn as one: their cells cannot be told apart here.
        return [(0, max(before.cell_length, now.cell_length))]
    pairs = zip_longest(old, new, fillvalue=_OUTSIDE)
    differing = [at for at, (one, other) in enumerate(pairs) if one != other]
    runs: list[Run] = []
    for at in differing:
        if runs and at - runs[-1][1] <= _CLOSE:
            runs[-1] = runs[-1][0], at + 1
        else:
            runs.append((at, at + 1))
    return runs


def _cells(line: Content) -> list[_Cell]:
    """Return what each cell holds; the second one of a wide character holds its right half."""
    styles = [""] * len(line.plain)
    for start, end, style in line.spans:
        styles[start:end] = [f"{below} {style}" for below in styles[start:end]]
    if line.plain.isascii():
        return list(zip(line.plain, styles, strict=True))
    cells: list[_Cell] = []
    for character, style in zip(line.plain, styles, strict=True):
        width = get_character_cell_size(character)
        if width == 1:
            cells.append((character, style))
        elif width:
            cells += [(character, style), (f"{character}→", style)]
        elif cells:
            cells[-1] = cells[-1][0] + character, style
    return cells
