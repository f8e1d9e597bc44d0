"""Invites that a change made: shown once, or written into a file of this user alone."""

import csv
import os
from collections.abc import Sequence
from pathlib import Path

import click

from tui_call.cli.admin.outcome import input_refused
from tui_call.cli.admin.showing import moment, say
from tui_call.foreign_text import clean
from tui_call.sentences import text_of
from tui_call.signaling.administration_rows import IssuedLink

COLUMNS = ("address", "link", "until")
_MOST_LINK = 2000


def refuse_present(file: Path) -> None:
    """Refuse to write links into a file that is there already.

    Raises:
        InputRefused: it is.
    """
    if os.path.lexists(file):
        raise input_refused("A_FILE", "there", file=file)


def written(links: Sequence[IssuedLink], file: Path) -> bool:
    """Write links into a new file, mode 0600, and say so; False where that failed."""
    try:
        _write(links, file)
    except OSError as error:
        click.echo(text_of("A_FILE", "write", file=file, reason=error.strerror), err=True)
        return False
    click.echo(text_of("A_LINKS_WRITTEN", n=len(links), file=file), err=True)
    return True


def say_links(links: Sequence[IssuedLink]) -> None:
    """Print links, each in a line that can be copied."""
    for issued in links:
        say(text_of("A_LINK", who=issued.account, until=moment(issued.expires)))
        click.echo(f"tui-call join '{clean(issued.link, _MOST_LINK)}'")


def _write(links: Sequence[IssuedLink], file: Path) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as opened:
        writer = csv.writer(opened, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows((one.account, one.link, moment(one.expires)) for one in links)
