"""Calls from the command line: place, answer, look, mute, end."""

import asyncio
import contextlib
import sys
from pathlib import Path
from typing import Self

import click

from tui_call.cli.app import expect_terminal, open_app
from tui_call.cli.keys import code_json
from tui_call.cli.session import (
    NoCall,
    be_online,
    current_call,
    order,
    path_for_engine,
    run,
    say,
    say_json,
    sentence_text,
    wait_until,
)
from tui_call.control import platform
from tui_call.control.actions import Answer, Call, FindNewPath, HangUp, Mute, UseFiles
from tui_call.control.client import EngineClient, added
from tui_call.control.figures import named_figures
from tui_call.control.views import EventView
from tui_call.errors import LocalFault
from tui_call.foreign_text import clean

RING_SECONDS = 90.0
_FIGURES_WITHIN = 3.0  # they are told once a second while there is sound
_LONGEST_NAME = 200

_headless = click.option("--headless", is_flag=True, help="No screen; ends with the call.")
_input = click.option(
    "--input", "source", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Sound file that is spoken in place of the microphone.",
)  # fmt: skip
_output = click.option(
    "--output", "target", type=click.Path(dir_okay=False, path_type=Path),
    help="WAV file for what is heard, in place of the speaker.",
)  # fmt: skip
_seconds = click.option(
    "--seconds", type=click.FloatRange(0.1, 86_400), help="Hang up after so long."
)
_json = click.option("--json", "as_json", is_flag=True, help="One line of JSON.")


@click.command()
@click.argument("name")
@_headless
@_input
@_output
@_seconds
@_json
@click.pass_obj
def call(
    profile: str,
    name: str,
    headless: bool,
    source: Path | None,
    target: Path | None,
    seconds: float | None,
    as_json: bool,
) -> None:
    """Call NAME (a name or an address); without --headless or files the app opens on the call."""
    if not (headless or source or target):
        expect_terminal()
        run(profile, lambda client: _place(client, name))
        open_app(profile, linear=False)
        return

    async def work(client: EngineClient) -> int:
        async with _Files(client, source, target) as files:
            await _place(client, name)
            spoke = await _follow(client, seconds, as_json)
        return _report(client, spoke, files.problem, as_json)

    sys.exit(run(profile, work))


@click.command()
@_headless
@_input
@_output
@_seconds
@_json
@click.option("--wait", type=click.FloatRange(0, 86_400), default=3600.0, help="Seconds to wait.")
@click.pass_obj
def answer(
    profile: str,
    headless: bool,
    source: Path | None,
    target: Path | None,
    seconds: float | None,
    as_json: bool,
    wait: float,
) -> None:
    """Answer the call that rings, or the next one."""
    if not headless:
        expect_terminal()

    async def work(client: EngineClient) -> int:
        await be_online(client)
        async with _Files(client, source, target) as files:
            if not await wait_until(client, _rings_here, wait):
                say("Nobody called.")
                return 1
            await client.command(Answer())
            # Files are for this call alone, so this command stays with it where there are any.
            if not (headless or source or target):
                return 0
            spoke = await _follow(client, seconds, as_json)
        return _report(client, spoke, files.problem, as_json)

    code = run(profile, work)
    if headless or code:
        sys.exit(code)
    open_app(profile, linear=False)


@click.command()
@_json
@click.pass_obj
def status(profile: str, as_json: bool) -> None:
    """Say in one line what goes on; the shield comes first."""

    async def work(client: EngineClient) -> None:
        snapshot = client.snapshot
        if as_json:
            say_json(
                {
                    "service": snapshot.service,
                    "encryption": snapshot.encryption,
                    "calls": snapshot.calls,
                }
            )
        elif found := current_call(client):
            parts = [found.shield.label, found.member.name, found.phase]
            parts += [found.microphone_word, found.quality, found.path]
            say("  ".join(part for part in parts if part))
        else:
            problem = snapshot.service.problem.text if snapshot.service.problem else ""
            service = f"Service: {snapshot.service.state}. {problem}".strip()
            say(f"No call. {snapshot.encryption.status.text} {service}")

    run(profile, work, start=False)


