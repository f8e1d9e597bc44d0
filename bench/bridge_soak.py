"""`python -m bench.bridge_soak`: fifteen minutes of four people at a bridge worker, in real time.

One of them hums. From the second minute to the last one neither the worker's memory nor the delay
may grow.
"""

import argparse
import asyncio
import contextlib
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bench.bridge_people import Person, late_ms
from bench.processes import memory_mb
from bench.table import Row, heading, print_rows
from tests.support.bridge_worker import WorkerAlone
from tests.support.measured_sound import hum
from tui_call.voice.samples import silence

PEOPLE = 4
SECONDS = 900.0
_MINUTE = 60.0


@dataclass(frozen=True, slots=True)
class BridgeSoaked:
    """What had grown in the end.

    Attributes:
        memory_mb: of the worker.
        delay_ms: from ear to ear.
    """

    memory_mb: float
    delay_ms: float

    @property
    def rows(self) -> list[Row]:
        """The lines of a table."""
        return [
            Row("bridge, four people: memory, grown", 20, True, " MB", self.memory_mb),
            Row("  delay, grown", 20, True, " ms", self.delay_ms),
        ]


async def soak(seconds: float) -> BridgeSoaked:
    """Make the call."""
    said = hum(_MINUTE)
    people = [Person(said), *(Person(silence()) for _ in range(PEOPLE - 1))]
    with tempfile.TemporaryDirectory(prefix="tui-call-soak-") as name:
        async with WorkerAlone(Path(name)) as worker:
            for member, person in zip(await worker.meet(PEOPLE), people, strict=True):
                person.send, member.take = member.connection.send, person.take
            living = asyncio.gather(*(person.live() for person in people))
            await asyncio.sleep(min(_MINUTE, seconds / 4))
            before = memory_mb(worker.process.pid)
            await asyncio.sleep(seconds - min(_MINUTE, seconds / 4))
            after = memory_mb(worker.process.pid)
            living.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await living
    window = min(_MINUTE, seconds / 4)
    first, last = (
        late_ms(said, people[0], people[1], begin, window) for begin in (window, seconds - window)
    )
    return BridgeSoaked(after - before, last - first)


def main() -> int:
    """Measure and print; return an exit status."""
    parser = argparse.ArgumentParser(prog="python -m bench.bridge_soak", description=__doc__)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    print(heading(""))
    return print_rows(asyncio.run(soak(parser.parse_args().seconds)).rows)


if __name__ == "__main__":
    sys.exit(main())
