"""What a thousand forged invites a second do to a call: how late the sound of their target gets.

The service of the call is this process, and it sends them itself: no limit of an honest service is
in the way.
"""

import asyncio
import contextlib
import secrets
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from bench.handshake import identity
from tui_call.control.client import EngineClient
from tui_call.control.messages import Answer, Call, HangUp, SetUp, UseFiles
from tui_call.control.rehearsal import engines, phase, reach, rings, temporary_home
from tui_call.e2ee.handshake import CallerHandshake
from tui_call.engine.entropy import SystemEntropy
from tui_call.identifiers import AccountId
from tui_call.service.logs import log_to
from tui_call.service.server import Service, ServiceOptions
from tui_call.signaling.messages import Deliver
from tui_call.signaling.service_file import read_local_invite
from tui_call.voice.alignment import align
from tui_call.voice.devices.files import read_wav

INVITES_A_SECOND = 1000
_TICK = 0.02
_FORGERS = 200


@dataclass(frozen=True, slots=True)
class Lateness:
    """Delay of a call's sound above its median, 99th percentile, in milliseconds.

    Attributes:
        quiet: without the flood.
        flooded: with it.
    """

    quiet: float
    flooded: float


def lateness_under_flood(speech: Path, seconds: float, runs: int) -> Lateness:
    """Make calls without and with forged invites in turn, and say how late the sound was.

    Args:
        speech: WAV file that the callee speaks.
        seconds: how long each call lasts.
        runs: how many calls of both kinds.

    Returns:
        Medians of the runs.
    """
    late: dict[bool, list[float]] = {False: [], True: []}
    for _ in range(runs):
        for flood, measured in late.items():
            measured.append(asyncio.run(_one(speech, seconds, flood)))
    return Lateness(statistics.median(late[False]), statistics.median(late[True]))


async def _one(speech: Path, seconds: float, flood: bool) -> float:
    with temporary_home(), tempfile.TemporaryDirectory(prefix="tui-call-flood-") as name:
        directory = Path(name)
        log_to(directory)
        async with (
            Service(ServiceOptions(directory, listen="127.0.0.1")) as service,
            engines("caller", "callee") as (caller, callee),
        ):
            heard = directory / "heard.wav"
            for side, client in (("caller", caller), ("callee", callee)):
                await _join(client, side, read_local_invite(directory))
            await caller.command(UseFiles("", str(heard)))
            await callee.command(UseFiles(str(speech), ""))
            await caller.command(Call(callee.snapshot.me.account))
            await reach(callee, rings, "ringing")
            await callee.command(Answer())
            for client in (caller, callee):
                await reach(client, phase("active"), "the call")
            async with _forging(service, callee) if flood else contextlib.nullcontext():
                await asyncio.sleep(seconds)
            assert caller.statistics is not None
            assert callee.statistics is not None
            starts = caller.statistics.output_started - callee.statistics.input_started
            await caller.command(HangUp())
            await reach(caller, phase("ended"), "the end")
        found = align(read_wav(speech), read_wav(heard), starts)
        median, late = found.percentile(50), found.percentile(99)
        return (late - median) * 1000 if median is not None and late is not None else float("nan")


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
