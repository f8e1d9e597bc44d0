"""Whose turn it is to come in: on sockets that nobody reads and a clock that passes when told."""

import asyncio
import socket
import sys
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.support.members import Clock, until
from tui_call.service import admission
from tui_call.service.admission import PATIENCE, AdmissionControl, subscriber
from tui_call.service.arrivals import Arrival
from tui_call.service.limits import Limits, Rate, TokenBuckets

LOGIN = 3
"""Frames and the request that a login takes beside the connection."""
FEW = Limits(unfinished=6, unfinished_of_address=4, waiting_seconds=60)


class Door:
    """An admission control, and those who come to it."""

    def __init__(self, clock: Clock, limits: Limits = FEW, files: int = 10_000) -> None:
        self.clock = clock
        tokens = TokenBuckets(limits.address, clock)
        self.control = AdmissionControl(limits, tokens, clock, files)
        self.inside: list[Arrival] = []
        self.ends: list[socket.socket] = []

    def come(self, host: str) -> socket.socket:
        """Connect, and return the end of the service."""
        here, there = socket.socketpair()
        there.send(b"hello")
        self.ends += [here, there]
        self.control.enter(host, here, asyncio.Protocol, lambda arrival, _: self.enter(arrival))
        return here

    def enter(self, arrival: Arrival) -> None:
        self.inside.append(arrival)

    def log_in(self, arrival: Arrival) -> None:
        assert all(self.control.pay(arrival) for _ in range(LOGIN))
        self.control.admit(arrival)

    def of(self, *hosts: str) -> list[int]:
        """Return how many of some addresses have had their turn."""
        counted = Counter(arrival.address for arrival in self.inside)
        return [counted[host] for host in hosts]

    def close(self) -> None:
        for arrival in self.inside:
            arrival.end()
        self.control.close()
        for end in self.ends:
            end.close()


@pytest.fixture
async def door(clock: Clock) -> Iterator[Door]:
    door = Door(clock)
    yield door
    door.close()


@pytest.fixture(autouse=True)
def _looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission, "LOOK_AGAIN", 0.005)


async def looks() -> None:
    """Let it look whose turn it is, also by time."""
    await asyncio.sleep(0.05)


async def test_beyond_some_of_an_address_others_wait_unread_until_one_has_logged_in_or_ended(
    door: Door,
) -> None:
    came = [door.come("192.0.2.1") for _ in range(7)]
    await looks()
    assert door.of("192.0.2.1") == [4]
    assert [end.recv(5, socket.MSG_PEEK) for end in came] == [b"hello"] * 7
    door.log_in(door.inside[0])
    await until(lambda: door.of("192.0.2.1") == [5])
    door.inside[1].end()
    await until(lambda: door.of("192.0.2.1") == [6])


async def test_all_of_an_office_come_in_at_once_whatever_one_address_may_take(
    clock: Clock,
) -> None:
    office = Door(clock, Limits(address=Rate(burst=4 * (LOGIN + 1), per_second=0), unfinished=4))
    for _ in range(500):
        office.come("192.0.2.1")
    for number in range(500):
        await until(lambda number=number: len(office.inside) > number)
        office.log_in(office.inside[number])
    office.close()


async def test_addresses_take_turns(door: Door) -> None:
    crowd, others = "192.0.2.1", ["192.0.2.2", "192.0.2.3"]
    for _ in range(20):
        door.come(crowd)
    await looks()
    assert door.of(crowd) == [4]
    for other in others * 3:
        door.come(other)
    await looks()
    assert door.of(crowd, *others) == [4, 1, 1], "six in all"
    for arrival in door.inside[:]:
        door.log_in(arrival)
    await looks()
    assert sorted(door.of(crowd, *others)) == [3, 3, 6]


async def test_who_waits_for_too_long_is_turned_away(door: Door, clock: Clock) -> None:
    for _ in range(4):
        door.come("192.0.2.1")
    await looks()
    clock.now -= 1  # those who are there do not give way
    late = door.come("192.0.2.1")
    clock.now += FEW.waiting_seconds
    for arrival in door.inside:
        arrival.since = clock.now
    await until(lambda: late.fileno() == -1)


async def test_of_many_addresses_the_one_with_most_connections_gives_way(
    door: Door, clock: Clock
) -> None:
    for host in ["192.0.2.1"] * 4 + ["192.0.2.2", "192.0.2.3"]:
        door.come(host)
    await looks()
    door.come("192.0.2.4")
    await looks()
    assert door.of("192.0.2.4") == [0]
    clock.now += PATIENCE
    await until(lambda: door.of("192.0.2.4") == [1])
    there = [door.control.find(arrival.inner) is arrival for arrival in door.inside]
    assert there == [False, True, True, True, True, True, True]


async def test_those_who_wait_leave_files_to_others(clock: Clock) -> None:
    door = Door(clock, files=admission.FILES_KEPT + 10)
    came = [door.come("192.0.2.1") for _ in range(12)]
    await looks()
    assert [end.fileno() == -1 for end in came] == [False] * 10 + [True] * 2
    clock.now += PATIENCE - 1
    for arrival in door.inside:
        arrival.since = clock.now
    clock.now += 1
    door.come("192.0.2.2")
    assert came[4].fileno() == -1, "it waited longest"
    await until(lambda: door.of("192.0.2.2") == [1])
    door.close()


@pytest.mark.parametrize(
    ("hosts", "same"),
    [
        (("192.0.2.1", "::ffff:192.0.2.1"), True),
        (("192.0.2.1", "192.0.2.2"), False),
        (("2001:db8::1", "2001:db8::ffff:1"), True),
        (("2001:db8::1", "2001:db8:0:1::1"), False),
        (("fe80::1%eth0", "fe80::2%eth0"), True),
    ],
)
def test_what_one_subscriber_has_counts_as_one_address(hosts: tuple[str, str], same: bool) -> None:
    assert (subscriber(hosts[0]) == subscriber(hosts[1])) is same


async def test_where_files_run_short_many_addresses_cost_no_more_than_few(clock: Clock) -> None:
    def work_of_one_more(addresses: int) -> int:
        files = admission.FILES_KEPT + addresses
        door = Door(clock, Limits(unfinished=0), files)
        for number in range(addresses):
            door.come(f"2001:db8:0:{number:x}::1")
        clock.now += PATIENCE
        calls = 0

        def count(*_: object) -> None:
            nonlocal calls
            calls += 1

        sys.setprofile(count)
        try:
            door.come("192.0.2.1")
        finally:
            sys.setprofile(None)
        assert door.ends[0].fileno() == -1, "the first of those who had waited longest"
        door.close()
        return calls

    assert work_of_one_more(200) == work_of_one_more(20)
