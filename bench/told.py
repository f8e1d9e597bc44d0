"""`python -m bench.told`: how soon people are told what the service grants, lacks, or has done.

All are real processes. Beside a command that a service leaves without an answer stands the same
one that is answered: what starting it takes on this computer is in both.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.table import Row, heading, print_rows
from tests.support.company import company_of
from tests.support.engines import Home, place
from tests.support.linked import linked
from tests.support.organisation import OFF, ON, administer, organisation
from tests.support.serving import administered, saying_nothing
from tui_call.cli.outcome import FAILED
from tui_call.control.actions import Answer, HangUp

RUNS = 3
_POLICY = "finance-e2ee"


@dataclass(frozen=True, slots=True)
class Reported:
    """What a command took, in seconds.

    Attributes:
        answered: by a service.
        silent: where the service says nothing.
        gone: where none runs.
    """

    answered: float
    silent: float
    gone: float


def grants(runs: int) -> list[float]:
    """Return the seconds from the end of each command that grants E2EE calls to the app."""
    took: list[float] = []
    with organisation() as home, home.app("clerk") as clerk:
        administer(home, "policy", "new", _POLICY, "--e2ee-calls", "user_choice")
        for _ in range(runs):
            clerk.wait_for(OFF)
            grant = administer(home, "policy", "grant", _POLICY, "--group", "finance")
            began = time.monotonic()
            clerk.wait_for(ON)
            took.append(time.monotonic() - began)
            administer(home, "audit", "revert", grant)
    return took


async def reports(runs: int) -> list[Reported]:
    """Return what so many commands took, each with a service of its own."""
    return [await _reported() for _ in range(runs)]


async def _reported() -> Reported:
    with tempfile.TemporaryDirectory(prefix="tui-call-told-") as name:
        async with Home(Path(name)) as home:
            async with administered(home):
                answered = await _report(home, 0)
                with saying_nothing(home):
                    silent = await _report(home, FAILED)
            return Reported(answered, silent, await _report(home, FAILED))


async def _report(home: Home, status: int) -> float:
    """Return the seconds of a command that has to end with a status."""
    began = time.monotonic()
    said = await home.command("admin", "report")
    took = time.monotonic() - began
    assert said.status == status, said
    return took


async def stops(runs: int) -> list[float]:
    """Return the seconds from an answer until the person's other device rings no more."""
    took: list[float] = []
    with tempfile.TemporaryDirectory(prefix="tui-call-told-") as name:
        async with Home(Path(name)) as home:
            ada, ben = await home.person("ada"), await home.person("ben")
            laptop = await linked(home, "ada", "laptop")
            for _ in range(runs):
                await place(ben, laptop)
                await ada.until(lambda one: one.phase == "ringing" and one.call.ringing_here)
                began = time.monotonic()
                await laptop.order(Answer())
                await ada.until(lambda one: one.phase == "ended")
                took.append(time.monotonic() - began)
                await laptop.until(lambda one: one.phase == "active")
                await laptop.order(HangUp())
                for one in (ben, laptop):
                    await one.until(lambda one: one.phase == "ended")
    return took


async def ends(runs: int) -> list[float]:
    """Return the seconds that calls by rule last without an audit."""
    took: list[float] = []
    with tempfile.TemporaryDirectory(prefix="tui-call-told-") as name:
        async with company_of(Path(name), "ada", "ben") as company:
            await company.comes_under_rule("ben")
            for _ in range(runs):
                await company.speak("ada", "ben")
                with company.without_audit():
                    began = time.monotonic()
                    await company.is_over_for("ada", "ben")
                    took.append(time.monotonic() - began)
                await company.rest()
    return took


def told_rows(runs: int) -> Iterator[Row]:
    """Yield the lines of the table, by the worst of some runs."""
    yield Row("grant to one's group: on in the app", 2, True, " s", max(grants(runs)))
    reported = asyncio.run(reports(runs))
    answered = max(one.answered for one in reported)
    for what, took in (
        ("a service says nothing: a command tells", max(one.silent for one in reported)),
        ("  a service that is gone", max(one.gone for one in reported)),
    ):
        yield Row(what, 5, True, " s", took, answered)
    stopped = max(asyncio.run(stops(runs)))
    yield Row("answered: the other device rings no more", 1, True, " s", stopped)
    over = max(asyncio.run(ends(runs)))
    yield Row("call by rule: over after its audit broke", 5, True, " s", over)


def main() -> int:
    """Measure, and print; return an exit status."""
    parser = argparse.ArgumentParser(prog="python -m bench.told", description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS)
    print(heading("answered"))
    return print_rows(told_rows(parser.parse_args().runs))


if __name__ == "__main__":
    sys.exit(main())
