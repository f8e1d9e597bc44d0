"""How soon four people hear each other again after the bridge worker was killed."""

import asyncio
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path

from bench.table import Row
from tests.support.bridged_town import (
    Bridge,
    Speaker,
    all_but_oneself,
    bridged_town,
    has_worker,
    talk,
    who_hears_whom,
)

PEOPLE = 4


async def heard_again() -> float:
    """Return the seconds."""
    with tempfile.TemporaryDirectory(prefix="tui-call-bench-") as name:
        directory = Path(name)
        bridge = Bridge(directory, 0, "", lambda: "127.0.0.1")
        try:
            async with AsyncExitStack() as closing, bridged_town(directory, bridge) as running:
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
        finally:
            await bridge.end()


def killed_rows() -> list[Row]:
    """Return the line of the table."""
    again = asyncio.run(heard_again())
    return [Row("bridge worker killed: four heard again", 3, True, " s", again)]
