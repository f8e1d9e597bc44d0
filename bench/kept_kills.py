"""`python -m bench.kept_kills`: what a recording misses where a process of its call is killed.

All are real processes; what is missed is what the other one heard, and no file has.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench.table import Row, heading, print_rows
from tests.support.company import company_of
from tests.support.counted_sound import count_aloud
from tests.support.kept_kills import (
    PEOPLE,
    SERVICE,
    TAP,
    WORKER,
    Missed,
    exported,
    kill,
    missed,
    record,
)

RUNS = 3


async def measure(runs: int) -> list[Missed]:
    """Record so many calls, in each of which bridge worker, tap and service are killed."""
    found: list[Missed] = []
    with tempfile.TemporaryDirectory(prefix="tui-call-kills-") as name:
        directory = Path(name)
        async with company_of(directory, *PEOPLE) as company:
            count_aloud(company.tones)
            for run in range(runs):
                await record(company)
                kills = await kill(company, WORKER, TAP, SERVICE)
                await company.rest()
                kept = await exported(company, directory / str(run))
                found += missed(company, kills, kept.tracks)
    return found


def kill_rows(found: Sequence[Missed]) -> list[Row]:
    """Return the lines of the table, by the worst of some kills."""

    def after(process: str) -> float:
        return max(one.after for one in found if one.process == process)

    before = max(one.before for one in found)
    return [
        Row("kills: heard before one, in no file", 1, True, " s", before),
        Row("  tap: heard before its next part", 2, True, " s", after(TAP)),
        Row("  bridge: heard after, in no file", 1, True, " s", after(WORKER)),
        Row("  service: heard after, in no file", 1, True, " s", after(SERVICE)),
    ]


def main() -> int:
    """Measure, and print; return an exit status."""
    parser = argparse.ArgumentParser(prog="python -m bench.kept_kills", description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS)
    print(heading(""))
    found = asyncio.run(measure(parser.parse_args().runs))
    return print_rows(kill_rows(found))


if __name__ == "__main__":
    sys.exit(main())
