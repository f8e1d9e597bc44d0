"""`python -m bench.strangers`: calls while strangers flood the media ports of both sides.

Four people with engines of their own and a personal service run as processes. From before a call
rings until it is hung up each of their UDP ports gets datagrams from elsewhere. The table says how
many calls connected, carried sound and took a new path, and how long people waited.
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import cycle, islice, permutations
from pathlib import Path

from tests.support import strangers
from tests.support.engines import Home, Person, place
from tests.support.sockets import Address, udp_ports
from tui_call.control.actions import Answer, DismissCall, FindNewPath, HangUp

NAMES = ("ada", "ben", "cleo", "dora")
"""So many that nobody places more calls to one device than it answers in a minute."""

_HEARD = 50
_IN_VAIN = (AssertionError, TimeoutError)


@dataclass(frozen=True, slots=True)
class Flood:
    """What each port gets: datagrams in turn, so many a second."""

    what: str
    datagrams: tuple[bytes, ...]
    a_second: float


FLOODS = (
    Flood("of every kind", tuple(strangers.ALL.values()), strangers.A_SECOND),
    Flood("alert in the clear", (strangers.DTLS["alert that ends"],), 30),
)


@dataclass(frozen=True, slots=True)
class Waited:
    """What one call took, in milliseconds.

    Attributes:
        answer: from the answer until both sides have a path.
        path: from the wish for a new path until both have taken it.
    """

    answer: float
    path: float


async def calls(flood: Flood, number: int) -> list[Waited]:
    """Make calls under a flood and return those that connected, sounded and took a new path."""
    with tempfile.TemporaryDirectory(prefix="tui-call-bench-") as directory:
        async with Home(Path(directory)) as home:
            people = [await home.person(name) for name in NAMES]

            def ports() -> Iterable[Address]:
                return [port for person in people for port in udp_ports(person.process.pid)]

            done: list[Waited] = []
            async with strangers.flood(ports, flood.datagrams, flood.a_second):
                for caller, callee in islice(cycle(permutations(people, 2)), number):
                    try:
                        done.append(await _call(caller, callee))
                    except _IN_VAIN as error:
                        print(str(error)[:200], file=sys.stderr, flush=True)
                        await _rest(caller, callee)
            return done


async def _call(caller: Person, callee: Person) -> Waited:
    both = (caller, callee)
    await place(caller, callee)
    began = time.monotonic()
    await callee.order(Answer())
    for person in both:
        await person.until(lambda one: one.phase == "active")
    answered = time.monotonic()
    for person in both:
        await person.hears_more(_HEARD)
    wished = time.monotonic()
    await caller.order(FindNewPath())
    for person in both:
        await person.until(lambda one: "G_NEW_PATH" in one.events)
    moved = time.monotonic()
    for person in both:
        await person.hears_more(_HEARD)
    await caller.order(HangUp())
    for person in both:
        await person.until(lambda one: one.phase in ("", "ended"))
    return Waited((answered - began) * 1000, (moved - wished) * 1000)


async def _rest(*people: Person) -> None:
    for person in people:
        if person.phase not in ("", "ended"):
            await person.order(HangUp())
        await person.until(lambda one: one.phase in ("", "ended"))
        await person.order(DismissCall())


def main(number: int) -> int:
    """Print the table; return 1 if a call was lost."""
    print(f"{'datagrams at each port':<34}{'calls':>10}{'to a path':>16}{'to a new path':>18}")
    lost = 0
    for flood in FLOODS:
        done = asyncio.run(calls(flood, number))
        lost += number - len(done)
        what = f"{flood.a_second:.0f} a second, {flood.what}"
        answers = _shown([waited.answer for waited in done])
        paths = _shown([waited.path for waited in done])
        print(f"{what:<34}{f'{len(done)} of {number}':>10}{answers:>16}{paths:>18}", flush=True)
    return 1 if lost else 0


def _shown(figures: list[float]) -> str:
    """Show the median and the largest of some figures, in milliseconds."""
    return f"{statistics.median(figures):.0f}, {max(figures):.0f} ms" if figures else "-"


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--calls", type=int, default=20, help="under each flood")
    sys.exit(main(arguments.parse_args().calls))
