"""A call in which something fails that nobody foresaw: all others go on as if it were not there."""

import asyncio

import pytest

from tests.service.standard_calls.ruled_calls import are_kept, is_on, recorded
from tests.support.callers import CallTown, break_the_audit, new_id
from tui_call.service.standard_calls import exchange
from tui_call.service.standard_calls.bridge_rooms import BridgeRooms
from tui_call.service.standard_calls.policy_changes import PolicyChanges
from tui_call.signaling.call_acts import DescribeAct
from tui_call.signaling.messages import ChangeSetting, Done
from tui_call.signaling.operations import GrantPolicy
from tui_call.standard_calls.effects import Step
from tui_call.standard_calls.events import CannotBeRecorded, DeadlineReached, Event, Report
from tui_call.standard_calls.machine import handle
from tui_call.standard_calls.state import StandardCall


def let_fail(monkeypatch: pytest.MonkeyPatch, broken: str, what: type[Event]) -> None:
    """Have the core fail in one call at one event."""

    def failing(call: StandardCall | None, event: Event, now: float) -> Step:
        if call is not None and call.id == broken and isinstance(event, what):
            raise ZeroDivisionError
        return handle(call, event, now)

    monkeypatch.setattr(exchange, "handle", failing)


async def test_a_call_that_fails_at_its_deadline_lets_others_meet_theirs(
    calls: CallTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, ben, cleo, dan = await calls.callers("ada", "ben", "cleo", "dan")
    broken = await ada.places(ben)
    let_fail(monkeypatch, broken, DeadlineReached)
    await ada.has_sound(broken)
    for _ in range(2):
        call = await cleo.places(dan)
        await cleo.has_sound(call)
        calls.town.clock.now += 61
        await cleo.sees(call, over="R_NO_ANSWER")


async def test_a_call_that_cannot_even_be_ended_lets_no_other_go_on_unrecorded(
    calls: CallTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, _, broken = await recorded(calls)
    cleo, dan = await calls.callers("cleo", "dan")
    await calls.administers(GrantPolicy(policy="bank", to="user", subject="dan"))
    call = await cleo.places(dan)
    await dan.answers(call)
    for one in (cleo, dan):
        await one.has_sound(call)
    await is_on(call, cleo)
    calls.town.clock.now += 1
    await cleo.sees_when(call, lambda told: are_kept(told.members))
    let_fail(monkeypatch, broken, CannotBeRecorded)
    await break_the_audit(calls)
    for one in (cleo, dan):
        await one.sees(call, over="N_COMPLIANCE")


async def test_where_taking_what_the_worker_says_fails_it_is_connected_anew(
    calls: CallTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, ben = await calls.callers("ada", "ben")
    call = await calls.talk(ada, ben)
    failed = asyncio.Event()

    def failing(*_: object) -> None:
        failed.set()
        raise ZeroDivisionError

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(BridgeRooms, "described", failing)
        await ada.does(DescribeAct(ada.instance, new_id(), "offer"), call)
        await failed.wait()
    await ada.sees(call, worker="")
    await ada.sees(call, worker=calls.bridge.name)
    for one in (ada, ben):
        await one.has_sound(call)
    await ada.sees_states(call, "talking", "talking")


async def test_a_call_whose_words_cannot_be_looked_at_keeps_none_from_holding_in_another(
    calls: CallTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, ben, cleo, dan = await calls.callers("ada", "ben", "cleo", "dan")
    broken, call = await calls.talk(ada, ben), await calls.talk(cleo, dan)
    words = PolicyChanges._words

    async def failing(changes: PolicyChanges, of: str) -> list[Report]:
        if of == broken:
            raise ZeroDivisionError
        return await words(changes, of)

    monkeypatch.setattr(PolicyChanges, "_words", failing)
    await cleo.member.client.ask(lambda number: ChangeSetting(number, None, None, "refuse"), Done)
    await dan.sees_when(call, lambda told: not told.members[0].captioned)
