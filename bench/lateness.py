"""How late the frames of a call arrive while something else goes on.

They are timed as they arrive, before a jitter buffer hides that they are late. The service of the
call is this process.
"""

import asyncio
import contextlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import numpy as np

from tui_call.calls.path_monitor import FRAME_SECONDS
from tui_call.control import launch
from tui_call.control.actions import Answer, Call, SetUp, Stop, UseFiles
from tui_call.control.client import EngineClient
from tui_call.drill.rehearsal import phase, reach, rings, temporary_home
from tui_call.logs import log_to
from tui_call.service.main import LOG_FILE
from tui_call.service.server import Service, ServiceOptions
from tui_call.signaling.service_file import read_local_invite

SIDES = ("caller", "callee")

Beside = Callable[[Service, EngineClient, EngineClient], AbstractAsyncContextManager[object]]


def nothing(*_: object) -> AbstractAsyncContextManager[None]:
    """Let nothing else go on."""
    return contextlib.nullcontext()


async def frames_late(seconds: float, beside: Beside = nothing) -> float:
    """Make a call in which something else goes on.

    Args:
        seconds: how long it lasts.
        beside: makes what goes on meanwhile, of the service, the caller and the callee.

    Returns:
        The 99th percentile of how much later than the median one frames arrived, at the side that
        has more of it, in milliseconds.
    """
    with temporary_home(), tempfile.TemporaryDirectory(prefix="tui-call-late-") as name:
        directory = Path(name)
        log_to(directory / LOG_FILE)
        async with (
            Service(ServiceOptions(directory, listen="127.0.0.1")) as service,
            _engines(directory) as (caller, callee),
        ):
            for side, client in zip(SIDES, (caller, callee), strict=True):
                await _join(client, side, read_local_invite(directory))
                await client.command(UseFiles("", ""))
            await caller.command(Call(callee.snapshot.me.account))
            await reach(callee, rings, "ringing")
            await callee.command(Answer())
            for client in (caller, callee):
                await reach(client, phase("active"), "the call")
            async with beside(service, caller, callee):
                began = time.monotonic()
                await asyncio.sleep(seconds)
                ended = time.monotonic()
        return max(_late(directory / side, began, ended) for side in SIDES)


def _late(arrivals: Path, began: float, ended: float) -> float:
    """Return the 99th percentile of lateness of what arrived in a span of time."""
    arrived = np.array(
        [(n, at) for n, at in json.loads(arrivals.read_text()) if began < at < ended]
    )
    transit = (arrived[:, 1] - arrived[:, 0] * FRAME_SECONDS) * 1000
    return float(np.percentile(transit, 99) - np.median(transit))


@contextlib.asynccontextmanager
async def _engines(directory: Path) -> AsyncIterator[list[EngineClient]]:
    """Run two engines that write down, below a directory, when frames arrive."""
    processes = [
        subprocess.Popen(  # noqa: ASYNC220 - nothing else runs yet
            [sys.executable, "-m", "bench.watched_engine", side, str(directory / side)]
        )
        for side in SIDES
    ]
    attached: list[EngineClient] = []
    try:
        for side, process in zip(SIDES, processes, strict=True):
            attached.append(await launch.attach_to(side, process, "cli"))
        yield attached
    finally:
        for client in attached:
            await client.command(Stop())
            await client.close()
        for process in processes[len(attached) :]:
            process.terminate()
        for process in processes:
            await asyncio.to_thread(process.wait)


async def _join(client: EngineClient, name: str, invite: str) -> None:
    await client.command(SetUp(name.title(), e2ee=True, invite=invite, protection="plain"))
    await reach(client, lambda at: at.snapshot.encryption.on, "E2EE")
