"""What a thousand forged invites a second do to a call: how late the frames of both sides arrive.

The service of the call is this process, and it sends them itself: no limit of an honest service is
in the way.
"""

import asyncio
import contextlib
import secrets
import statistics
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

from bench.handshake import identity
from bench.lateness import frames_late, nothing
from tui_call.control.client import EngineClient
from tui_call.e2ee.handshake import CallerHandshake
from tui_call.engine.entropy import SystemEntropy
from tui_call.identifiers import AccountId
from tui_call.service.bus.traffic import Address
from tui_call.service.server import Service
from tui_call.signaling.messages import Deliver

INVITES_A_SECOND = 1000
_TICK = 0.02
_FORGERS = 200


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
    quiet: list[float] = []
    flooded: list[float] = []
    for _ in range(runs):
        quiet.append(asyncio.run(frames_late(seconds, nothing)))
        flooded.append(asyncio.run(frames_late(seconds, _forging)))
    return Lateness(statistics.median(quiet), statistics.median(flooded))


@contextlib.asynccontextmanager
async def _forging(service: Service, _: EngineClient, target: EngineClient) -> AsyncIterator[None]:
    forging = asyncio.create_task(_forge(service, target))
    try:
        yield
    finally:
        forging.cancel()


async def _forge(service: Service, target: EngineClient) -> None:
    me = target.snapshot.me
    address = Address(me.account, me.device)
    forged = [_invite(target, number) for number in range(_FORGERS)]
    sent, began = 0, time.monotonic()
    while True:
        due = int((time.monotonic() - began) * INVITES_A_SECOND)
        for number in range(sent, due):
            service.bus.publish(address, forged[number % _FORGERS])
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
