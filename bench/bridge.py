"""`python -m bench.bridge`: what a bridge worker costs, and how soon and late sound is by it.

For what it costs everybody in a room sends 50 packets a second over real sockets, and three speak.
The worker is a process of its own, all people are in this one, and beside them stands what a loop
that encodes and decodes one Opus stream costs in the same run.
"""

import asyncio
import contextlib
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from bench.bridge_delay import delay_rows
from bench.bridge_delay import measure as bridge_delay
from bench.bridge_moments import moment_rows
from bench.processes import memory_mb, processor_seconds
from bench.table import Row, heading, print_rows
from tests.support.bridge_worker import LightMember, WorkerAlone, send_evenly
from tui_call.voice.opus import Decoder, Encoder
from tui_call.voice.redundancy import PLAIN
from tui_call.voice.sound import FRAME_SAMPLES
from tui_call.voice.speech_like import speech_like

PEOPLE = (2, 8, 16)
SECONDS = 10.0
SPEAKING, NOISE = 30, 65
"""Levels, -dBov."""
_SPEAKERS = 3
_SETTLING_SECONDS = 2.0
_LOOP_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class WorkerCost:
    """What a room of so many people costs.

    Attributes:
        people: how many.
        cpu: percent of a core.
        memory_mb: of the worker, its own and its part of what it shares.
        loop_cpu: percent of a core that encoding and decoding one stream takes.
    """

    people: int
    cpu: float
    memory_mb: float
    loop_cpu: float

    @property
    def times_the_loop(self) -> float:
        """The cost, in loops that encode and decode one stream."""
        return self.cpu / self.loop_cpu


def loop_cpu() -> float:
    """Return what percent of a core it takes to encode and decode one stream."""
    said = speech_like(_LOOP_SECONDS)
    encoder, decoder = Encoder(PLAIN.coding), Decoder()
    began = time.process_time()
    for start in range(0, len(said) - FRAME_SAMPLES + 1, FRAME_SAMPLES):
        decoder.decode(encoder.encode(said[start : start + FRAME_SAMPLES]))
    return 100 * (time.process_time() - began) / _LOOP_SECONDS


@contextlib.asynccontextmanager
async def talking(people: int) -> AsyncIterator[tuple[WorkerAlone, list[LightMember]]]:
    """Have people in a room, all of whom send, three of them as who speaks."""
    with tempfile.TemporaryDirectory(prefix="tui-call-bench-") as name:
        async with WorkerAlone(Path(name)) as worker:
            members = await worker.meet(people)
            sending = [
                asyncio.create_task(send_evenly(member, SPEAKING if place < _SPEAKERS else NOISE))
                for place, member in enumerate(members)
            ]
            try:
                yield worker, members
            finally:
                for task in sending:
                    task.cancel()
                await asyncio.gather(*sending, return_exceptions=True)


async def worker_cost(people: int, seconds: float) -> WorkerCost:
    """Measure a room of so many."""
    async with talking(people) as (worker, _):
        await asyncio.sleep(_SETTLING_SECONDS)
        before, began = processor_seconds(worker.process.pid), time.monotonic()
        await asyncio.sleep(seconds)
        took = processor_seconds(worker.process.pid) - before
        cpu = 100 * took / (time.monotonic() - began)
        memory = memory_mb(worker.process.pid)
    return WorkerCost(people, cpu, memory, loop_cpu())


def worker_rows(runs: int = 1, seconds: float = SECONDS) -> list[Row]:
    """Measure, and return the lines of the table."""
    costs = {
        people: [asyncio.run(worker_cost(people, seconds)) for _ in range(runs)]
        for people in PEOPLE
    }

    def times(people: int) -> float:
        return statistics.median(cost.times_the_loop for cost in costs[people])

    every = [cost for of_people in costs.values() for cost in of_people]
    loop = statistics.median(cost.loop_cpu for cost in every)
    return [
        Row("bridge, 8 people, in Opus loops", 8, True, " x", times(8), loop),
        Row("  16 people", 12, True, " x", times(16)),
        Row("  memory", 120, True, " MB", max(cost.memory_mb for cost in every)),
    ]


def main() -> int:
    """Measure all that wants real sockets, and print; return an exit status."""
    print(heading("direct, loop"))
    rows = chain(worker_rows(), moment_rows(), delay_rows([bridge_delay()]))
    return print_rows(rows)


if __name__ == "__main__":
    sys.exit(main())
