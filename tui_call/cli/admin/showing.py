"""What administrators are shown: lines, tables and times, cleaned, and the words in them."""

from collections.abc import Sequence
from datetime import UTC, datetime

import click

from tui_call.foreign_text import cell_width, clean
from tui_call.sentences import text_of
from tui_call.signaling.administration import GrantedTo, Row
from tui_call.signaling.administration_answers import Applied, DeviceRow, GrantRow

_MOST_CELL = 160
_ID_DIGITS = 8
NOTHING = "-"


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


# Words


def term_word(value: object) -> str:
    """Return a value as people read it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return NOTHING if value in (None, "") else str(value)


def people_word(number: int) -> str:
    """Return a number of people."""
    return "1 person" if number == 1 else f"{number} people"


def listed(names: Sequence[str], few: int, *, whole: bool) -> str:
    """Return the first names of a list, and how many more there are."""
    if whole or len(names) <= few + 1:
        return ", ".join(names)
    return f"{', '.join(names[:few])}, {len(names) - few} more (--all)"


def how_changed(before: Row, after: Row) -> str:
    """Return the fields that differ, each before and after."""
    return ", ".join(
        f"{name} {term_word(before.get(name))} -> {term_word(after.get(name))}"
        for name in dict.fromkeys((*before, *after))
        if before.get(name) != after.get(name)
    )


def applied_word(applied: Applied) -> str:
    """Return a policy with what it says of E2EE calls."""
    return f"{applied.policy} ({applied.value})" if applied.value else applied.policy


def subject_word(to: GrantedTo, subject: str, rank: int = 0) -> str:
    """Return to whom something is granted."""
    if to == "organisation":
        return text_of("A_ORGANISATION")
    if to == "group":
        return f"group {subject}, rank {rank}" if rank else f"group {subject}"
    return subject


def grant_word(grant: GrantRow) -> str:
    """Return a grant, with to how many people the policy applies by it."""
    return f"{grant.policy} to {subject_word(grant.to, grant.subject, grant.rank)}: {grant.people}"


def device_label(device: str, account: str) -> str:
    """Return a device by the beginning of its id, and whose it is."""
    label = f"device {device[:_ID_DIGITS]}"
    return f"{label} of {account}" if account else label


def device_state(device: DeviceRow) -> str:
    """Return how a device stands."""
    if device.revoked:
        return "revoked"
    return "online" if device.online else "offline"
