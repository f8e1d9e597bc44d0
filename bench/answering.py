"""How soon there is sound at both ends once somebody answers.

Two engines and a service run as processes; the service is reached over wires with half of the
delay a way that the path between the devices has, so that both ways between them take as long.
"""

import asyncio
import statistics
import time
from contextlib import AsyncExitStack

from bench.ringing import invite_over, join, over, service
from bench.slow_wire import slow_wire
from tui_call.config.paths import ProfilePaths
from tui_call.control.actions import Answer, Call, DismissCall, HangUp
from tui_call.control.client import EngineClient
from tui_call.control.views import CallView
from tui_call.drill.rehearsal import engines, reach, rings, temporary_home
from tui_call.signaling.service_file import read_running_service

CALLS = 5
"""Fewer than a device answers in a minute."""


def answer_to_sound_ms(round_trip_ms: float) -> float:
    """Return the median of some calls, in milliseconds.

    Args:
        round_trip_ms: between the two devices, straight and through the service.
    """
    return statistics.median(asyncio.run(_measure(round_trip_ms)))


async def _measure(round_trip_ms: float) -> list[float]:
    one_way = round_trip_ms / 2
    with temporary_home():
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(service())
            running = read_running_service(ProfilePaths().service_state_directory)
            wire_seconds = one_way / 2 / 1000
            wires = [
                await stack.enter_async_context(slow_wire(running.host, running.port, wire_seconds))
                for _ in range(2)
            ]
            arguments = ("--delay", f"{one_way:g}")
            both = await stack.enter_async_context(engines("ada", "ben", arguments=arguments))
            for client, name, wire in zip(both, ("Ada", "Ben"), wires, strict=True):
                await join(client, name, invite_over(wire))
            return [await _call(*both) for _ in range(CALLS)]


async def _call(caller: EngineClient, callee: EngineClient) -> float:
    """Return the milliseconds from the answer to the first frame at the end that hears last."""
    await caller.command(Call(callee.snapshot.me.account))
    await reach(callee, rings, "ringing")
    await asyncio.sleep(1.0)  # people need longer
    answered = time.time()
    await callee.command(Answer())
    for client in (caller, callee):
        await reach(client, lambda at: _shown(at).started > 0, "sound")
    heard = max(_shown(client).started for client in (caller, callee))
    await caller.command(HangUp())
    for client in (caller, callee):
        await reach(client, over, "the end")
        await client.command(DismissCall())
    return (heard - answered) * 1000


def _shown(client: EngineClient) -> CallView:
    call = client.snapshot.front
    assert call is not None
    return call
