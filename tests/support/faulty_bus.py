"""A bus between two that loses, doubles and reorders what travels, as a network may."""

import asyncio
import random

from tui_call.service.bus import traffic
from tui_call.service.bus.bus import Bus, Hear, Returned, Take
from tui_call.service.bus.traffic import Address, Announcement, BusMessage, Posted


class FaultyBus:
    """Whatever bus it stands before: some of it comes never, twice or late.

    Attributes:
        lost: how much of what was posted came never.
        doubled: how much came twice.
    """

    def __init__(
        self, bus: Bus, seed: int = 0, *, loses: float = 0.2, doubles: float = 0.2
    ) -> None:
        self.lost = self.doubled = 0
        self._bus = bus
        self._random = random.Random(seed)
        self._loses, self._doubles = loses, doubles

    def publish(self, to: Address | None, message: BusMessage) -> None:
        """Publish, or not; only what is sent again until it is acknowledged may get lost."""
        if isinstance(message, Posted) and self._random.random() < self._loses:
            self.lost += 1
            return
        copy = traffic.decode(traffic.encode(message))
        for _ in range(self._times()):
            self._late(self._bus.publish, to, copy)

    def announce(self, announcement: Announcement) -> None:
        """Announce, at some time, once or twice."""
        copy = traffic.decode(traffic.encode(announcement))
        for _ in range(self._times()):
            self._late(self._bus.announce, copy)

    def subscribe(self, address: Address, take: Take) -> None:
        self._bus.subscribe(address, take)

    def unsubscribe(self, address: Address, take: Take) -> None:
        self._bus.unsubscribe(address, take)

    def listen(self, hear: Hear) -> None:
        self._bus.listen(hear)

    def when_returned(self, returned: Returned) -> None:
        self._bus.when_returned(returned)

    def _times(self) -> int:
        twice = self._random.random() < self._doubles
        self.doubled += twice
        return 1 + twice

    def _late(self, do: object, *what: object) -> None:
        asyncio.get_running_loop().call_later(self._random.random() / 50, do, *what)
