"""Opening the app."""

import os
import sys

import click

from tui_call.errors import LocalFault


class NoTerminal(LocalFault):
    """The app needs a terminal. See tui-call --help for commands that need none."""


def expect_terminal() -> None:
    """Check that the app has where to draw and to hear keys; lines need nothing.

    Raises:
        NoTerminal: there is none.
    """
    streams = (sys.stdin, sys.stdout, sys.stderr)
    if not only_lines() and not all(stream.isatty() for stream in streams):
        raise NoTerminal


def open_app(profile: str) -> None:
    """Show the full-screen app, or lines where these are asked for.

    Raises:
        NoTerminal: there is nowhere to show the app.
    """
    from tui_call.control import launch
    from tui_call.control.client import EngineClient

    async def attach() -> EngineClient:
        return await launch.attach(profile, "tui")

    async def find() -> EngineClient:
        return await launch.connect(profile, "tui")

    if only_lines():
        from tui_call.tui.linear import run_linear

        run_linear(attach)
        return
    expect_terminal()
    from tui_call.tui.app import TuiCallApp

    last_words = TuiCallApp(attach, find=find).show()
    if last_words:
        click.echo(last_words)


def only_lines() -> bool:
    """Whether lines are asked for, before any command, or the terminal cannot do more."""
    asked = click.get_current_context().find_root().params["linear"]
    return asked or os.environ.get("TERM", "dumb") == "dumb"
