"""Placing and answering calls, with the app or without a screen."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

import click

from tui_call.cli.app import expect_terminal, open_app
from tui_call.cli.headless import Files, follow, report
from tui_call.cli.session import (
    be_online,
    clean_name,
    json_option,
    run,
    say,
    verb_command,
    wait_until,
)
from tui_call.control.actions import Answer, Call
from tui_call.control.client import EngineClient
from tui_call.control.views import CallView
from tui_call.errors import LocalFault
from tui_call.sentences import text_of

_LONGEST_NAME = 200
_WAIT = 3600.0

_OPTIONS = (
    click.option("--headless", is_flag=True, help="No screen; ends with the call."),
    click.option(
        "--input", "source", type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="Sound file that is spoken in place of the microphone.",
    ),
    click.option(
        "--output", "target", type=click.Path(dir_okay=False, path_type=Path),
        help="WAV file for what is heard, in place of the speaker.",
    ),
    click.option(
        "--seconds", type=click.FloatRange(0.1, 86_400), help="Hang up after so long."
    ),
    json_option,
)  # fmt: skip


class NobodyCalled(LocalFault):
    """Nothing rings that could be answered."""


def _headless_options(command: Callable[..., object]) -> Callable[..., object]:
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@verb_command("call")
@click.argument("names", nargs=-1, required=True, metavar="NAME…")
@click.option("--standard", is_flag=True, help="Not E2EE: through the bridge, which can hear.")
@click.option("--all", "all_join", is_flag=True, help="Of several, all who answer join.")
@_headless_options
@click.pass_obj
def call(
    profile: str,
    names: tuple[str, ...],
    standard: bool,
    all_join: bool,
    headless: bool,
    source: Path | None,
    target: Path | None,
    seconds: float | None,
    as_json: bool,
) -> None:
    """Call, and open the app on the call, or stay with it without a screen."""
    if not (headless or source or target):
        expect_terminal()
        run(profile, lambda client: _place(client, names, standard, all_join))
        open_app(profile)
        return

    async def work(client: EngineClient) -> int:
        async with Files(client, source, target) as files:
            placed = await _place(client, names, standard, all_join)
            followed = await follow(client, placed, seconds, as_json)
        return report(client, followed, files.problem, as_json)

    sys.exit(run(profile, work))


@verb_command("answer")
@click.option("--hold", "front", flag_value="hold", help="Hold the call that you are in.")
@click.option("--end", "front", flag_value="end", help="End the call that you are in.")
@_headless_options
@click.option(
    "--wait", type=click.FloatRange(0, 86_400), help="Seconds to wait; with --hold or --end none."
)
@click.pass_obj
def answer(
    profile: str,
    front: Literal["hold", "end"] | None,
    headless: bool,
    source: Path | None,
    target: Path | None,
    seconds: float | None,
    as_json: bool,
    wait: float | None,
) -> None:
    """Answer what rings, or what rings next; beside a call just what rings now."""
    if not (headless or front):
        expect_terminal()
    # An order about two calls, as a key of the desktop gives it, must not open the microphone to
    # somebody who calls an hour later.
    waits = _WAIT if wait is None and not front else wait or 0.0

    async def work(client: EngineClient) -> int:
        await be_online(client)
        async with Files(client, source, target) as files:
            if not await wait_until(client, lambda at: _ringing(at) is not None, waits):
                raise NobodyCalled
            ringing = _ringing(client)
            assert ringing is not None
            await client.command(Answer(front=front or "", call=ringing.id))
            # Files are for this call alone, so this command stays with it where there are any.
            if not (headless or source or target):
                if front:
                    say(text_of("V_ANSWERED"))
                return 0
            followed = await follow(client, ringing.id, seconds, as_json)
        return report(client, followed, files.problem, as_json)

    code = run(profile, work)
    if headless or front or code:
        sys.exit(code)
    open_app(profile)


def _ringing(client: EngineClient) -> CallView | None:
    """Return the call that may be answered here, the one in front first."""
    return next((call for call in client.snapshot.calls if call.ringing_here), None)


async def _place(client: EngineClient, names: Sequence[str], standard: bool, all_join: bool) -> str:
    """Begin a call and return its id."""
    await be_online(client)
    first, *others = (clean_name(name, _LONGEST_NAME) for name in names)
    order = Call(first, tuple(others), standard=standard, all_join=all_join)
    return str((await client.command(order))["call"])
