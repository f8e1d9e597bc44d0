"""How a process of tui-call is started: nothing comes from where the person happens to stand.

Its modules are those of this installation, whatever lies in the directory of the terminal. It
stands at the root, so that it holds no directory that somebody wants to remove, and what its
environment says relative to here is said absolutely.
"""

import asyncio
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from tui_call.config.load import variable_of
from tui_call.config.schema import settings
from tui_call.config.sections import ClientConfig, ServiceConfig
from tui_call.control import platform

Process = subprocess.Popen[bytes]

ROOT = os.path.abspath(os.sep)  # noqa: PTH100 - of a drive, where there are several

_PATHS = (
    "TUI_CALL_HOME",
    *(
        variable_of(row.key)
        for config in (ClientConfig, ServiceConfig)
        for row in settings(config).values()
        if row.path
    ),
)
_MODULES = "PYTHONPATH"


def start_in_background(
    module: str, arguments: tuple[str, ...], errors: IO[bytes], added: Mapping[str, str]
) -> Process:
    """Start a process of tui-call so that it outlives its terminal.

    Args:
        module: its whole name.
        arguments: of its command line.
        errors: where it writes what goes wrong.
        added: variables added to the own environment.
    """
    command = _command(module, *arguments)
    return platform.start_detached(command, errors, environment(added), ROOT)


def run_module(module: str, given: bytes = b"", within: float | None = None) -> tuple[int, bytes]:
    """Run a short-lived module of tui-call; return its exit status and its output.

    Args:
        module: its whole name.
        given: its standard input.
        within: seconds until it is ended, None for as long as it takes.

    Raises:
        OSError: it cannot be started.
        subprocess.TimeoutExpired: it took longer.
    """
    ended = subprocess.run(  # noqa: S603 - our own program with our own arguments
        _command(module),
        input=given,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
        env=environment({}),
        timeout=within,
        check=False,
    )
    return ended.returncode, ended.stdout


async def start_to_talk(
    module: str, arguments: tuple[str, ...], errors: IO[bytes] | None
) -> asyncio.subprocess.Process:
    """Start a process of tui-call that is talked to through its standard input and output.

    Args:
        module: its whole name.
        arguments: of its command line.
        errors: where it writes what goes wrong, None for nowhere.

    Raises:
        OSError: it cannot be started.
    """
    return await asyncio.create_subprocess_exec(
        *_command(module, *arguments),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors or subprocess.DEVNULL,
        cwd=ROOT,
        env=environment({}),
    )


def start_to_listen(program: Path, *arguments: str) -> Process:
    """Start a program of this computer, in English, for what it writes to its output.

    Raises:
        OSError: it cannot be started.
    """
    return subprocess.Popen(  # noqa: S603 - by its full path
        (program, *arguments),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
        env=environment({"LC_ALL": "C"}),
    )


def environment(added: Mapping[str, str]) -> dict[str, str]:
    """Return the own environment for a process that stands elsewhere."""
    variables = {**os.environ, **added}
    for name in _PATHS:
        if variables.get(name):
            variables[name] = str(Path(variables[name]).expanduser().absolute())
    if _MODULES in variables:
        places = variables[_MODULES].split(os.pathsep)
        variables[_MODULES] = os.pathsep.join(
            place for place in places if Path(place).is_absolute()
        )
    return variables


def _command(module: str, *arguments: str) -> tuple[str, ...]:
    # -P: the directory of the process is no place to look for modules.
    return (sys.executable, "-P", "-m", module, *arguments)
