"""`tui-call admin store`: the store of a service of this computer, on its files and not by it."""

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tui_call.cli.admin.outcome import usage
from tui_call.cli.admin.showing import moment
from tui_call.cli.outcome import FAILED
from tui_call.cli.session import json_option, say, say_json
from tui_call.sentences import paragraph_of, text_of

if TYPE_CHECKING:
    from tui_call.service.database.examining import StoreFacts
    from tui_call.service.store_place import StorePlace

_state_directory = click.option(
    "--state-directory", type=click.Path(path_type=Path), help="Where the service keeps it."
)


@click.group(help=paragraph_of("H_ADMIN_STORE"))
def store() -> None:
    """The store."""


@store.command(help=paragraph_of("H_ADMIN_STORE_CHECK"))
@_state_directory
@json_option
@click.pass_context
def check(context: click.Context, state_directory: Path | None, as_json: bool) -> None:
    """Check it."""
    place = _place(context.obj, state_directory)
    facts = asyncio.run(place.examine())
    if as_json:
        say_json({**_figures(facts), "faults": facts.faults})
    else:
        _say_facts("V_STORE_IS", "PostgreSQL" if place.url else place.file, facts)
        for fault in facts.faults:
            say(fault)
        say(text_of("V_STORE_CHECKED", "faults" if facts.faults else "good", n=len(facts.faults)))
    context.exit(FAILED if facts.faults else 0)


@store.command(help=paragraph_of("H_ADMIN_STORE_BACKUP"))
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--yes", is_flag=True, help="Take the place of a file that is there.")
@_state_directory
@json_option
@click.pass_obj
def backup(
    profile: str, file: Path, yes: bool, state_directory: Path | None, as_json: bool
) -> None:
    """Back it up."""
    from tui_call.service.backup import back_up

    facts = back_up(_place(profile, state_directory), file, replace=yes)
    if as_json:
        say_json({"file": str(file), **_figures(facts)})
    else:
        _say_facts("V_STORE_BACKED_UP", file, facts)
        say(text_of("V_STORE_SECRET"))


@store.command(help=paragraph_of("H_ADMIN_STORE_RESTORE"))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--yes", is_flag=True, help="Do not ask.")
@_state_directory
@json_option
@click.pass_obj
def restore(
    profile: str, file: Path, yes: bool, state_directory: Path | None, as_json: bool
) -> None:
    """Put a backup back."""
    from tui_call.service.backup import restore as put_back

    place = _place(profile, state_directory)
    if not yes and place.file.exists():
        if not sys.stdin.isatty():
            raise usage("A_USAGE", "yes")
        click.confirm(text_of("V_ASK_RESTORE_STORE", path=place.directory), abort=True, err=True)
    restored = asyncio.run(put_back(place, file))
    aside = str(restored.aside) if restored.aside else ""
    if as_json:
        facts = _figures(restored.facts)
        say_json({"made": restored.made, **facts, "before": aside})
        return
    _say_facts("V_STORE_RESTORED", moment(restored.made), restored.facts)
    if aside:
        say(text_of("V_STORE_ASIDE", file=aside))


def _place(profile: str, state_directory: Path | None) -> "StorePlace":
    from tui_call.cli.service_options import store_place

    return store_place(profile, state_directory)


def _figures(facts: "StoreFacts") -> dict[str, str | int]:
    return {"organisation": facts.organisation, "name": facts.name, "people": facts.people}


def _say_facts(code: str, what: object, facts: "StoreFacts") -> None:
    name = facts.name
    say(text_of(code, what=what, org=facts.organisation, name=name, n=facts.people))
