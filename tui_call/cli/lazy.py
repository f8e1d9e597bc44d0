"""A group of commands whose modules are imported when a command of theirs is asked for.

So `tui-call status` starts in a fraction of the time that the whole application needs.
"""

import importlib
from collections.abc import Mapping
from typing import Any

import click


class LazyGroup(click.Group):
    """Commands by name; each is an attribute of that name in its module, or made by `command_of`.

    Args:
        modules: name of the module of each command.
    """

    def __init__(self, *args: Any, modules: Mapping[str, str], **options: Any) -> None:
        super().__init__(*args, **options)
        self._modules = modules

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names in order."""
        return sorted(self._modules)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Return a command, None if there is none of this name."""
        if cmd_name not in self._modules:
            return None
        module = importlib.import_module(self._modules[cmd_name])
        if hasattr(module, "command_of"):
            return module.command_of(cmd_name)
        return getattr(module, cmd_name)