@click.command()
@_json
@click.pass_obj
def stats(profile: str, as_json: bool) -> None:
    """Say how the connection of the call does; --json gives null where there is no sound yet."""

    async def work(client: EngineClient) -> None:
        if current_call(client) is None:
            raise NoCall
        await wait_until(client, lambda at: at.statistics is not None, _FIGURES_WITHIN)
        figures = client.statistics
        if as_json:
            say_json({"statistics": figures})
            return
        for name, value in named_figures(figures) if figures else [("No sound yet.", "")]:
            say(f"{name:<17}{value}".rstrip())

    run(profile, work, start=False)


@click.command()
@click.pass_obj
def hangup(profile: str) -> None:
    """End, cancel or decline the call."""
    order(profile, HangUp())
    say("Ended.")


@click.command()
@click.argument("on", type=click.Choice(["on", "off", "toggle"]), default="toggle")
@click.pass_obj
def mute(profile: str, on: str) -> None:
    """Mute the microphone, open it, or toggle."""
    order(profile, Mute({"on": True, "off": False, "toggle": None}[on]))

    async def work(client: EngineClient) -> None:
        found = current_call(client)
        say(found.microphone_word if found else "No call.")

    run(profile, work, start=False)


@click.command()
@click.pass_obj
def reconnect(profile: str) -> None:
    """Look for another way through the network; the call goes on meanwhile."""
    order(profile, FindNewPath())
    say("Looking for another way. The call goes on meanwhile.")


def _rings_here(client: EngineClient) -> bool:
    found = current_call(client)
    return found is not None and found.ringing_here


async def _place(client: EngineClient, name: str) -> None:
    await be_online(client)
    await client.command(Call(clean(name, _LONGEST_NAME)))


class _Files:
    """Speaks from and writes to files in the call of its block, and in no other.

    Attributes:
        problem: what went wrong with them, known after the block.
    """

    def __init__(self, client: EngineClient, source: Path | None, target: Path | None) -> None:
        self.problem: dict[str, str] | None = None
        self._client = client
        self._use = UseFiles(
            path_for_engine(source) if source else "", path_for_engine(target) if target else ""
        )

    async def __aenter__(self) -> Self:
        if self._use != UseFiles():
            await self._client.command(self._use)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._use == UseFiles():
            return
        with contextlib.suppress(LocalFault):
            result = await self._client.command(UseFiles())
            self.problem = {name: str(value) for name, value in result.items()} or None


async def _follow(client: EngineClient, seconds: float | None, as_json: bool) -> bool:
    """Stay with the call until it ends; True if people could speak.

    Ctrl+c and SIGTERM hang up: nobody may be left speaking whose script has ended.
    """
    following = asyncio.current_task()
    assert following is not None

    def stop() -> None:
        following.cancel()

    platform.stop_on_signals(asyncio.get_running_loop(), stop, hang_up="ends")
    try:
        return await _until_the_end(client, seconds, as_json)
    except asyncio.CancelledError:
        await _hang_up(client)
        raise


async def _hang_up(client: EngineClient) -> None:
    with contextlib.suppress(LocalFault):  # the other side may have been quicker
        await client.command(HangUp())


async def _until_the_end(client: EngineClient, seconds: float | None, as_json: bool) -> bool:
    told: tuple[EventView, ...] = ()
    deadline: float | None = None
    spoke = False
    loop = asyncio.get_running_loop()
    while (found := client.snapshot.front) is not None and not found.is_told:
        for event in added(told, found.events):
            if not as_json:
                say(event.sentence.text)
        told = found.events
        if found.phase == "active" and not spoke:
            spoke = True
            deadline = loop.time() + seconds if seconds else None
        left = deadline - loop.time() if deadline else RING_SECONDS
        if left <= 0:
            deadline = None
            await _hang_up(client)
            continue  # the end may have been told before the answer
        await _one_change(client, left)
    return spoke


async def _one_change(client: EngineClient, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await client.wait_for_change()
    except TimeoutError:
        return


def _report(
    client: EngineClient, spoke: bool, problem: dict[str, str] | None, as_json: bool
) -> int:
    """Say how the call ended; 0 if people could speak and files got all of it."""
    ended = client.snapshot.front
    reason = ended.end_reason if ended else None
    if as_json:
        say_json(
            {
                "kind": "e2ee",
                "spoke": spoke,
                "code": code_json(ended.member.code) if ended and ended.member.code else None,
                "end": {"code": reason.code, "text": reason.whole} if reason else None,
                "problem": problem,
                "statistics": client.statistics,
            }
        )
    else:
        if reason:
            say(sentence_text(reason))
        if problem:
            say("{text} [{code}]".format(**problem))
    return 1 if problem or not spoke else 0
