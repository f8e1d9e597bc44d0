"""The command line: each command is a thin face over the engine's control socket.

Commands are found by name in `_COMMANDS` and imported when they run.
"""

import sys

import click

from tui_call.cli.lazy import LazyGroup
from tui_call.cli.outcome import end_with, take_over_output
from tui_call.control import platform
from tui_call.errors import TuiCallError
from tui_call.sentences import paragraph_of

_ORDERS = (
    "add", "agree", "block", "complete", "contact", "decline", "dnd", "e2ee", "forget", "handover",
    "hangup", "hold", "leave", "merge", "mute", "no", "note", "park", "reconnect", "record",
    "retrieve", "swap", "talk", "transcribe", "transfer", "unblock", "yes",
)  # fmt: skip
_COMMANDS = {
    **dict.fromkeys(_ORDERS, "orders"),
    "answer": "calls",
    "call": "calls",
    "calls": "showing",
    "contacts": "showing",
    "history": "showing",
    "parked": "showing",
    "stats": "showing",
    "status": "showing",
    "watch": "showing",
    "captions": "kept",
    "recordings": "kept",
    "transcripts": "kept",
    "keys": "keys",
    "invite": "people",
    "join": "people",
    "name": "people",
    "admin": "admin",
    "config": "config",
    "demo": "demo",
    "device": "devices",
    "doctor": "doctor",
    "drill": "drill",
    "engine": "processes",
    "export": "backup",
    "restore": "backup",
    "serve": "serve",
    "stop": "processes",
}
_MODULES = {name: f"tui_call.cli.{module}" for name, module in _COMMANDS.items()}


def _check_profile(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    from tui_call.config.paths import ProfilePaths

    try:
        ProfilePaths(value)
    except TuiCallError as error:
        raise click.BadParameter(str(error)) from error
    return value


@click.group(
    cls=LazyGroup,
    modules=_MODULES,
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
def cli(context: click.Context, profile: str, linear: bool) -> None:  # noqa: ARG001 - read where it opens
    """Voice calling in the terminal, end-to-end encrypted. Without a command: open the app."""
    context.obj = profile
    if context.invoked_subcommand is None:
        from tui_call.cli.app import open_app

        open_app(profile)


def main() -> None:
    """Run the command line; a fault is one sentence on stderr, and an exit status."""
    take_over_output()
    platform.keep_memory_out_of_core_dumps()
    sys.exit(end_with(lambda: cli(prog_name="tui-call")))
