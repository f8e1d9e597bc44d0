"""A service with its real bridge worker, and people with real legs and no sound."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.service.members import Clock, Town
from tests.service.members import town as run_town
from tests.service.standard_calls.callers import Caller, new_id
from tests.support.bridge_worker import LightMember
from tests.support.connections import until
from tests.support.processes import processes_with, variables
from tui_call.bridge_packet import HOP
from tui_call.service.standard_calls.options import BridgeOptions
from tui_call.signaling.standard_calls import DescribeAct, HangUpAct, HoldAct, LegDescribed

pytestmark = pytest.mark.e2e

MARK = "TUI_CALL_TEST_WORKER"


@dataclass
class Person:
    """Somebody with a leg."""

    caller: Caller
    light: LightMember

    async def connects(self, call: str) -> None:
        """Make a new leg by way of the service."""
        await self.light.connection.close()
        self.light = LightMember(0, call, new_id())
        offer = await self.light.connection.create_offer()
        await self.caller.does(DescribeAct(self.caller.instance, self.light.leg, offer), call)
        described = await self.caller.member.client.hear(LegDescribed)
        assert described.leg == self.light.leg
        await self.light.connection.accept_answer(described.answer)
        await until(lambda: self.light.connected)

    def hears(self) -> int:
        """Return how many people came through lately."""
        return len(self.light.heard())


@dataclass
class Bridged:
    """A service with a worker; `mark` stands in the environment of its processes."""

    town: Town
    mark: str
    closing: AsyncExitStack

    async def people(self, *users: str) -> list[Person]:
        found = [Person(Caller(await self.town.enrol(user)), LightMember(0)) for user in users]
        for person in found:
            self.closing.push_async_callback(lambda person=person: person.light.connection.close())
        return found

    def worker(self) -> int:
        """Return the process of the worker."""
        (process,) = workers(self.mark)
        return process


def workers(mark: str) -> list[int]:
    return [
        process for process, words in processes_with(f"{MARK}={mark}") if "tui_call.bridge" in words
    ]


@pytest.fixture
async def bridged(tmp_path: Path) -> AsyncIterator[Bridged]:
    mark = str(tmp_path)
    with variables({MARK: mark}):
        async with (
            AsyncExitStack() as closing,
            run_town(tmp_path / "state", Clock(time.time()), bridge=BridgeOptions()) as town,
        ):
            yield Bridged(town, mark, closing)
    try:
        await until(lambda: not workers(mark))
    finally:
        for process in workers(mark):
            os.kill(process, signal.SIGTERM)


async def talk(people: Sequence[Person]) -> str:
    first, *others = people
    call = await first.caller.places(*(other.caller for other in others))
    for other in others:
        await other.caller.answers(call)
    await asyncio.gather(*(person.connects(call) for person in people))
    return call


async def until_all_hear(people: Sequence[Person], others: int) -> None:
    """Let all speak until each hears so many others."""
    heard: dict[int, set[int]] = {number: set() for number in range(len(people))}
    for person in people:
        person.light.heard()

    def all_heard() -> bool:
        for number, person in enumerate(people):
            person.light.say()
            heard[number] |= set(person.light.got) - {HOP}
        return all(len(one) == others for one in heard.values())

    await until(all_heard)


async def test_four_hear_each_other_and_again_after_their_worker_was_killed(
    bridged: Bridged,
) -> None:
    people = await bridged.people("ada", "ben", "cleo", "dan")
    call = await talk(people)
    await until_all_hear(people, 3)
    first = people[0].caller
    worker = (await first.sees_states(call, *["talking"] * 4)).worker
    os.kill(bridged.worker(), signal.SIGKILL)
    await asyncio.gather(
        *(
            person.caller.sees_when(call, lambda told: told.worker not in ("", worker))
            for person in people
        )
    )
    await asyncio.gather(*(person.connects(call) for person in people))
    await until_all_hear(people, 3)
    for person in people[1:]:
        await person.caller.does(HangUpAct(), call)


async def test_a_held_person_hears_nobody_and_the_worker_ends_with_the_service(
    bridged: Bridged,
) -> None:
    people = await bridged.people("ada", "ben", "cleo")
    call = await talk(people)
    await until_all_hear(people, 2)
    await people[2].caller.does(HoldAct(on=True), call)
    await people[0].caller.sees_when(call, lambda told: told.members[2].on_hold)
    people[2].light.heard()
    await until_all_hear(people[:2], 1)
    assert people[2].hears() == 0
    for person in people[1:]:
        await person.caller.does(HangUpAct(), call)
    await people[0].caller.sees(call, over="G_ENDED")
