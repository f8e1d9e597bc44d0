"""Standard calls over a real service and a real bridge worker, on bad days of either."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.support.bridge_worker import SPEECH, LightMember, send_evenly
from tests.support.bridged_town import (
    Bridge,
    Speaker,
    all_but_oneself,
    bridged_town,
    has_worker,
    meet,
    talk,
    who_hears_whom,
)
from tests.support.callers import Caller
from tests.support.connections import until
from tests.support.udp_forwarder import UdpForwarder
from tui_call.bridge_packet import TONES
from tui_call.signaling.call_acts import HangUpAct, HoldAct

pytestmark = pytest.mark.e2e

NOISE = 70


@pytest.fixture
async def bridge(tmp_path: Path) -> AsyncIterator[Bridge]:
    (tmp_path / "state").mkdir()
    bridge = Bridge(tmp_path / "state")
    yield bridge
    await bridge.end()


@pytest.fixture
async def closing() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as stack:
        yield stack


async def test_a_worker_that_is_killed_is_replaced_and_all_are_heard_again(
    tmp_path: Path, bridge: Bridge, closing: AsyncExitStack
) -> None:
    async with bridged_town(tmp_path / "state", bridge) as running:
        people, call = await talk(running, 4, closing)
        holds = people[3]
        await holds.caller.does(HoldAct(on=True), call)
        held = {**all_but_oneself(people[:3]), holds.number: set[int]()}
        await who_hears_whom(people, held)
        first, told = bridge.pid, await people[0].caller.sees_when(call, has_worker)
        bridge.kill()
        for person in people:
            await person.caller.sees_when(
                call, lambda now: has_worker(now) and now.worker != told.worker
            )
            await person.has_sound(call, closing)
        await who_hears_whom(people, held)
        assert bridge.pid != first


async def test_sound_outlives_the_service_and_the_next_one_takes_it_over(
    tmp_path: Path, bridge: Bridge, closing: AsyncExitStack
) -> None:
    async with bridged_town(tmp_path / "state", bridge) as running:
        people, call = await talk(running, 2, closing)
        worker = bridge.pid
    await who_hears_whom(people, all_but_oneself(people))
    async with bridged_town(tmp_path / "state", bridge) as running:
        for person in people:
            back = await running.log_in(person.caller.member.identity)
            person.caller = Caller(back, person.caller.instance)
        await people[0].caller.sees_states(call, "talking", "talking")
        await who_hears_whom(people, all_but_oneself(people))
        await people[0].caller.does(HoldAct(on=True), call)
        await who_hears_whom(people, {person.number: set() for person in people})
        await until(lambda: people[1].leg is not None and people[1].leg.got[TONES])
        assert bridge.pid == worker


async def test_of_sixteen_all_hear_the_three_loudest_and_who_becomes_louder(
    tmp_path: Path, bridge: Bridge, closing: AsyncExitStack
) -> None:
    async with bridged_town(tmp_path / "state", bridge) as running:
        people, _ = await meet(running, 16, closing)
        louder, *_, first, second, third = (person.number for person in people)
        levels = {person.number: NOISE for person in people[:-3]} | {third: SPEECH + 9}
        await who_hears_whom(people, _only({first, second, third}, people), levels)
        levels[louder] = SPEECH - 9
        await who_hears_whom(people, _only({first, second, louder}, people), levels)


async def test_whose_network_dies_is_seen_as_lost_and_is_back_by_a_new_leg(
    tmp_path: Path, bridge: Bridge, closing: AsyncExitStack
) -> None:
    async with bridged_town(tmp_path / "state", bridge) as running:
        people, call = await talk(running, 3, closing)
        *others, moves = people
        network = UdpForwarder()
        await moves.has_sound(call, closing, network)
        await who_hears_whom(people, all_but_oneself(people))
        async with asyncio.TaskGroup() as speaking:
            network.open = False
            tasks = [speaking.create_task(send_evenly(leg, SPEECH)) for leg in _legs(others)]
            await others[0].caller.sees_states(call, "talking", "talking", "lost")
            await moves.has_sound(call, closing)
            await others[0].caller.sees_states(call, "talking", "talking", "talking")
            for task in tasks:
                task.cancel()
        await who_hears_whom(people, all_but_oneself(people))


async def test_a_worker_ends_with_a_service_that_has_no_calls(
    tmp_path: Path, bridge: Bridge, closing: AsyncExitStack
) -> None:
    async with bridged_town(tmp_path / "state", bridge) as running:
        people, call = await talk(running, 2, closing)
        await people[0].caller.does(HangUpAct(), call)
        await people[1].caller.sees(call, over="G_ENDED")
    assert not Path("/proc", str(bridge.pid)).exists()


def _only(heard: set[int], people: Sequence[Speaker]) -> dict[int, set[int]]:
    """Return that each hears these, but nobody oneself."""
    return {person.number: heard - {person.number} for person in people}


def _legs(people: Sequence[Speaker]) -> list[LightMember]:
    return [person.leg for person in people if person.leg is not None]
