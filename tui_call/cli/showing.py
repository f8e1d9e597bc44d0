"""Commands that show what the engine knows: the calls, people, past calls, figures, changes."""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

import click

from tui_call.cli.session import (
    NoCall,
    be_online,
    expect_set_up,
    json_option,
    run,
    run_until_stopped,
    say,
    say_json,
    told_of_people,
    verb_command,
)
from tui_call.control.actions import ListParked
from tui_call.control.client import EngineClient, wait_until
from tui_call.control.deltas import Delta
from tui_call.control.figures import named_figures
from tui_call.control.finding import find_people
from tui_call.control.lines import SnapshotMessage
from tui_call.control.views import Snapshot, parked_calls
from tui_call.sentences import sentence, text_of
from tui_call.tui.plain import (
    current_call,
    lasting_calls,
    listed_call,
    parked_line,
    past_call_line,
    person_line,
    status_line,
)

_FIGURES_WITHIN = 3.0  # they are told once a second while there is sound
_T = TypeVar("_T")


@verb_command("status")
@json_option
@click.pass_obj
def status(profile: str, as_json: bool) -> None:
    """Print what goes on."""

    async def work(client: EngineClient) -> None:
        snapshot = client.snapshot
        if as_json:
            say_json(
                {
                    "service": snapshot.service,
                    "encryption": snapshot.encryption,
                    "presence": snapshot.me.presence,
                    "presence_until": snapshot.me.presence_until,
                    "calls": snapshot.calls,
                }
            )
        else:
            say(status_line(snapshot))

    run(profile, work, start=False, lists=False)


@verb_command("calls")
@json_option
@click.pass_obj
def calls(profile: str, as_json: bool) -> None:
    """Print the calls."""
    _show(profile, as_json, "calls", lasting_calls, listed_call, sentence("N_NOCALL").text)


@verb_command("contacts")
@click.argument("text", required=False, default="")
@json_option
@click.pass_obj
def contacts(profile: str, text: str, as_json: bool) -> None:
    """Print the people."""

    async def work(client: EngineClient) -> None:
        expect_set_up(client)
        await told_of_people(client)
        found = await find_people(client.command, lambda: client.snapshot, text)
        nothing = text_of("V_NONE_FOUND" if text else "V_NOBODY")
        _print(as_json, "people", found, person_line, nothing)

    run(profile, work)


@verb_command("history")
@json_option
@click.pass_obj
def history(profile: str, as_json: bool) -> None:
    """Print past calls, the newest first."""
    _show(profile, as_json, "history", lambda at: at.history, past_call_line, text_of("V_NO_CALLS"))


@verb_command("parked")
@json_option
@click.pass_obj
def parked(profile: str, as_json: bool) -> None:
    """Print what may be retrieved, by slot."""

    async def work(client: EngineClient) -> None:
        await be_online(client)
        found = parked_calls(await client.command(ListParked()))
        _print(as_json, "parked", found, parked_line, text_of("V_NONE_PARKED"))

    run(profile, work, lists=False)


@verb_command("stats")
@json_option
@click.pass_obj
def stats(profile: str, as_json: bool) -> None:
    """Print the figures of the connection; as JSON null where there is no sound yet."""

    async def work(client: EngineClient) -> None:
        if current_call(client.snapshot) is None:
            raise NoCall
        await wait_until(client, lambda at: at.statistics is not None, _FIGURES_WITHIN)
        figures = client.statistics
        if as_json:
            say_json({"statistics": figures})
            return
        for name, value in named_figures(figures) if figures else [(text_of("V_NO_SOUND"), "")]:
            say(f"{name:<17}{value}".rstrip())

    run(profile, work, start=False)


@verb_command("watch", "H_WATCH")
@json_option
@click.pass_obj
def watch(profile: str, as_json: bool) -> None:
    """Print what goes on each time that it changes, or as JSON each change."""

    async def work(client: EngineClient) -> None:
        told = ""
        if as_json:
            say_json(SnapshotMessage(client.snapshot))
        else:
            say(told := status_line(client.snapshot))
        async for update in client.lines():
            if as_json and isinstance(update, Delta | SnapshotMessage):
                say_json(update)
            elif not as_json and (now := status_line(client.snapshot)) != told:
                say(told := now)

    run_until_stopped(profile, work)


def _show(
    profile: str,
    as_json: bool,
    name: str,
    part: Callable[[Snapshot], Iterable[_T]],
    line: Callable[[_T], str],
    nothing: str,
) -> None:
    """Print a list of the snapshot, as one line of JSON or a line for each."""

    async def work(client: EngineClient) -> None:
        _print(as_json, name, list(part(client.snapshot)), line, nothing)

    run(profile, work, start=name != "calls")


def _print(
    as_json: bool, name: str, listed: Sequence[_T], line: Callable[[_T], str], nothing: str
) -> None:
    if as_json:
        say_json({name: listed})
        return
    for one in listed:
        say(line(one))
    if not listed:
        say(nothing)
