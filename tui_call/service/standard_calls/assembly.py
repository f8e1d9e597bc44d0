"""The parts of standard calls, built once, leaf to root."""

import hashlib
import socket
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from tui_call.service.bus.bus import Bus
from tui_call.service.bus.online_devices import OnlineDevices
from tui_call.service.database import Accounts, Database, StandardCalls
from tui_call.service.database.audit import AuditTrial
from tui_call.service.database.kept import KeptParts
from tui_call.service.limits import TokenBuckets
from tui_call.service.missed_calls import MissedCallDelivery
from tui_call.service.on_demand import OnDemandAccounts
from tui_call.service.policies import CurrentPolicies
from tui_call.service.standard_calls.audit_watch import AuditWatch
from tui_call.service.standard_calls.bridge_rooms import BridgeRooms
from tui_call.service.standard_calls.call_book import CallBook
from tui_call.service.standard_calls.consequences import CallConsequences
from tui_call.service.standard_calls.door import CallDoor
from tui_call.service.standard_calls.exchange import CallExchange
from tui_call.service.standard_calls.judging import ActJudge
from tui_call.service.standard_calls.links import tap_link, worker_link
from tui_call.service.standard_calls.meanwhile import Meanwhile
from tui_call.service.standard_calls.options import BridgeOptions
from tui_call.service.standard_calls.policy_changes import PolicyChanges
from tui_call.service.standard_calls.processes import CallProcesses
from tui_call.service.standard_calls.reaching import CallPeople
from tui_call.service.standard_calls.requests import CallRequests
from tui_call.service.standard_calls.steady_clock import SteadyClock
from tui_call.service.standard_calls.tap_news import TapNews
from tui_call.service.standard_calls.tap_rooms import TapRooms
from tui_call.service.standard_calls.telling import CallTelling
from tui_call.service.standard_calls.worker_news import WorkerNews


@dataclass(frozen=True, slots=True)
class CallFoundation:
    """What standard calls are built on.

    Attributes:
        options: how they are carried.
        processes: beside the service.
        store: the service's database.
        accounts: who there is.
        bus: between connections.
        online: who is connected.
        on_demand: accounts that are started when they are called, None where there are none.
        missed_calls: keeps word for those who were called in vain.
        policies: that apply now.
        why_full: says why nothing more may be kept of calls, "" where it may.
        limit: of an account, for what the audit keeps.
        state_directory: of the service.
        wall_clock: Unix seconds.
        clock: monotonic seconds.
        closing: closes what has to be closed.
    """

    options: BridgeOptions
    processes: CallProcesses
    store: Database
    accounts: Accounts
    bus: Bus
    online: OnlineDevices
    on_demand: OnDemandAccounts | None
    missed_calls: MissedCallDelivery
    policies: CurrentPolicies
    why_full: Callable[[], Awaitable[str]]
    limit: TokenBuckets
    state_directory: Path
    wall_clock: Callable[[], float]
    clock: Callable[[], float]
    closing: AsyncExitStack


async def build_calls(on: CallFoundation) -> CallRequests:
    """Build all parts, and go on with the calls of before.

    Raises:
        DatabaseUnusable: the store cannot be changed.
    """
    link = worker_link(on.processes.worker)
    rooms = BridgeRooms(link, on.bus)
    tapping = tap_link(on.processes.tap)
    taps = TapRooms(tapping)
    telling = CallTelling(on.bus, on.accounts, on.missed_calls)
    book = CallBook(StandardCalls(on.store), home_of(on.state_directory))
    door = CallDoor(on.policies)
    consequences = CallConsequences(telling, rooms, taps)
    steady = SteadyClock(on.wall_clock, on.clock, lambda: len(book) > 0)
    exchange = CallExchange(book, consequences, on.options, door.keep_days, steady)
    people = CallPeople(exchange, telling, on.accounts, on.online, on.on_demand)
    consequences.when_rings(people.ring)
    on.bus.listen(people.hear)
    parts = KeptParts(on.store)
    tap_news = TapNews(exchange, taps, parts, telling, steady)
    news = WorkerNews(exchange, rooms, tap_news)
    judge = ActJudge(door, on.accounts, on.online, on.why_full)
    changes = PolicyChanges(exchange, door, on.accounts, on.why_full)
    meanwhile = Meanwhile(changes, (people.hear, changes.hear))
    requests = CallRequests(exchange, telling, door, judge, rooms, taps, meanwhile, on.limit)
    on.policies.after_each(changes.look)
    on.bus.listen(changes.hear)
    on.bus.listen(meanwhile.hear)
    watch = AuditWatch(exchange, changes, door, AuditTrial(on.store))
    for part in (link, tapping, tap_news, exchange, changes, watch, people, requests):
        on.closing.push_async_callback(part.close)
    await exchange.open()
    changes.open()
    watch.open()
    taps.expect(frozenset(await parts.unclosed(book.home)))
    link.open(news.hear, news.lost)
    tapping.open(tap_news.hear, tap_news.lost, tap_news.missed, tap_news.lost)
    return requests


def home_of(state_directory: Path) -> str:
    """Return what names a service in a store that it may share, the same after a new start."""
    place = f"{socket.gethostname()}\0{state_directory.resolve()}"
    return hashlib.sha256(place.encode()).hexdigest()[:32]
