"""Two services that share a store, and know nothing else of each other: one outcome each time."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.bridge_double import BridgeDouble
from tests.support.tap_double import TapDouble
from tui_call.service import database
from tui_call.service.bus.in_process import InProcessBus
from tui_call.service.database import Accounts, CallChange, Database, Organisations, StandardCalls
from tui_call.service.faults import DatabaseUnusable
from tui_call.service.limits import CALLS, TokenBuckets
from tui_call.service.missed_calls import MissedCallDelivery
from tui_call.service.standard_calls.bridge_rooms import BridgeRooms
from tui_call.service.standard_calls.call_book import CallBook
from tui_call.service.standard_calls.consequences import CallConsequences
from tui_call.service.standard_calls.exchange import CallExchange
from tui_call.service.standard_calls.links import WORKER_LINES, WorkerLink, tap_link, worker_link
from tui_call.service.standard_calls.options import BridgeOptions
from tui_call.service.standard_calls.tap_rooms import TapRooms
from tui_call.service.standard_calls.telling import CallTelling
from tui_call.signaling.bridge_messages import CloseRoom, SetRoom, ToWorker
from tui_call.standard_calls.effects import EndLeg
from tui_call.standard_calls.events import (
    Answers,
    HangsUp,
    Holds,
    Mutes,
    OffersLeg,
    Parks,
    Places,
    Retrieves,
)
from tui_call.standard_calls.state import StandardCall

NOW = 1_800_000_000.0
TRIES = 20
SLOTS = BridgeOptions(slots=2)
ADA, BEN, CLEO, DAN = ("ada@acme", "ben@acme", "cleo@acme", "dan@acme")


def name(*words: object) -> str:
    """Return an id that is the same each time."""
    return "".join(map(str, words)).encode().hex().ljust(32, "0")[:32]


class OrderBook(WorkerLink):
    """Keeps all that a worker is ordered."""

    def __init__(self) -> None:
        super().__init__(BridgeDouble(), WORKER_LINES)
        self.orders: list[ToWorker] = []

    def say(self, message: ToWorker) -> None:
        self.orders.append(message)


def service(store: Database, home: str, link: WorkerLink | None = None) -> CallExchange:
    bus = InProcessBus()
    limit = TokenBuckets(CALLS, lambda: 0.0)
    missed = MissedCallDelivery(database.MissedCalls(store), bus, limit, lambda: NOW)
    telling = CallTelling(bus, Accounts(store), missed)
    rooms = BridgeRooms(link or worker_link(BridgeDouble()), bus)
    taps = TapRooms(tap_link(TapDouble()))
    book = CallBook(StandardCalls(store), home)
    consequences = CallConsequences(telling, rooms, taps)
    return CallExchange(book, consequences, SLOTS, lambda _: 0, lambda: NOW)


@pytest.fixture
async def services(store_place: Path | str) -> AsyncIterator[tuple[CallExchange, CallExchange]]:
    first, second = await Database.open(store_place), await Database.open(store_place)
    yield service(first, "first"), service(second, "second")
    await first.close()
    await second.close()


async def talk(exchange: CallExchange, call: str, one: str, other: str) -> None:
    places = Places(account=one, device=one, call=call, to=(other,), instance=name(one))
    for step in (
        await exchange.place(places, None),
        await exchange.take(call, Answers(account=other, device=other, instance=name(other))),
    ):
        assert step.refused == ""


async def found(exchange: CallExchange, call: str) -> StandardCall | None:
    known = await exchange.calls.find(call)
    return None if known is None else known.call


async def test_of_two_who_retrieve_one_gets_it(
    services: tuple[CallExchange, CallExchange],
) -> None:
    one, other = services
    for number in range(TRIES):
        call = name(number, "call")
        await talk(one, call, ADA, BEN)
        step = await one.take(call, Parks(account=ADA, device=ADA, slot=0))
        assert step.call is not None
        assert step.call.parked is not None
        at = {"slot": step.call.parked.slot, "by": ADA, "group": ""}
        steps = await asyncio.gather(
            *(
                exchange.take(call, Retrieves(account=who, device=who, instance=name(who), **at))
                for exchange, who in ((one, CLEO), (other, DAN))
            )
        )
        assert sorted(step.refused for step in steps) == ["", "N_SLOT_EMPTY"]
        seen = [await found(exchange, call) for exchange in (other, one)]
        assert seen[0] is not None
        assert len(seen[0].members) == 2
        assert await other.calls.taken_slots() == []
        await other.take(call, HangsUp(account=BEN, device=BEN))


async def test_two_calls_are_parked_at_two_slots_and_a_third_at_none(
    services: tuple[CallExchange, CallExchange],
) -> None:
    calls = [name(number, "call") for number in range(3)]
    exchanges = (*services, services[0])
    for call, exchange, one, two in zip(
        calls, exchanges, (ADA, CLEO, "eve@acme"), (BEN, DAN, "fay@acme"), strict=True
    ):
        await talk(exchange, call, one, two)
    steps = await asyncio.gather(
        *(
            exchange.take(call, Parks(account=one, device=one, slot=0))
            for call, exchange, one in zip(calls, exchanges, (ADA, CLEO, "eve@acme"), strict=True)
        )
    )
    assert sorted(step.refused for step in steps) == ["", "", "N_NOSLOT"]
    assert [taken.slot for taken in await services[0].calls.taken_slots()] == [71, 72]


async def test_what_both_change_at_once_is_all_done(
    services: tuple[CallExchange, CallExchange],
) -> None:
    call = name("call")
    await talk(services[0], call, ADA, BEN)
    for number in range(TRIES):
        await asyncio.gather(
            *(
                exchange.take(call, Mutes(account=who, device=who, on=number % 2 == 0))
                for exchange, who in zip(services, (ADA, BEN), strict=True)
            )
        )
        now = await found(services[1], call)
        assert now is not None
        assert [member.muted for member in now.members] == [number % 2 == 0] * 2


async def test_a_call_that_another_service_runs_is_changed_and_no_room_of_it_ordered(
    store_place: Path | str,
) -> None:
    store, one, other = await Database.open(store_place), OrderBook(), OrderBook()
    runs, changes = service(store, "first", one), service(store, "second", other)
    call, leg = name("call"), name("leg")
    await talk(runs, call, ADA, BEN)
    assert one.orders
    for event in (
        OffersLeg(account=BEN, device=BEN, instance=name(BEN), leg=leg),
        Holds(account=BEN, device=BEN, on=True),
        HangsUp(account=BEN, device=BEN),
    ):
        step = await changes.take(call, event)
        assert step.refused == ""
    assert EndLeg(leg) in step.effects
    assert other.orders == []
    await store.close()


async def test_who_was_in_charge_before_changes_nothing(store_place: Path | str) -> None:
    store = await Database.open(store_place)
    calls = StandardCalls(store)
    await talk(service(store, "first"), name("call"), ADA, BEN)
    before = await calls.find(name("call"))
    assert before is not None
    (taken,) = await calls.take_over("first")
    assert taken.fence == before.fence + 1
    late = CallChange(before, replace(before, sequence=before.sequence + 1, state="{}"))
    assert not await calls.save([late], (), int(NOW))
    assert await calls.find(name("call")) == taken
    assert await calls.take_over("second") == []
    await store.close()


async def test_a_store_that_is_put_back_has_no_calls(store_place: Path | str) -> None:
    store = await Database.open(store_place)
    await Organisations(store).open("acme", "Acme", int(NOW))
    exchange = service(store, "first")
    await talk(exchange, name("call"), ADA, BEN)
    await exchange.take(name("call"), Parks(account=ADA, device=ADA, slot=0))
    await Organisations(store).put_back(int(NOW), int(NOW))
    assert await StandardCalls(store).take_over("first") == []
    assert await exchange.calls.taken_slots() == []
    await store.close()


async def changes_unheard(exchange: CallExchange, call: str, act: Holds | HangsUp) -> None:
    """Let a change be saved whose answer is lost, and be asked for again."""
    save = StandardCalls.save

    async def save_and_fail(*arguments: Any) -> bool:
        assert await save(*arguments)
        raise DatabaseUnusable

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(StandardCalls, "save", save_and_fail)
        with pytest.raises(DatabaseUnusable):
            await exchange.take(call, act)
    await exchange.take(call, act)


async def test_a_call_whose_change_was_saved_unheard_goes_on_here(
    services: tuple[CallExchange, CallExchange],
) -> None:
    one, _ = services
    await talk(one, name("call"), ADA, BEN)
    await changes_unheard(one, name("call"), Holds(account=ADA, device=ADA, on=True))
    here = one.calls.here(name("call"))
    assert here is not None
    assert here.call.members[0].on_hold


async def test_of_a_call_whose_end_was_saved_unheard_no_room_is_left(
    store_place: Path | str,
) -> None:
    store = await Database.open(store_place)
    link = OrderBook()
    exchange = service(store, "first", link)
    await talk(exchange, name("call"), ADA, BEN)
    rooms = {order.room for order in link.orders if isinstance(order, SetRoom)}
    await changes_unheard(exchange, name("call"), HangsUp(account=ADA, device=ADA))
    assert {order.room for order in link.orders if isinstance(order, CloseRoom)} == rooms != set()
    await store.close()
