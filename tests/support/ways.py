"""The paths of engines' calls in this process, led through forwarders: one a path."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.support.udp_forwarder import Direction, UdpForwarder
from tui_call.transport import peer_connection
from tui_call.transport.peer_connection import PeerConnection


class Ways:
    """Every path that is made goes through one of these, the newest last.

    Attributes:
        forwarders: one a path, in the order in which the paths were made.
    """

    def __init__(self) -> None:
        self.forwarders: list[UdpForwarder] = []
        self._passes = True

    @property
    def newest(self) -> UdpForwarder:
        return self.forwarders[-1]

    @property
    def passes(self) -> bool:
        """Whether anything passes, on the paths that there are and on those to come."""
        return self._passes

    @passes.setter
    def passes(self, on: bool) -> None:
        self._passes = on
        for forwarder in self.forwarders:
            forwarder.open = on

    def audio(self, direction: Direction) -> list[bytes]:
        """Return the SRTP packets that went in a direction, on all paths."""
        return [packet for forwarder in self.forwarders for packet in forwarder.audio(direction)]

    def begin(self) -> UdpForwarder:
        """Return the forwarder of a further path."""
        self.forwarders.append(UdpForwarder(open=self._passes))
        return self.newest


@asynccontextmanager
async def ways(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Ways]:
    """Lead every path that an engine makes through a forwarder."""
    through = Ways()

    class OnTheWay(PeerConnection):
        async def create_answer(self, offer: str) -> str:
            return await super().create_answer(await through.begin().offer(offer))

        async def accept_answer(self, answer: str) -> None:
            await super().accept_answer(await through.newest.answer(answer))

    monkeypatch.setattr(peer_connection, "PeerConnection", OnTheWay)
    try:
        yield through
    finally:
        for forwarder in through.forwarders:
            await forwarder.close()
