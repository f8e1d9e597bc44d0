"""A bad network inside the process: datagrams that are lost or late, the same ones for one seed.

`tui-call demo --loss 5 --jitter 30` uses it, and so do benchmarks and tests.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from itertools import count

from tui_call.tasks import Tasks

BEFORE_OUTAGE = 350
"""Datagrams; a call sends 50 a second, so this is its eighth second."""

_SPACING_MS = 20.0


@dataclass(frozen=True, slots=True)
class Impairment:
    """What happens to the datagrams of one direction.

    Attributes:
        loss: probability that a datagram is lost, 0.0 to 1.0.
        jitter_ms: each datagram is late by 0 to this many milliseconds, evenly distributed, so
            that datagrams overtake each other.
        seed: the same one gives the same fates.
        burst: how many are lost in a row; single ones are independent of each other.
        outage_ms: for how long the path is held up once, after `BEFORE_OUTAGE` datagrams; what was
            sent meanwhile arrives together.
        delay_ms: each datagram is late by this, too; so are connectivity checks.
    """

    loss: float
    jitter_ms: float
    seed: int
    burst: int = 1
    outage_ms: float = 0.0
    delay_ms: float = 0.0

    def __post_init__(self) -> None:
        if not 0.0 <= self.loss <= 1.0 or min(self.jitter_ms, self.delay_ms) < 0.0:
            raise ValueError("loss is a fraction from 0 to 1, jitter and delay are at least 0 ms")
        if self.burst < 1 or self.outage_ms < 0.0:
            raise ValueError("a burst is at least one datagram, an outage at least 0 ms")

    def fates(self) -> Iterator[float | None]:
        """Yield for each datagram its delay in seconds, or None when it is lost."""
        chance = random.Random(self.seed)  # noqa: S311 - simulates a network, hides nothing
        begins = self.loss / (self.loss + self.burst * (1 - self.loss))
        losing = 0
        for number in count():
            begun, late = chance.random() < begins, chance.random()
            losing = self.burst if begun and not losing else losing
            if losing:
                losing -= 1
                yield None
            else:
                late_ms = self.delay_ms + late * self.jitter_ms + self._held_up(number)
                yield late_ms / 1000

    def _held_up(self, number: int) -> float:
        """Return for how many milliseconds the outage holds a datagram."""
        since = (number - BEFORE_OUTAGE) * _SPACING_MS
        return self.outage_ms - since if 0 <= since < self.outage_ms else 0.0


class ImpairedSender:
    """Passes datagrams on to `send` as an impairment says."""

    def __init__(self, send: Callable[[bytes], Awaitable[None]], impairment: Impairment) -> None:
        self._send = send
        self._fates = impairment.fates()
        self._late = Tasks()

    async def send(self, datagram: bytes) -> None:
        """Send a datagram now, later or never; it returns at once.

        Raises:
            ConnectionError: there is no connection; for a late datagram this is ignored.
        """
        delay = next(self._fates)
        if delay is None:
            return
        if delay == 0.0:
            await self._send(datagram)
            return
        self._late.spawn(self._send_later(datagram, delay))

    async def close(self) -> None:
        """Forget what is still to be sent."""
        self._late.cancel()
        await self._late.wait()

    async def _send_later(self, datagram: bytes, delay: float) -> None:
        await asyncio.sleep(delay)
        try:
            await self._send(datagram)
        except ConnectionError:
            return
