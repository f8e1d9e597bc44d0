"""Notices clients that are gone without a word, by one round for all of them."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from aiohttp import ClientError, web

from tui_call.service.arrivals import Arrival
from tui_call.tasks import Tasks

HEARTBEAT = 10.0
"""Seconds of a round. Who said nothing from one to the next is asked to answer; who is silent until
the one after that is gone."""
AT_ONCE = 25
"""Clients of a round that are looked at together; the others follow evenly, so that neither the
questions nor their answers come all at once."""


class Heartbeat:
    """The clients that have to be heard of now and then."""

    def __init__(self, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._sleep = sleep
        self._clients: dict[Arrival, web.WebSocketResponse[bool]] = {}
        self._asking = Tasks()

    def watch(self, arrival: Arrival, frames: web.WebSocketResponse[bool]) -> None:
        """Look after a client until `forget`."""
        self._clients[arrival] = frames

    def forget(self, arrival: Arrival) -> None:
        """It has ended."""
        self._clients.pop(arrival, None)

    async def beat(self) -> None:
        """Go round until cancelled."""
        try:
            while True:
                await self._go_round(list(self._clients))
        finally:
            self._asking.cancel()

    async def _go_round(self, clients: list[Arrival]) -> None:
        """Look at each client once, a few at a time, evenly over a round."""
        for start in range(0, max(1, len(clients)), AT_ONCE):
            few = clients[start : start + AT_ONCE]
            await self._sleep(HEARTBEAT * len(few) / len(clients) if few else HEARTBEAT)
            for arrival in few:
                self._look_at(arrival)

    def _look_at(self, arrival: Arrival) -> None:
        frames = self._clients.get(arrival)
        if frames is None:
            return
        if arrival.silent_rounds > 1:
            arrival.cut()
        elif arrival.silent_rounds == 1:
            self._asking.spawn(_ping(frames))
        arrival.silent_rounds += 1


async def _ping(frames: web.WebSocketResponse[bool]) -> None:
    with contextlib.suppress(ConnectionError, ClientError):
        await frames.ping()
