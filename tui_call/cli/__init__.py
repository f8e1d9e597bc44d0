"""The command line: each command is a thin face over the engine's control socket.

Commands are found by name in `_COMMANDS` and imported when they run, so that `tui-call status`
starts in a fraction of the time that the whole application needs.
"""

import importlib
import sys

import click

from tui_call.cli.outcome import end_with, take_over_output
from tui_call.control import platform
from tui_call.errors import TuiCallError
from tui_call.sentences import paragraph_of

_ORDERS = (
    "block", "contact", "decline", "dnd", "forget", "hangup", "hold", "mute", "note", "reconnect",
    "swap", "talk", "unblock",
)  # fmt: skip
_COMMANDS = {
    **dict.fromkeys(_ORDERS, "orders"),
    "answer": "calls",
    "call": "calls",
    "calls": "showing",
    "contacts": "showing",
    "history": "showing",
    "stats": "showing",
    "status": "showing",
    "watch": "showing",
    "keys": "keys",
    "invite": "people",
    "join": "people",
    "name": "people",
    "admin": "admin",
    "demo": "demo",
    "device": "devices",
    "doctor": "doctor",
    "drill": "drill",
    "engine": "processes",
    "export": "backup",
    "restore": "backup",
    "serve": "processes",
    "stop": "processes",
}


class _LazyGroup(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(f"tui_call.cli.{_COMMANDS[cmd_name]}")
        return module.command_of(cmd_name) if cmd_name in _ORDERS else getattr(module, cmd_name)


def _check_profile(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    from tui_call.config.paths import ProfilePaths

    try:
        ProfilePaths(value)
    except TuiCallError as error:
        raise click.BadParameter(str(error)) from error
    return value


@click.group(
    cls=_LazyGroup,
    help=paragraph_of("H_TUI_CALL"),
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option(
    "--profile",
    default="default",
    metavar="NAME",
    callback=_check_profile,
    envvar="TUI_CALL_PROFILE",
    help="Another person on this machine.",
)
@click.option("--linear", is_flag=True, help="Lines instead of a full screen; for screen readers.")
@click.version_option(package_name="tui-call")
@click.pass_context
def cli(context: click.Context, profile: str, linear: bool) -> None:
    """Voice calling in the terminal, end-to-end encrypted. Without a command: open the app."""
    context.obj = profile
    if context.invoked_subcommand is None:
        from tui_call.cli.app import open_app

        open_app(profile, linear=linear)


def main() -> None:
    """Run the command line; a fault is one sentence on stderr, and an exit status."""
    take_over_output()
    platform.keep_memory_out_of_core_dumps()
    sys.exit(end_with(lambda: cli(prog_name="tui-call")))
