"""Two ends of a media path in one process, and waiting for what they do."""

import asyncio
import socket
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from tests.support.udp_forwarder import UdpForwarder
from tui_call.transport.connection_state import ConnectionState
from tui_call.transport.description import read_offer
from tui_call.transport.peer_connection import PeerConnection

DEADLINE = 20.0


async def until(condition: Callable[[], object]) -> None:
    """Wait for something that other tasks bring about; fail after a generous deadline."""
    async with asyncio.timeout(DEADLINE):
        while not condition():  # noqa: ASYNC110 - nothing to be woken by
            await asyncio.sleep(0.002)


class End:
    """A connection, what it received and which states it went through."""

    def __init__(self, **options: Any) -> None:
        self.received: list[bytes] = []
        self.states: list[ConnectionState] = []
        self.connection = PeerConnection(
            on_packet=self.received.append, on_state=self.states.append, **options
        )

    @property
    def connected(self) -> bool:
        return self.connection.state is ConnectionState.CONNECTED

    @property
    def over(self) -> bool:
        return self.connection.state in (ConnectionState.FAILED, ConnectionState.CLOSED)


class Call:
    """Use as `async with Call() as call`: connected ends, closed afterwards."""

    def __init__(self, forwarder: UdpForwarder | None = None, **options: Any) -> None:
        self.forwarder = forwarder
        self.caller = End(**options)
        self.callee = End(**options)
        self.offer = ""

    async def __aenter__(self) -> Self:
        try:
            await self.negotiate()
            await self.connected()
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def negotiate(self, alter: Callable[[str], str] = lambda answer: answer) -> None:
        """Exchange descriptions; `alter` changes the answer on its way."""
        self.offer = await self.caller.connection.create_offer()
        offer = await self.forwarder.offer(self.offer) if self.forwarder else self.offer
        answer = alter(await self.callee.connection.create_answer(offer))
        if self.forwarder:
            await until(lambda: self.forwarder and self.forwarder.has_early)
            answer = await self.forwarder.answer(answer)
        await self.caller.connection.accept_answer(answer)

    async def connected(self) -> None:
        """Wait until both ends are, and not where one has failed."""
        ends = (self.caller, self.callee)
        await until(lambda: all(end.connected for end in ends) or any(end.over for end in ends))
        assert all(end.connected for end in ends), [end.states for end in ends]

    async def close(self) -> None:
        await self.caller.connection.close()
        await self.callee.connection.close()
        if self.forwarder:
            await self.forwarder.close()

    async def exchange(self, packets: int = 10, size: int = 160) -> None:
        """Send packets both ways and wait until they arrived."""
        both = (self.caller, self.callee)
        before = [len(end.received) for end in both]
        for number in range(packets):
            for end in both:
                end.connection.send(number.to_bytes(4) * (size // 4))
            await until(
                lambda number=number: all(
                    len(end.received) == count + number + 1
                    for end, count in zip(both, before, strict=True)
                )
            )


def media_address(sdp: str) -> tuple[str, int]:
    """Return an IPv4 address and port at which the sender of a description listens."""
    candidate = next(one for one in read_offer(sdp).candidates if ":" not in one.address)
    return candidate.address, candidate.port


def send_from_a_stranger(sdp: str, *datagrams: bytes) -> None:
    """Send datagrams from a socket that has no part in the call."""
    address = media_address(sdp)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        for datagram in datagrams:
            stranger.sendto(datagram, address)
