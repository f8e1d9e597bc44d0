"""Engines that live only for a demonstration or a drill, with files of their own.

Nothing of the user's profiles is read or written. What was started is ended and the files are
removed, also when the terminal is closed, unless this process is killed: engines that nobody is
attached to end by themselves then.
"""

import asyncio
import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from tui_call.config.paths import ProfilePaths
from tui_call.control import launch, platform
from tui_call.control.actions import Stop
from tui_call.control.client import EngineClient, wait_until
from tui_call.control.door import Door
from tui_call.control.processes import Process
from tui_call.errors import LocalFault

STEP_WITHIN = 20.0
_SETTINGS = "TUI_CALL_"
_OF_THIS_COMPUTER = ("TUI_CALL_AUDIO__", "TUI_CALL_UI__")
"""Settings in the environment that hold for whoever uses this computer and terminal."""


_left: list[Callable[[], None]] = []
"""What ends and removes the rest if the terminal is closed, in the order in which it was made."""


class RehearsalFailed(LocalFault):
    """What was to be shown did not come to an end."""


@contextmanager
def temporary_home() -> Generator[Path]:
    """Let all files of this process and of those that it starts be below one directory.

    The user's settings in the environment do not count meanwhile, but those of sound and screen.
    Afterwards the directory is removed, and the environment is as before.
    """
    with (
        tempfile.TemporaryDirectory(prefix="tui-call-home-", ignore_cleanup_errors=True) as home,
        _left_on_hang_up(lambda: shutil.rmtree(home, ignore_errors=True)),
        platform.putting_in_order_on_hang_up(_put_in_order),
    ):
        before = dict(os.environ)
        for name in before:
            if name.startswith(_SETTINGS) and not name.startswith(_OF_THIS_COMPUTER):
                del os.environ[name]
        os.environ["TUI_CALL_HOME"] = home
        os.environ["TUI_CALL_SERVICE__IDLE_END_S"] = "1"
        os.environ["TUI_CALL_SERVICE__LISTEN"] = "127.0.0.1"
        try:
            yield Path(home)
        finally:
            os.environ.clear()
            os.environ.update(before)


@asynccontextmanager
async def engines(
    *profiles: str, arguments: tuple[str, ...] = ()
) -> AsyncGenerator[tuple[EngineClient, ...]]:
    """Run an engine for each profile, and be attached to them.

    Args:
        profiles: their names; to be used within a `temporary_home`.
        arguments: further arguments of `tui-call engine`.

    Raises:
        ProcessFailed: one did not start.
    """
    processes: list[Process] = []
    attached: list[EngineClient] = []
    with _left_on_hang_up(lambda: _end(processes, processes, profiles)):
        try:
            processes.extend(launch.start_engine(profile, arguments) for profile in profiles)
            for profile, process in zip(profiles, processes, strict=True):
                attached.append(await launch.attach_to(profile, process, "cli"))
            yield tuple(attached)
        finally:
            for client in attached:
                await _stop(client)
            not_told = processes[len(attached) :]
            await asyncio.to_thread(_end, processes, not_told, profiles)


@contextmanager
def _left_on_hang_up(put_in_order: Callable[[], None]) -> Generator[None]:
    _left.append(put_in_order)
    try:
        yield
    finally:
        _left.remove(put_in_order)


def _put_in_order() -> None:
    for put_in_order in reversed(_left):
        put_in_order()


async def _stop(client: EngineClient) -> None:
    try:
        with contextlib.suppress(LocalFault):
            await client.command(Stop())
    finally:
        await client.close()


def _end(
    processes: Sequence[Process],
    not_told: Sequence[Process],
    profiles: Sequence[str],
) -> None:
    """See the end of engines, after telling those that nobody told; remove what is elsewhere."""
    for process in not_told:
        process.terminate()
    for process in processes:
        try:
            process.wait(STEP_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    for profile in profiles:
        # It is not in the home where the home's path is too long for a socket's.
        Door.of(ProfilePaths(profile)).clear()


async def reach(client: EngineClient, condition: Callable[[EngineClient], bool], what: str) -> None:
    """Wait until the engine's state is such.

    Raises:
        RehearsalFailed: it is not after `STEP_WITHIN` seconds; the words name `what`.
    """
    if await wait_until(client, condition, STEP_WITHIN):
        return
    call = client.snapshot.front
    if call and call.end_reason:
        raise RehearsalFailed(call.end_reason)
    raise RehearsalFailed("waited", n=round(STEP_WITHIN), what=what)


def phase(wanted: str) -> Callable[[EngineClient], bool]:
    """Return, as a condition, whether the engine's call is in a phase."""
    return lambda at: at.snapshot.front is not None and at.snapshot.front.phase == wanted


def rings(client: EngineClient) -> bool:
    """Whether a call rings there."""
    call = client.snapshot.front
    return call is not None and call.ringing_here and call.phase != "ended"
