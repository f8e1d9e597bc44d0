"""`python -m bench.screen_cost`: what the screen writes to a terminal, and what it takes for it.

Processor time is that of the application without an engine, which is played. Beside it stands bare
Textual: on another computer both are others, and what is between them is not.
"""

import asyncio
import contextlib
import statistics
from collections.abc import AsyncIterator
from dataclasses import dataclass

from bench.bare import WORD
from bench.shown import CHANGES_A_SECOND
from bench.terminal import Terminal
from tui_call.control.actions import SetUp
from tui_call.drill.rehearsal import engines, reach, temporary_home

_WARM_UP_SECONDS = 5.0
_FIRST_SCREEN = "E2EE with them"
_STARTS = 5


@dataclass(frozen=True, slots=True)
class Drawn:
    """Kilobytes written and milliseconds of processor time, each in a second."""

    kilobytes: float
    processor_ms: float


@dataclass(frozen=True, slots=True)
class ScreenCost:
    """What the table says of the screen.

    Attributes:
        written: in a call, KB/s.
        written_by_eight: in a standard call of eight, of whom three speak, KB/s.
        beside_bare: processor time in a call, as a multiple of what bare Textual takes to write
            two lines as often.
        change_ms: processor time of one presence change among 2,000 people.
        first_screen: from start to People with an engine that runs, as a multiple of what bare
            Textual takes to its first word.
    """

    written: float
    written_by_eight: float
    beside_bare: float
    change_ms: float
    first_screen: float


@contextlib.asynccontextmanager
async def _running(*module: str) -> AsyncIterator[Terminal]:
    terminal = Terminal(*module)
    try:
        await asyncio.sleep(_WARM_UP_SECONDS)
        yield terminal
    finally:
        await terminal.close()


async def drawn(module: str, what: str, seconds: float) -> Drawn:
    """Return what showing something takes."""
    async with _running(module, what) as terminal:
        written, taken = terminal.drawn, terminal.processor_seconds
        await asyncio.sleep(seconds)
        return Drawn(
            (terminal.drawn - written) / seconds / 1000,
            (terminal.processor_seconds - taken) / seconds * 1000,
        )


def screen_cost(seconds: float, runs: int) -> ScreenCost:
    """Return what the screen costs, the medians of some runs."""
    costs = [asyncio.run(_cost(seconds)) for _ in range(runs)]
    return ScreenCost(
        statistics.median(cost.written for cost in costs),
        statistics.median(cost.written_by_eight for cost in costs),
        statistics.median(cost.beside_bare for cost in costs),
        statistics.median(cost.change_ms for cost in costs),
        statistics.median(cost.first_screen for cost in costs),
    )


async def _cost(seconds: float) -> ScreenCost:
    call = await drawn("bench.shown", "call", seconds)
    eight = await drawn("bench.shown", "eight", seconds)
    bare = await drawn("bench.bare", "levels", seconds)
    people = await drawn("bench.shown", "people", seconds)
    still = await drawn("bench.shown", "still", seconds)
    change = (people.processor_ms - still.processor_ms) / CHANGES_A_SECOND
    beside_bare = call.processor_ms / bare.processor_ms
    written = call.kilobytes, eight.kilobytes
    return ScreenCost(*written, beside_bare, change, await first_screen())


async def first_screen() -> float:
    """Return how long the first screen takes beside bare Textual; the two start by turns."""
    ours: list[float] = []
    bare: list[float] = []
    with temporary_home():
        async with engines("ada") as (engine,):
            await engine.command(SetUp("Ada", e2ee=True, protection="plain"))
            await reach(engine, lambda at: at.snapshot.me.state == "ready", "the profile")
            for _ in range(_STARTS):
                bare.append(await _starts(WORD, "bench.bare", "word"))
                ours.append(await _starts(_FIRST_SCREEN, "tui_call", "--profile", "ada"))
    return statistics.median(ours) / statistics.median(bare)


async def _starts(text: str, module: str, *arguments: str) -> float:
    terminal = Terminal(module, *arguments)
    try:
        return await terminal.shows(text)
    finally:
        await terminal.close()


if __name__ == "__main__":
    print(screen_cost(10.0, 1))
