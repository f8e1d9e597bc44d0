"""A network in the path of a call: passes datagrams between two ends, spoils and records them.

The descriptions pass through it and leave with its own addresses, so ICE finds the way through it
only. It binds to the address of the end whose description it rewrites.
"""

import asyncio
import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import cast

from tui_call.transport.description import CandidateLine, read_offer
from tui_call.transport.impairment import Impairment

RTCP_TYPES = range(192, 224)
"""Second byte of RTCP packets (RFC 5761, section 4)."""
DTLS_HANDSHAKE = 22
CLIENT_HELLO = 1
NO_IMPAIRMENT = Impairment(loss=0.0, jitter_ms=0.0, seed=0)


class Direction(Enum):
    TO_CALLER = "to caller"
    TO_CALLEE = "to callee"


@dataclass(frozen=True, slots=True)
class Recorded:
    direction: Direction
    data: bytes

    @property
    def is_audio(self) -> bool:
        """Whether this is SRTP, not SRTCP, DTLS or STUN (RFC 7983, section 7)."""
        return 128 <= self.data[0] <= 191 and self.data[1] not in RTCP_TYPES

    @property
    def is_client_hello(self) -> bool:
        """Whether a ClientHello begins here (RFC 6347, sections 4.1 and 4.2.2)."""
        offset = int.from_bytes(self.data[19:22])
        return self.data[0] == DTLS_HANDSHAKE and self.data[13] == CLIENT_HELLO and offset == 0


@dataclass(slots=True)
class _Side(asyncio.DatagramProtocol):
    """The forwarder's socket that one end takes for the other end."""

    forwarder: "UdpForwarder"
    direction: Direction
    transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.forwarder.forward(Recorded(self.direction, data))


@dataclass
class UdpForwarder:
    """Use: pass the offer through `offer`, the answer through `answer`, at the end `close`.

    Attributes:
        impairment: of both directions, with different fates.
        delay: seconds each datagram takes.
        duplicates: probability that a datagram comes twice.
        open: False drops everything.
        restricted: lets nothing in to an end that has not sent itself, as most NATs do.
        recorded: every datagram that arrived, in order, also those that were not passed on.
    """

    impairment: Impairment = NO_IMPAIRMENT
    delay: float = 0.0
    duplicates: float = 0.0
    open: bool = True
    restricted: bool = False
    recorded: list[Recorded] = field(default_factory=list)
    _ends: dict[Direction, tuple[str, int]] = field(default_factory=dict)
    _sides: dict[Direction, _Side] = field(default_factory=dict)
    _timers: set[asyncio.TimerHandle] = field(default_factory=set)
    _early: list[Recorded] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._have_sent: set[Direction] = set()
        self._chance = random.Random(self.impairment.seed)
        self._fates: dict[Direction, Iterator[float | None]] = {
            direction: Impairment(
                self.impairment.loss, self.impairment.jitter_ms, self.impairment.seed + number
            ).fates()
            for number, direction in enumerate(Direction)
        }

    @property
    def has_early(self) -> bool:
        """Whether the callee sends already, to a caller that has no answer yet."""
        return bool(self._early) or (self.restricted and bool(self.recorded))

    async def offer(self, sdp: str) -> str:
        """Return the caller's description with the forwarder's address in it."""
        return await self._rewrite(sdp, Direction.TO_CALLER)

    async def answer(self, sdp: str) -> str:
        """Return the callee's description with the forwarder's address in it."""
        return await self._rewrite(sdp, Direction.TO_CALLEE)

    def audio(self, direction: Direction) -> list[bytes]:
        """Return the SRTP packets that went in a direction."""
        return [one.data for one in self.recorded if one.direction is direction and one.is_audio]

    def send(self, direction: Direction, data: bytes) -> None:
        """Send a datagram of a stranger's to an end, as if it came from the other end."""
        if data:
            self._deliver(direction, data)
            return
        opposite = next(one for one in Direction if one is not direction)
        transport = self._sides[opposite].transport
        assert transport is not None
        with transport.get_extra_info("socket").dup() as empties:  # asyncio sends none itself
            empties.sendto(data, self._ends[direction])

    def forward(self, datagram: Recorded) -> None:
        """Pass a datagram on, or not."""
        self.recorded.append(datagram)
        fate = next(self._fates[datagram.direction])
        if fate is None or not self.open:
            return
        self._have_sent.add(datagram.direction)
        if self.restricted and len(self._have_sent) < len(Direction):
            return  # what comes first finds the NAT of the other end closed
        for _ in range(1 + (self._chance.random() < self.duplicates)):
            self._later(self.delay + fate, datagram)

    async def close(self) -> None:
        for timer in self._timers:
            timer.cancel()
        for side in self._sides.values():
            if side.transport is not None:
                side.transport.close()
        await asyncio.sleep(0)

    async def _rewrite(self, sdp: str, direction: Direction) -> str:
        described = read_offer(sdp)
        target = next(one for one in described.candidates if ":" not in one.address)
        self._ends[direction] = (target.address, target.port)
        loop = asyncio.get_running_loop()
        side = _Side(self, direction)
        transport, _ = await loop.create_datagram_endpoint(
            lambda: side, local_addr=(target.address, 0)
        )
        self._sides[direction] = side
        early, self._early = self._early, []
        for datagram in early:
            self._deliver(datagram.direction, datagram.data)
        host, port = transport.get_extra_info("sockname")[:2]
        own = str(CandidateLine("forwarder", target.priority, host, port, "host"))
        head, tail = _around_candidates(sdp)
        return "\r\n".join([*head, f"a=candidate:{own}", *tail])

    def _later(self, delay: float, datagram: Recorded) -> None:
        if delay == 0.0:
            self._deliver(datagram.direction, datagram.data)
            return
        loop = asyncio.get_running_loop()
        timer = loop.call_later(delay, self._deliver, datagram.direction, datagram.data)
        self._timers.add(timer)

    def _deliver(self, direction: Direction, data: bytes) -> None:
        """Send from the socket that the receiving end takes for the other end."""
        opposite = next(one for one in Direction if one is not direction)
        side = self._sides.get(opposite)
        if side is None:
            self._early.append(Recorded(direction, data))
        elif side.transport is not None and not side.transport.is_closing():
            side.transport.sendto(data, self._ends[direction])


def _around_candidates(sdp: str) -> tuple[list[str], list[str]]:
    lines = sdp.split("\r\n")
    others = [line for line in lines if not line.startswith("a=candidate:")]
    first = next(number for number, line in enumerate(lines) if line.startswith("a=candidate:"))
    return list(itertools.islice(others, first)), others[first:]
