"""Rows of the lists: columns that share the room there is, the last ones only where they fit."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from textual.content import Content

from tui_call.tui import lines

Cell = str | tuple[str, str]
"""A text from anyone, with a style or without."""
_GAP = 1


@dataclass(frozen=True, slots=True)
class Column:
    """A column.

    Attributes:
        title: above it.
        least: cells, the space behind it too.
        share: of what is left over.
    """

    title: str
    least: int
    share: int = 0


def in_columns(columns: Sequence[Column], cells: Sequence[Cell], room: int) -> Content:
    """Return the cells of one row side by side, in at most `room` cells."""
    parts: list[Content] = []
    for width, cell in zip(_widths(columns, room), cells, strict=False):
        words, style = cell if isinstance(cell, tuple) else (cell, "")
        parts.append(lines.column(words, width - _GAP, style))
    return Content(" " * _GAP).join(parts)


def _widths(columns: Sequence[Column], room: int) -> Iterator[int]:
    shown: list[Column] = []
    for column in columns:
        if shown and sum(one.least for one in (*shown, column)) > room:
            break
        shown.append(column)
    left = max(0, room - sum(one.least for one in shown))
    shares = sum(one.share for one in shown) or 1
    for column in shown:
        yield min(room, column.least + left * column.share // shares)
