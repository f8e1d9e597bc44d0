"""How soon there is sound at the bridge: after an answer, and after the worker was killed.

Service and worker are real; the people ask by raw messages and have the product's connections.
"""

import asyncio
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from bench.table import Row
from tests.support.bridged_town import (
    Bridge,
    Speaker,
    all_but_oneself,
    bridged_town,
    has_worker,
    numbered,
    people_of,
    talk,
    who_hears_whom,
)
from tests.support.callers import new_id
from tests.support.members import Town
from tui_call.signaling.call_acts import AnswerAct, PlaceAct

PEOPLE = 4
ANSWERS = 5


async def heard_again() -> float:
    """Return the seconds from the worker's end until four people hear each other again."""
    async with _scene() as (running, bridge, closing):
        people, call = await talk(running, PEOPLE, closing)
        first = await people[0].caller.sees_when(call, has_worker)

        async def comes_back(person: Speaker) -> None:
            await person.caller.sees_when(
                call, lambda told: has_worker(told) and told.worker != first.worker
            )
            await person.has_sound(call, closing)

        killed = time.monotonic()
        bridge.kill()
        await asyncio.gather(*map(comes_back, people))
        await who_hears_whom(people, all_but_oneself(people))
        return time.monotonic() - killed


async def answers_to_sound() -> list[float]:
    """Return the seconds from some answers until both hear each other."""
    async with _scene() as (running, _, closing):
        caller, called = people = await people_of(running, 2)
        lasted: list[float] = []
        for _ in range(ANSWERS):
            call = new_id()
            await caller.caller.does(
                PlaceAct((called.caller.account,), caller.caller.instance), call
            )
            told = await caller.caller.sees_when(call, has_worker)
            numbered(people, told)
            await caller.has_sound(call, closing)
            answered = time.monotonic()
            await called.caller.does(AnswerAct(called.caller.instance), call)
            await called.has_sound(call, closing)
            await who_hears_whom(people, all_but_oneself(people))
            lasted.append(time.monotonic() - answered)
            await called.hangs_up(call)
        return lasted


def moment_rows() -> list[Row]:
    """Return the lines of the table."""
    answer = statistics.median(asyncio.run(answers_to_sound()))
    return [
        Row("bridge: answer to first sound", 400, True, " ms", 1000 * answer),
        Row("  worker killed: four heard again", 3, True, " s", asyncio.run(heard_again())),
    ]


@asynccontextmanager
async def _scene() -> AsyncIterator[tuple[Town, Bridge, AsyncExitStack]]:
    with tempfile.TemporaryDirectory(prefix="tui-call-bench-") as name:
        bridge = Bridge(Path(name))
        try:
            async with AsyncExitStack() as closing, bridged_town(Path(name), bridge) as running:
                yield running, bridge, closing
        finally:
            await bridge.end()
