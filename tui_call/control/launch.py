"""Starting the engine and the personal service, and attaching to an engine.

An engine is one process a profile, the personal service one process a user; both outlive the
terminal that caused them. What they print goes to a file in the state directory.
"""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from tui_call.config.paths import ProfilePaths
from tui_call.control import platform
from tui_call.control.client import EngineClient, EngineUnreachable, ForeignListener
from tui_call.control.door import Door
from tui_call.errors import LocalFault
from tui_call.sentences import text_of

if TYPE_CHECKING:
    from tui_call.control.processes import Process

START_WITHIN = 60.0
POLL = 0.03
ANOTHER_WITHIN = 2.0
"""Seconds for another engine of the profile to answer, after ours ended."""
ENGINE_ERRORS = "engine.err"


class ProcessFailed(LocalFault):
    """A process of tui-call did not start. Its log in the state directory says why."""


async def connect(profile: str, client: str = "tui", *, lists: bool = True) -> EngineClient:
    """Connect to the profile's engine; none is started.

    Args:
        profile: name of the profile, "default" if the person named none.
        client: "tui" for a screen, "cli" for a command.
        lists: be told of people and past calls, too.

    Raises:
        EngineUnreachable: none runs.
        ForeignListener: another user listens in its place.
    """
    try:
        path = Door.of(ProfilePaths(profile)).find()
    except platform.ForeignOwner as error:
        raise ForeignListener from error
    except OSError as error:
        raise EngineUnreachable from error
    return await EngineClient.connect(path, client, lists=lists)


async def attach(profile: str, client: str = "tui") -> EngineClient:
    """Connect to the profile's engine; start it if none runs.

    Where another user listens in its place it starts, too, and listens elsewhere.

    Args:
        profile: name of the profile, "default" if the person named none.
        client: "tui" for a screen, "cli" for a command.

    Raises:
        ProcessFailed: the engine ended or did not listen within a minute.
    """
    try:
        return await connect(profile, client)
    except EngineUnreachable:
        process = start_engine(profile)
    return await attach_to(profile, process, client)


def start_engine(
    profile: str, arguments: tuple[str, ...] = (), environment: dict[str, str] | None = None
) -> "Process":
    """Start a profile's engine in the background.

    Args:
        profile: name of the profile.
        arguments: further arguments of `tui-call engine`.
        environment: variables added to the own environment.
    """
    log = ProfilePaths(profile).state_directory / ENGINE_ERRORS
    return _start(("--profile", profile, "engine", *arguments), log, environment)


def start_personal_service() -> "Process":
    """Start this user's personal service in the background; a second one ends by itself."""
    return _start(("serve", "--personal"), _service_log())


def start_beside(module: str, arguments: tuple[str, ...], log: Path) -> "Process":
    """Start a process of a service in the background.

    Args:
        module: as in `python -m tui_call.bridge`.
        arguments: of it.
        log: where it writes what goes wrong.

    Raises:
        ProcessFailed: that file cannot be written.
    """
    return _start(arguments, log, module=module)


async def attach_to(
    profile: str,
    process: "Process",
    client: str,
) -> EngineClient:
    """Connect to an engine that was just started.

    Args:
        profile: name of the profile.
        process: what `start_engine` returned.
        client: "tui" for a screen, "cli" for a command.

    Raises:
        ProcessFailed: the engine ended or did not listen within a minute.
    """
    clock = asyncio.get_running_loop().time
    deadline, ended = clock() + START_WITHIN, False
    while True:
        # Another engine of this profile may have been quicker: then ours ends, and that one answers
        # once it listens again where it was lost.
        if not ended and process.poll() is not None:
            ended, deadline = True, min(deadline, clock() + ANOTHER_WITHIN)
        try:
            return await connect(profile, client)
        except EngineUnreachable:
            if clock() > deadline:
                break
        await asyncio.sleep(POLL)
    words = ended and _last_words(ProfilePaths(profile).state_directory / ENGINE_ERRORS)
    raise ProcessFailed("engine" if words else "", reason=words)


def why_no_personal_service() -> str:
    """Return what the personal service that was started last said in the end, "" if nothing."""
    return _last_words(_service_log())


def runs_already() -> str:
    """Return what a personal service says in the end that found another one running."""
    return text_of("F_SERVICE_ALREADY_RUNNING", path=_service_log().parent)


def _service_log() -> Path:
    return ProfilePaths("default").service_state_directory / "service.err"


def _last_words(log: Path) -> str:
    try:
        lines = log.read_text(errors="replace").splitlines()
    except OSError:
        return ""
    said = next((line for line in reversed(lines) if line.strip()), "")
    return said.removeprefix("tui-call: ")


def _start(
    arguments: tuple[str, ...],
    log: Path,
    environment: dict[str, str] | None = None,
    module: str = "tui_call",
) -> "Process":
    # With it come all settings: a screen whose engine runs needs none of it.
    from tui_call.control import processes

    platform.make_private_directory(log.parent)
    try:
        with log.open("wb") as errors:
            return processes.start_in_background(module, arguments, errors, environment or {})
    except OSError as error:
        raise ProcessFailed("log", path=log, reason=error.strerror) from error
