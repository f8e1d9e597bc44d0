"""Notices clients that are gone without a word, by one round for all of them."""

import asyncio
import contextlib

from aiohttp import ClientError, web

from tui_call.service.arrivals import Arrival
from tui_call.tasks import Tasks

HEARTBEAT = 10.0
"""Seconds between two rounds. Who said nothing from one to the next is asked to answer; who is
silent until the one after that is gone."""
AT_ONCE = 50
"""Clients of a round that are looked at before others have their turn."""


class Heartbeat:
    """The clients that have to be heard of now and then."""

    def __init__(self) -> None:
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
                await asyncio.sleep(HEARTBEAT)
                await self._go_round()
        finally:
            self._asking.cancel()

    async def _go_round(self) -> None:
        for number, (arrival, frames) in enumerate(list(self._clients.items()), start=1):
            if arrival.silent_rounds > 1:
                arrival.cut()
            elif arrival.silent_rounds == 1:
                self._asking.spawn(_ping(frames))
            arrival.silent_rounds += 1
            if number % AT_ONCE == 0:
                await asyncio.sleep(0)


async def _ping(frames: web.WebSocketResponse[bool]) -> None:
    with contextlib.suppress(ConnectionError, ClientError):
        await frames.ping()
