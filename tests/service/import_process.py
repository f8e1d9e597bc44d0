"""A process that imports people, to be killed in the middle: `python -m … PLACE`.

It says so when it begins.
"""

import asyncio
import sys
from pathlib import Path

from tests.service.organisations import BY_SERVICE, reopened
from tui_call.service.changes import WholeOutcome
from tui_call.service.database import Database
from tui_call.signaling.administration import Change
from tui_call.signaling.operations import PutPerson

IMPORTED = 10_000


async def import_people(place: Path | str) -> None:
    people = [
        PutPerson(
            address=f"person-{number}", name=f"Person {number}",
            groups=(f"group-{number % 50}",), source="hr",
        )
        for number in range(IMPORTED)
    ]  # fmt: skip
    async with reopened(await Database.open(place)) as organisation:
        sys.stdout.write("begins\n")
        sys.stdout.flush()
        outcome = await organisation.changes.carry_out(BY_SERVICE, Change(), people)
        assert isinstance(outcome, WholeOutcome), outcome


if __name__ == "__main__":
    where = sys.argv[1]
    asyncio.run(import_people(where if "://" in where else Path(where)))
