"""The processes that run in the background: engine and service."""

import asyncio
import contextlib
from pathlib import Path

import click

from tui_call.cli.session import run, say, verb_command
from tui_call.control.actions import Stop
from tui_call.control.client import EngineClient, EngineUnreachable
from tui_call.control.versions import OtherVersion, end_engine
from tui_call.errors import LocalFault
from tui_call.sentences import paragraph_of, text_of

_END_WITHIN = 30.0


class NotEnded(LocalFault):
    """The engine was told to end, and has not yet. Its log says what it waits for."""


@click.command(hidden=True, help=paragraph_of("H_ENGINE"))
@click.option("--name", default="", help="Set up under this name if the profile is new.")
@click.option("--invite-file", type=click.Path(path_type=Path), help="Where the invite link is.")
@click.option("--loss", type=click.FloatRange(0, 90), default=0.0, help="For the demo.")
@click.option("--jitter", type=click.FloatRange(0, 1000), default=0.0, help="For the demo.")
@click.option("--burst", type=click.IntRange(1, 50), default=1, help="For the demo.")
@click.option("--outage", type=click.FloatRange(0, 5000), default=0.0, help="For the demo.")
@click.option("--seed", type=int, default=0, help="For the demo.")
@click.option("--delay", type=click.FloatRange(0, 1000), default=0.0, help="For benchmarks.")
@click.pass_obj
def engine(
    profile: str,
    name: str,
    invite_file: Path | None,
    loss: float,
    jitter: float,
    burst: int,
    outage: float,
    seed: int,
    delay: float,
) -> None:
    """Run a profile's engine; the app starts it by itself."""
    from tui_call.engine.main import EngineOptions, run_engine

    options = EngineOptions(profile, name, invite_file, loss, jitter, burst, outage, seed, delay)
    asyncio.run(run_engine(options))


async def _end_other(profile: str, version: int) -> None:
    """End an engine of another version, which understands no other order."""
    from tui_call.config.paths import ProfilePaths
    from tui_call.control.door import Door

    try:
        async with asyncio.timeout(_END_WITHIN):
            await end_engine(Door.of(ProfilePaths(profile)).find(), version)
    except TimeoutError as error:
        raise NotEnded from error


@verb_command("stop")
@click.pass_obj
def stop(profile: str) -> None:
    """End the engine, of whatever version it is."""

    async def work(client: EngineClient) -> None:
        async with asyncio.timeout(_END_WITHIN):
            with contextlib.suppress(EngineUnreachable):  # it was quicker than its answer
                await client.command(Stop())
            async for _ in client.lines():
                pass

    try:
        run(profile, work, start=False)
    except OtherVersion as older:
        asyncio.run(_end_other(profile, older.version))
    except TimeoutError as error:
        raise NotEnded from error
    say(text_of("V_STOPPED"))
