"""What a thousand forged invites a second do to a call: how late the frames of both sides arrive.

The service of the call is this process, and it sends them itself: no limit of an honest service is
in the way. Frames are timed as they arrive, before a jitter buffer hides that they are late.
"""

import asyncio
import contextlib
import json
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.handshake import identity
from tui_call.calls.path_monitor import FRAME_SECONDS
from tui_call.control import launch
from tui_call.control.client import EngineClient
from tui_call.control.messages import Answer, Call, SetUp, Stop, UseFiles
from tui_call.control.rehearsal import phase, reach, rings, temporary_home
from tui_call.e2ee.handshake import CallerHandshake
from tui_call.engine.entropy import SystemEntropy
from tui_call.identifiers import AccountId
from tui_call.service.logs import log_to
from tui_call.service.server import Service, ServiceOptions
from tui_call.signaling.messages import Deliver
from tui_call.signaling.service_file import read_local_invite

INVITES_A_SECOND = 1000
_TICK = 0.02
_FORGERS = 200
_SIDES = ("caller", "callee")


@dataclass(frozen=True, slots=True)
class Lateness:
    """How late frames arrive after the median one, 99th percentile, in milliseconds.

    Attributes:
        quiet: without the flood.
        flooded: with it, at the side that has more of it.
    """

    quiet: float
    flooded: float


def lateness_under_flood(seconds: float, runs: int) -> Lateness:
    """Make calls without and with forged invites in turn.

    Args:
        seconds: how long each call lasts.
        runs: how many calls of both kinds.

    Returns:
        Medians of the runs.
    """
    late: dict[bool, list[float]] = {False: [], True: []}
    for _ in range(runs):
        for flood, measured in late.items():
            measured.append(asyncio.run(_one(seconds, flood)))
    return Lateness(statistics.median(late[False]), statistics.median(late[True]))


async def _one(seconds: float, flood: bool) -> float:
    with temporary_home(), tempfile.TemporaryDirectory(prefix="tui-call-flood-") as name:
        directory = Path(name)
        log_to(directory)
        async with (
            Service(ServiceOptions(directory, listen="127.0.0.1")) as service,
            _engines(directory) as (caller, callee),
        ):
            for side, client in zip(_SIDES, (caller, callee), strict=True):
                await _join(client, side, read_local_invite(directory))
                await client.command(UseFiles("", ""))
            await caller.command(Call(callee.snapshot.me.account))
            await reach(callee, rings, "ringing")
            await callee.command(Answer())
            for client in (caller, callee):
                await reach(client, phase("active"), "the call")
            async with _forging(service, callee) if flood else contextlib.nullcontext():
                began = time.monotonic()
                await asyncio.sleep(seconds)
                ended = time.monotonic()
        return max(_late(directory / side, began, ended) for side in _SIDES)


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
        for side in _SIDES
    ]
    attached: list[EngineClient] = []
    try:
        for side, process in zip(_SIDES, processes, strict=True):
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


@contextlib.asynccontextmanager
async def _forging(service: Service, target: EngineClient) -> AsyncIterator[None]:
    forging = asyncio.create_task(_forge(service, target))
    try:
        yield
    finally:
        forging.cancel()


async def _forge(service: Service, target: EngineClient) -> None:
    device = service.online.find(target.snapshot.me.device)
    assert device is not None
    forged = [_invite(target, number) for number in range(_FORGERS)]
    sent, began = 0, time.monotonic()
    while True:
        due = int((time.monotonic() - began) * INVITES_A_SECOND)
        for number in range(sent, due):
            device.put(forged[number % _FORGERS])
        sent = due
        await asyncio.sleep(_TICK)


def _invite(target: EngineClient, number: int) -> Deliver:
    me = target.snapshot.me
    forger = identity(f"forger{number}@{me.organisation}", secrets.token_bytes(16))
    handshake = CallerHandshake(
        forger, to_account=AccountId(me.account), to_device=bytes.fromhex(me.device),
        call_id=secrets.token_bytes(16), leg=0, entropy=SystemEntropy(),
    )  # fmt: skip
    return Deliver(
        handshake.call_id.hex(), 0, forger.credential.account_id,
        forger.credential.device_id.hex(), handshake.invite,
    )  # fmt: skip
