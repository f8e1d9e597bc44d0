"""What holds of every bus: another one is added to `BUSES`, and all of this has to hold of it."""

import asyncio
import itertools
from collections.abc import Callable

import pytest

from tests.support.faulty_bus import FaultyBus
from tests.support.members import until
from tui_call.service.bus import traffic
from tui_call.service.bus.bus import Bus
from tui_call.service.bus.in_process import InProcessBus
from tui_call.service.bus.online_devices import OnlineDevices
from tui_call.service.bus.traffic import (
    Address,
    Announcement,
    BusMessage,
    CallsWait,
    DevicePresence,
    LoggedIn,
    PersonTouched,
    Posted,
    SettingTouched,
    TurnOut,
)
from tui_call.signaling.messages import (
    Acknowledged,
    CallNote,
    Deliver,
    NameChanged,
)
from tui_call.signaling.vocabulary import Presence

BUSES: list[Callable[[], Bus]] = [InProcessBus]
ADA, BEN = Address("ada@x", "a" * 32), Address("ben@x", "b" * 32)
TABLET = Address("ada@x", "c" * 32)
LETTER = Posted(Deliver("ab" * 16, 1, *BEN, b"\0sealed\xff"), paid=True)
NOTE = Posted(CallNote("ab" * 16, "cd" * 16, "ben@x", "ef" * 16, "01" * 16, "at eight"))


@pytest.fixture(params=BUSES)
def bus(request: pytest.FixtureRequest) -> Bus:
    return request.param()


class Taker:
    """A device that takes everything."""

    def __init__(self, bus: Bus, address: Address) -> None:
        self.taken: list[BusMessage] = []
        self.address = address
        bus.subscribe(address, self.take)

    def take(self, message: BusMessage) -> None:
        self.taken.append(message)


async def test_a_message_reaches_the_device_the_account_or_everybody(bus: Bus) -> None:
    ada, tablet, ben = (Taker(bus, address) for address in (ADA, TABLET, BEN))
    for number, (to, takers) in enumerate(
        [(ADA, [ada]), (Address(ADA.account), [ada, tablet]), (None, [ada, tablet, ben])]
    ):
        message = NameChanged(str(number))
        assert bus.publish(to, message) is None
        await until(lambda m=message, ts=takers: all(m in taker.taken for taker in ts))
        assert sum(message in taker.taken for taker in (ada, tablet, ben)) == len(takers)


async def test_who_takes_no_more_gets_nothing_and_the_others_still_do(bus: Bus) -> None:
    first, second = Taker(bus, ADA), Taker(bus, ADA)
    bus.unsubscribe(ADA, first.take)
    bus.unsubscribe(ADA, first.take)
    bus.publish(ADA, LETTER)
    await until(lambda: second.taken == [LETTER])
    assert first.taken == []


async def test_a_taker_that_fails_takes_nothing_from_others_or_from_the_sender(bus: Bus) -> None:
    def fail(_: object) -> None:
        raise RuntimeError

    bus.subscribe(ADA, fail)
    bus.listen(fail)
    ada, heard = Taker(bus, ADA), list[Announcement]()
    bus.listen(heard.append)
    bus.publish(ADA, LETTER)
    bus.announce(PersonTouched("ada@x"))
    await until(lambda: ada.taken and heard)


async def test_what_nobody_takes_comes_back_later_and_only_then(bus: Bus) -> None:
    returned: list[tuple[Address, BusMessage]] = []
    bus.when_returned(lambda to, message: returned.append((to, message)))
    ben = Taker(bus, BEN)
    bus.publish(ADA, LETTER)
    assert returned == []
    bus.publish(BEN, LETTER)
    bus.publish(Address(ADA.account), NameChanged("nobody has to hear that"))
    await until(lambda: returned and ben.taken)
    await asyncio.sleep(0)
    assert returned == [(ADA, LETTER)]


async def test_what_is_announced_reaches_all_who_listen_in_their_order(bus: Bus) -> None:
    order: list[str] = []
    bus.listen(lambda _: order.append("first"))
    bus.listen(lambda _: order.append("second"))
    bus.announce(PersonTouched("ada@x"))
    await until(lambda: len(order) == 2)
    assert order == ["first", "second"]


@pytest.mark.parametrize(
    "what",
    [
        LETTER, Posted(Acknowledged("ab" * 16, 1, *BEN)), NOTE, LoggedIn(1.5), CallsWait(),
        TurnOut("device_revoked"), NameChanged("Ada"), PersonTouched("ada@x", joined=True),
        SettingTouched("ada@x"),
        DevicePresence(*ADA, 1.5, 3, "away"), DevicePresence(*ADA, 1.5, 4, None, goodbye=True),
    ],
)  # fmt: skip
def test_what_travels_is_plain_data(what: traffic.Traffic) -> None:
    assert traffic.decode(traffic.encode(what)) == what


def a_day_of_a_device() -> list[DevicePresence]:
    """Return what a device announces: it comes, changes, comes again elsewhere, and goes."""
    return [
        DevicePresence(*ADA, 1.0, 1, "free"),
        DevicePresence(*ADA, 1.0, 2, "busy"),
        DevicePresence(*ADA, 2.0, 1, "away"),
        DevicePresence(*ADA, 1.0, 3, None),
    ]


@pytest.mark.parametrize("ends", [False, True])
def test_however_presence_comes_the_same_is_known_in_the_end(ends: bool) -> None:
    news = a_day_of_a_device()
    last = DevicePresence(*ADA, 2.0, 2, None, goodbye=True)
    for order in itertools.permutations([*news, last] if ends else news):
        online = OnlineDevices()
        for one in (*order, *order):  # all of it twice
            online.hear(one)
        assert (online.presence(ADA.account), len(online)) == (
            ("offline", 0) if ends else ("away", 1)
        )
        assert online.empty.is_set() is ends


async def test_a_bus_with_faults_ends_where_one_without_does(bus: Bus) -> None:
    faulty, online, count = FaultyBus(bus, seed=7), OnlineDevices(), 40
    bus.listen(online.hear)
    said: tuple[Presence, ...] = ("free", "busy", "away")
    for number in range(count):
        for turn, presence in enumerate(said):
            faulty.announce(DevicePresence(f"{number}@x", f"{number}", 1.0, turn, presence))
    await until(lambda: all(online.presence(f"{one}@x") == "away" for one in range(count)))
    assert faulty.doubled
