"""Administration from the command line, a module a noun, each imported when it is asked for."""

import click

from tui_call.cli.lazy import LazyGroup
from tui_call.sentences import paragraph_of

_NAMES = ("audit", "device", "group", "policy", "report", "store", "user")
_NOUNS = {noun: f"tui_call.cli.admin.{noun}" for noun in _NAMES}


@click.group(cls=LazyGroup, modules=_NOUNS, help=paragraph_of("H_ADMIN"))
def admin() -> None:
    """Administer the organisation; for accounts with the role admin."""
