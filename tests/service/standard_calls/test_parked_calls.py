"""Calls that are parked: who sees them and takes them from their slots, and until when."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.callers import Caller, CallTown, call_town
from tests.support.members import Clock
from tui_call.service.standard_calls.acts import Asking
from tui_call.service.standard_calls.judging import ActJudge
from tui_call.signaling.call_acts import HangUpAct, ParkAct, RetrieveAct
from tui_call.signaling.messages import ParkedCalls
from tui_call.signaling.operations import (
    AddMember,
    GrantPolicy,
    NewGroup,
    NewPolicy,
    RemovePerson,
    SetPolicy,
)
from tui_call.signaling.standard_calls import AskParked


@pytest.fixture
async def two_slots(tmp_path: Path, clock: Clock) -> AsyncIterator[CallTown]:
    async with call_town(tmp_path / "state", clock, slots=2) as running:
        yield running


async def parked(calls: CallTown, one: Caller, other: Caller) -> tuple[str, int]:
    """Park a call with somebody; return the call and its slot."""
    call = await calls.talk(one, other)
    await one.does(ParkAct(), call)
    told = await other.sees_when(call, lambda told: told.parked is not None)
    assert told.parked is not None
    assert told.parked.by == one.account
    return call, told.parked.slot


async def may_retrieve(caller: Caller) -> dict[int, tuple[str, ...]]:
    """Return which slots somebody sees, and who waits there."""
    answer = await caller.member.client.ask(AskParked, ParkedCalls)
    return {parked.at.slot: parked.names for parked in answer.calls}


async def test_a_call_is_parked_shown_and_retrieved_by_anybody_here(calls: CallTown) -> None:
    ada, ben, cleo = await calls.callers("ada", "ben", "cleo")
    call, slot = await parked(calls, ada, ben)
    await ada.sees(call, over="G_ENDED")
    assert slot == 71
    assert [one.hears for one in calls.bridge.rooms[call].members] == ["music"]
    assert await may_retrieve(cleo) == {71: ("Ben",)}
    assert await cleo.does(RetrieveAct(slot, cleo.instance), call) == call
    told = await ben.sees_when(call, lambda told: told.parked is None)
    assert [member.name for member in told.members] == ["Ben", "Cleo"]
    assert await may_retrieve(cleo) == {}
    assert await ada.refused(RetrieveAct(slot, ada.instance), call) == "N_SLOT_EMPTY"
    done = [(actor, action, detail) for actor, action, detail in calls.audit()]
    assert (ada.account, "call.park", "slot 71") in done
    assert (cleo.account, "call.retrieve", "slot 71") in done


async def test_for_who_is_not_in_the_parkers_group_a_slot_is_empty(calls: CallTown) -> None:
    ada, ben, cleo, dan = await calls.callers("ada", "ben", "cleo", "dan")
    await calls.administers(NewGroup(name="desk"), AddMember(group="desk", account="cleo"))
    await calls.administers(SetPolicy(name="calls", terms={"park_group": "desk"}))
    call, slot = await parked(calls, ada, ben)
    for empty in (slot, slot + 1, 1, 9999):
        assert await dan.refused(RetrieveAct(empty, dan.instance), call) == "N_SLOT_EMPTY"
    assert await may_retrieve(dan) == {}
    assert list(await may_retrieve(cleo)) == list(await may_retrieve(ada)) == [slot]
    assert await cleo.does(RetrieveAct(slot, cleo.instance), call) == call


async def test_what_was_parked_for_a_group_stays_so_when_who_parked_it_is_removed(
    calls: CallTown,
) -> None:
    _, ben, cleo, dan, eve = await calls.callers("ada", "ben", "cleo", "dan", "eve")
    await calls.administers(
        NewGroup(name="desk"),
        NewPolicy(name="clerks", kind="calling", terms={"park": True, "park_group": "desk"}),
        GrantPolicy(policy="clerks", to="user", subject="ben"),
        AddMember(group="desk", account="cleo"),
    )
    call, slot = await parked(calls, ben, eve)
    await calls.administers(RemovePerson(account="ben"))
    assert await may_retrieve(dan) == {}
    assert await dan.refused(RetrieveAct(slot, dan.instance), call) == "N_SLOT_EMPTY"
    assert list(await may_retrieve(cleo)) == [slot]


async def test_what_was_parked_at_a_slot_meanwhile_is_not_taken(calls: CallTown) -> None:
    ada, ben, cleo, dan = await calls.callers("ada", "ben", "cleo", "dan")
    listed, slot = await parked(calls, ada, ben)
    await ben.does(HangUpAct(), listed)
    call, again = await parked(calls, ada, cleo)
    assert slot == again
    for other in (listed, ""):
        assert await dan.refused(RetrieveAct(slot, dan.instance), other) == "N_SLOT_EMPTY"
    assert await dan.does(RetrieveAct(slot, dan.instance), call) == call


@asynccontextmanager
async def is_judged(
    who: Caller, act: RetrieveAct, call: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[None]:
    """Let it be judged that somebody may take a call, which must not be taken after the block."""
    judged, may_take, closed = asyncio.Event(), asyncio.Event(), ActJudge.closed

    async def slowly(judge: ActJudge, asking: Asking, *arguments: Any) -> str:
        found = await closed(judge, asking, *arguments)
        if asking.account == who.account:
            judged.set()
            await may_take.wait()
        return found

    monkeypatch.setattr(ActJudge, "closed", slowly)
    asks = asyncio.ensure_future(who.refused(act, call))
    asks.add_done_callback(lambda _: judged.set())  # without being judged
    await judged.wait()
    yield
    may_take.set()
    assert await asks == "N_SLOT_EMPTY"


@pytest.fixture
async def desk(calls: CallTown) -> list[Caller]:
    """Return three people, and two who talk: of these the first parks for a group alone."""
    ada, ben, eve, lea, max_ = await calls.callers("ada", "ben", "eve", "lea", "max")
    await calls.administers(
        NewGroup(name="desk"),
        NewPolicy(name="clerks", kind="calling", terms={"park": True, "park_group": "desk"}),
        GrantPolicy(policy="clerks", to="user", subject="lea"),
        AddMember(group="desk", account="lea"),
    )
    return [ada, ben, eve, lea, max_]


async def test_a_call_that_a_group_may_take_is_not_taken_in_place_of_one_that_all_may(
    calls: CallTown, desk: list[Caller], monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, ben, eve, lea, max_ = desk
    known = await calls.talk(lea, max_, eve)
    await eve.does(HangUpAct(), known)
    call, slot = await parked(calls, ada, ben)
    async with is_judged(eve, RetrieveAct(slot, eve.instance), known, monkeypatch):
        await ada.does(RetrieveAct(slot, ada.instance), call)
        assert (await lea.ask(ParkAct(), known)).slot == slot
    assert list(await may_retrieve(lea)) == [slot]


async def test_a_call_that_is_parked_for_a_group_meanwhile_is_not_taken_as_it_was_before(
    calls: CallTown, desk: list[Caller], monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, ben, eve, lea, _ = desk
    call, slot = await parked(calls, ada, ben)
    async with is_judged(eve, RetrieveAct(slot, eve.instance), call, monkeypatch):
        await lea.does(RetrieveAct(slot, lea.instance), call)
        assert (await lea.ask(ParkAct(), call)).slot == slot
    assert list(await may_retrieve(lea)) == [slot]


async def test_what_was_parked_cannot_be_parked_again_and_slots_end(two_slots: CallTown) -> None:
    ada, ben, cleo = await two_slots.callers("ada", "ben", "cleo")
    call, slot = await parked(two_slots, ada, ben)
    assert await ada.refused(ParkAct(), call) == "N_UNKNOWN_CALL"
    assert await ben.refused(ParkAct(), call) == "N_PARKED"
    _, second = await parked(two_slots, ada, cleo)
    assert {slot, second} == {71, 72}
    dan, fay = await two_slots.callers("dan", "fay")
    third = await two_slots.talk(dan, fay)
    assert await dan.refused(ParkAct(), third) == "N_NOSLOT"
    await ben.does(HangUpAct(), call)
    await dan.does(ParkAct(), third)
    assert sorted(await may_retrieve(fay)) == [71, 72]


async def test_a_parked_call_rings_back_and_ends_after_three_rounds(calls: CallTown) -> None:
    ada, ben = await calls.callers("ada", "ben")
    call, slot = await parked(calls, ada, ben)
    for _ in range(3):
        calls.town.clock.now += 121
        back = await ada.sees_when(call, lambda told: len(told.members) == 2)
        assert back.members[1].why_rings == "park_back"
        calls.town.clock.now += 31
        await ada.sees(call, over="R_CANCELLED")
    end = await ben.sees_when(call, lambda told: told.over != "")
    assert [(one.what, one.slot) for one in end.news] == [("park_end", slot)]
    assert await may_retrieve(ada) == {}
    assert await ada.refused(RetrieveAct(slot, ada.instance), call) == "N_SLOT_EMPTY"
