"""`python -m bench.shown WHAT`: the screen on an engine that is played.

WHAT is `call`: levels twelve times and figures once a second; `eight`: the same in a standard call
of eight, of whom three are heard; `people`: in a list of 2,000 another one comes or goes ten times
a second; `still`: none does.
"""

import asyncio
import itertools
import sys
from collections.abc import Awaitable, Callable

import msgspec

from bench.bare import METERS_A_SECOND, loudness
from tests.support.fake_engine import HISTORY, NOW, FakeEngine, active_call, person, ready
from tests.support.fake_standard_calls import crowd as a_call_of
from tui_call.control.deltas import PersonDelta
from tui_call.control.lines import Meters, Statistics
from tui_call.control.replica import Replica
from tui_call.control.views import Snapshot
from tui_call.tui.app import TuiCallApp

PEOPLE = 2000
PAST_CALLS = 1000
CHANGES_A_SECOND = 10


async def speak(engine: FakeEngine) -> None:
    """Tell levels and figures as an engine does."""
    for number, (own, peer) in enumerate(loudness()):
        engine.push(Meters(own, peer, own > -20, peer > -50))
        second, between = divmod(number, METERS_A_SECOND)
        if not between:
            loss = 0.004 * (second % 3)
            engine.push(Statistics(delay_ms=84 + second % 7, loss=loss, frames_sent=50 * second))
        await asyncio.sleep(1 / METERS_A_SECOND)


async def speak_in_turn(engine: FakeEngine) -> None:
    """Tell the levels of the three of eight who are heard, each second another three."""
    for number, (own, peer) in enumerate(loudness()):
        second, between = divmod(number, METERS_A_SECOND)
        voices = {(second + place) % 7 + 1: own - 6 * place for place in range(3)}
        engine.push(Meters(own, peer, own > -20, True, voices))
        if not between:
            engine.push(Statistics(delay_ms=84 + second % 7, frames_sent=50 * second))
        await asyncio.sleep(1 / METERS_A_SECOND)


async def come_and_go(engine: FakeEngine) -> None:
    """Let one after the other go offline and come back."""
    replica, everybody = Replica(engine.snapshot), engine.snapshot.people
    for number in itertools.count():
        one = everybody[number // 2 * 7 % PEOPLE]
        presence = "free" if number % 2 else "offline"
        delta = PersonDelta(one.account, msgspec.structs.replace(one, presence=presence))
        replica.apply(delta)
        engine.snapshot = replica.snapshot
        engine.push(delta)
        await asyncio.sleep(1 / CHANGES_A_SECOND)


async def keep_still(_: FakeEngine) -> None:
    """Tell nothing."""


def crowd() -> Snapshot:
    """Return an organisation, and many past calls."""
    people = [
        person(f"Person {number:04}", account=f"p{number}@acme", missed=0)
        for number in range(PEOPLE)
    ]
    past = [
        msgspec.structs.replace(HISTORY[1], at=NOW - number * 3600) for number in range(PAST_CALLS)
    ]
    return ready(people=tuple(people), history=tuple(past))


PLAYED: dict[str, tuple[Callable[[], Snapshot], Callable[[FakeEngine], Awaitable[None]]]] = {
    "call": (lambda: ready(call=active_call()), speak),
    "eight": (lambda: ready(call=a_call_of(8)), speak_in_turn),
    "people": (crowd, come_and_go),
    "still": (crowd, keep_still),
}


async def show(what: str) -> None:
    """Run one of them until it is ended."""
    snapshot, play = PLAYED[what]
    engine = FakeEngine(snapshot())
    playing = asyncio.ensure_future(play(engine))
    try:
        await TuiCallApp(engine.attach).run_async()
    finally:
        playing.cancel()


if __name__ == "__main__":
    asyncio.run(show(sys.argv[1]))
