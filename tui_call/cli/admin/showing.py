"""What administrators are shown on the command line: lines, tables and times, cleaned."""

from collections.abc import Sequence
from datetime import UTC, datetime

import click

from tui_call.foreign_text import cell_width, clean
from tui_call.sentences import text_of
from tui_call.tui.admin_words import NOTHING

_MOST_CELL = 160


def say(line: str, *, err: bool = False) -> None:
    """Print a line, cleaned, however long."""
    click.echo(clean(line, len(line) + 1), err=err)


def say_table(head: Sequence[str], rows: Sequence[Sequence[str]], nothing: str) -> None:
    """Print rows under their heads, or a sentence where there is none.

    Args:
        head: of each column.
        rows: a text a column each.
        nothing: code of the sentence.
    """
    if not rows:
        say(text_of(nothing))
        return
    say_columns([head, *rows])


def say_columns(rows: Sequence[Sequence[str]], gaps: Sequence[int] = ()) -> None:
    """Print rows of as many texts each, so that each column begins at one place.

    Args:
        rows: a text a column each.
        gaps: spaces behind each column; two where it is not told.
    """
    cleaned = [[clean(cell, _MOST_CELL) for cell in row] for row in rows]
    widths = [max(map(cell_width, column)) for column in zip(*cleaned, strict=True)]
    spaces = [*gaps, *[2] * len(widths)]
    for row in cleaned:
        padded = (
            cell + " " * (width - cell_width(cell) + space)
            for cell, width, space in zip(row, widths, spaces, strict=False)
        )
        click.echo("".join(padded).rstrip())


def moment(seconds: int) -> str:
    """Return a time here, "-" for never."""
    if not seconds:
        return NOTHING
    return f"{datetime.fromtimestamp(seconds, UTC).astimezone():%Y-%m-%d %H:%M}"
