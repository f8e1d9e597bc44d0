"""A service that is killed and started again, and a bridge worker that is: calls go on."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.bridge_double import BridgeDouble
from tests.support.callers import CallTown, call_town
from tests.support.members import Clock, until
from tui_call.service import process_link
from tui_call.service.keeping.access import DAY
from tui_call.service.keeping.retention import AWAY_DAYS
from tui_call.signaling.bridge_messages import SetRoom
from tui_call.signaling.call_acts import AddAct, HangUpAct, HoldAct, ParkAct, RetrieveAct
from tui_call.signaling.messages import CreateInvite, InviteCreated, ParkedCalls
from tui_call.signaling.operations import SetPolicy
from tui_call.signaling.standard_calls import AskParked


@pytest.mark.parametrize("end", [BridgeDouble.kill, BridgeDouble.hang])
async def test_a_worker_that_is_killed_or_hangs_is_replaced_and_told_all_as_it_was(
    calls: CallTown, end: Callable[[BridgeDouble], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process_link, "CHECK_SECONDS", 0.1)
    ada, ben, cleo, dan = await calls.callers("ada", "ben", "cleo", "dan")
    call = await calls.talk(ada, ben, cleo, dan)
    await dan.does(HoldAct(on=True), call)
    before = calls.bridge.rooms[call]
    first = calls.bridge.name
    end(calls.bridge)
    told = await ada.sees_when(call, lambda told: told.worker not in ("", first))
    assert told.worker == calls.bridge.name
    assert calls.bridge.starts == 2
    for one in (ada, ben, cleo, dan):
        await one.has_sound(call)
    told = await ada.sees_states(call, *["talking"] * 4)
    assert [member.on_hold for member in told.members] == [False, False, False, True]
    after = calls.bridge.rooms[call]
    assert [m.source for m in after.members] == [m.source for m in before.members]
    assert [m.hears for m in after.members] == [m.hears for m in before.members]


async def test_the_worker_is_let_go_with_the_last_call_and_taken_again(calls: CallTown) -> None:
    ada, ben = await calls.callers("ada", "ben")
    call = await calls.talk(ada, ben)
    assert calls.bridge.services == 1
    await ada.does(HangUpAct(), call)
    await until(lambda: calls.bridge.services == 0)
    await calls.talk(ada, ben)
    assert calls.bridge.starts == 1


async def test_a_service_that_starts_again_finds_its_calls_and_the_worker(
    tmp_path: Path, clock: Clock
) -> None:
    bridge = BridgeDouble()
    async with call_town(tmp_path / "state", clock, bridge) as calls:
        ada, ben = await calls.callers("ada", "ben")
        cleo, dan = await calls.callers("cleo", "dan")
        call, waits = await calls.talk(ada, ben), await calls.talk(cleo, dan)
        await cleo.does(ParkAct(), waits)
        worker, fence = bridge.name, bridge.rooms[call].fence
    assert bridge.alive, "sound goes on without a service"
    assert bridge.rooms.keys() == {call, waits}
    async with call_town(tmp_path / "state", clock, bridge) as calls:
        back = [await calls.comes_back(one) for one in (ada, ben, cleo)]
        for one in back[:2]:
            told = await one.sees_states(call, "talking", "talking")
            assert told.worker == worker, "nobody needs a new leg"
        await until(lambda: bridge.rooms[call].fence > fence)
        await back[0].does(HoldAct(on=True), call)
        parked = await back[0].member.client.ask(AskParked, ParkedCalls)
        assert [(one.at.slot, one.at.by) for one in parked.calls] == [(71, cleo.account)]
        assert await back[2].does(RetrieveAct(71, cleo.instance), waits) == waits
        await back[1].does(HangUpAct(), call)
    assert bridge.starts == 1


async def test_rooms_of_calls_that_are_over_are_closed_however_many_a_worker_has(
    tmp_path: Path, clock: Clock
) -> None:
    bridge = BridgeDouble()
    bridge.start()
    over = [f"{number:064x}" for number in range(3000)]
    bridge.rooms.update({room: SetRoom(room, 7, ()) for room in over})
    async with call_town(tmp_path / "state", clock, bridge) as calls:
        call = await calls.talk(*await calls.callers("ada", "ben"))
        await until(lambda: bridge.rooms.keys() == {call})


async def test_after_a_new_start_one_keeps_in_a_call_what_it_began_with(
    tmp_path: Path, clock: Clock
) -> None:
    bridge = BridgeDouble()
    async with call_town(tmp_path / "state", clock, bridge) as calls:
        ada, ben, cleo, dan = await calls.callers("ada", "ben", "cleo", "dan")
        call = await calls.talk(ada, ben)
        await calls.administers(SetPolicy(name="calls", terms={"add_people": False}))
        await ada.does(AddAct((cleo.account,)), call)
    async with call_town(tmp_path / "state", clock, bridge) as calls:
        ada, cleo = [await calls.comes_back(one) for one in (ada, cleo)]
        await ada.answers(call)  # as an engine does that finds the service again
        await cleo.answers(call)
        assert await cleo.refused(AddAct((dan.account,)), call) == "P_ADD"
        await ada.does(AddAct((dan.account,)), call)


async def test_what_happened_without_a_service_is_made_up_for_when_it_is_back(
    tmp_path: Path, clock: Clock
) -> None:
    bridge = BridgeDouble()
    async with call_town(tmp_path / "state", clock, bridge) as calls:
        ada, ben, cleo = await calls.callers("ada", "ben", "cleo")
        call = await calls.talk(ada, ben)
        rings = await cleo.places(ada)
        await cleo.has_sound(rings)
    bridge.kill()
    clock.now += 61
    async with call_town(tmp_path / "state", clock, bridge) as calls:
        back = [await calls.comes_back(one) for one in (ada, ben)]
        told = await back[0].sees_when(call, lambda told: told.worker == bridge.name)
        assert [member.state for member in told.members] == ["lost", "lost"]
        for one in back:
            await one.has_sound(call)
        await back[0].sees_states(call, "talking", "talking")
        await until(lambda: bridge.rooms.keys() == {call})


async def test_legs_are_where_others_reach_them_once_the_service_is(
    tmp_path: Path, clock: Clock
) -> None:
    everywhere = {"listen": "0.0.0.0", "private": True}
    async with call_town(tmp_path / "state", clock, **everywhere) as calls:
        ada, ben = await calls.callers("ada", "ben")
        call = await calls.talk(ada, ben)
        first = calls.bridge.name
        assert (await ada.member.client.ask(CreateInvite, InviteCreated)).opened
        told = await ada.sees_when(call, lambda told: told.worker not in ("", first))
        assert told.worker == calls.bridge.name, "it is told where to listen as it is started"
        await ada.does(HangUpAct(), call)


async def test_calls_of_a_computer_that_never_returns_are_over_at_last_and_their_slots_free(
    tmp_path: Path, clock: Clock
) -> None:
    """The store is there, as one in PostgreSQL is for other computers; only its own goes on."""
    async with call_town(tmp_path / "state", clock) as calls:
        ada, ben = await calls.callers("ada", "ben")
        call = await calls.talk(ada, ben)
        await ada.does(ParkAct(), call)
    shutil.copytree(tmp_path / "state", tmp_path / "elsewhere")
    clock.now += AWAY_DAYS * DAY - 1
    for parked in ([71], []):
        async with call_town(tmp_path / "elsewhere", clock) as calls:
            back = await calls.comes_back(ada)
            answer = await back.member.client.ask(AskParked, ParkedCalls)
            assert [one.at.slot for one in answer.calls] == parked
            audit = calls.audit()
        clock.now += 1
    assert audit[-1] == ("", "call.end", "G_LOST")
    async with call_town(tmp_path / "state", clock) as calls:
        back = await calls.comes_back(ben)
        await back.sees_when(call, lambda told: not told.over)
