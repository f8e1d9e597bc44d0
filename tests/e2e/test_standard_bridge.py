"""Standard calls over a real service and a real bridge worker, on bad days of either."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.service.standard_calls.callers import Caller
from tests.support.bridged_town import (
    Bridge,
    all_but_oneself,
    bridged_town,
    has_worker,
    talk,
    who_hears_whom,
)
from tests.support.connections import until
from tui_call.bridge_packet import TONES
from tui_call.signaling.call_acts import HangUpAct, HoldAct

pytestmark = pytest.mark.e2e


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


async def test_a_worker_ends_with_a_service_that_has_no_calls(
    tmp_path: Path, bridge: Bridge, closing: AsyncExitStack
) -> None:
    async with bridged_town(tmp_path / "state", bridge) as running:
        people, call = await talk(running, 2, closing)
        await people[0].caller.does(HangUpAct(), call)
        await people[1].caller.sees(call, over="G_ENDED")
    assert not Path("/proc", str(bridge.pid)).exists()
