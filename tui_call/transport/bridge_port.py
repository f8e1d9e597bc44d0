"""A bridge's legs, all on one UDP port.

    device ── PeerConnection ── offer ──► answer ──► checks, DTLS, SRTP ──► on_packet, send

The port has a socket for each address that it is to be reached at (`bridge_socket`), made anew when
these change. A check finds its leg by the user name in it, everything else by the address that it
comes from, where an authentic check came before. What belongs to no leg costs a look into two
tables, and is counted in one number.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from ipaddress import ip_address
from typing import Literal

import ifaddr
from aiortc import RTCCertificate

from tui_call.tasks import Tasks
from tui_call.transport.addresses import worthwhile_addresses
from tui_call.transport.bridge_leg import BridgeLeg, LegState
from tui_call.transport.bridge_socket import BridgeFigures, BridgeSocket, PortTaken, Source
from tui_call.transport.bridge_stun import asked_for
from tui_call.transport.connection_state import ConnectionEnded, NoAddress
from tui_call.transport.description import (
    BadDescription,
    CandidateLine,
    ConnectionDescription,
    Setup,
    read_offer,
)

LOOK_SECONDS = 0.5
"""Between looks at what has not come, and at the computer's addresses."""

_WILDCARDS = {"0.0.0.0": (4,), "::": (4, 6)}  # noqa: S104 - recognised
_HOST_PREFERENCE = 126  # RFC 8445, section 5.1.2.2
_COMPONENT = 1

ToldState = Literal["connected", "silent", "closed"]
OnPacket = Callable[[str, bytes], None]
OnState = Callable[[str, ToldState], None]


@dataclass(frozen=True, slots=True)
class _Described:
    """A leg with what was said for it, so that it can be asked for again."""

    leg: BridgeLeg
    offer: str
    answer: str


class BridgePort:
    """The port; to be used in one event loop, once.

    Args:
        port: UDP; 0 chooses one.
        addresses: those to be reached at, or what gives those of now; 0.0.0.0 stands for all of
            this computer's of IPv4, :: for all.
        public_address: an IP address at which the same port is reached from outside, "" for none.
        on_packet: is given the leg and the payload of each authentic packet, in the event loop. It
            may raise: that is logged once and counted.
        on_state: is told each leg's "connected", "silent", "connected" again and, once, "closed".
            It must not raise, and may be called while a method here runs.
        clock: seconds that only go forward.

    Attributes:
        figures: what did not get through.
    """

    def __init__(
        self,
        *,
        port: int,
        addresses: Callable[[], Sequence[str]] | Sequence[str],
        public_address: str = "",
        on_packet: OnPacket,
        on_state: OnState,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.figures = BridgeFigures()
        self._port = port
        self._addresses = addresses
        self._public_address = public_address
        self._on_packet = on_packet
        self._on_state = on_state
        self._clock = clock
        self._certificate = RTCCertificate.generateCertificate()
        self._sockets: dict[str, BridgeSocket] = {}
        self._legs: dict[str, _Described] = {}
        self._by_username: dict[bytes, BridgeLeg] = {}
        self._looking = Tasks()
        self._ending = Tasks()

    @property
    def port(self) -> int:
        """The UDP port; the one that was chosen, once it has started."""
        return self._port

    @property
    def addresses(self) -> tuple[str, ...]:
        """Those at which there is a socket now."""
        return tuple(self._sockets)

    async def start(self) -> None:
        """Open the sockets.

        Raises:
            NoAddress: there is none to be reached at.
            PortTaken: another program has the port at each.
        """
        wanted = self._wanted()
        await self._open(wanted)
        if not self._sockets:
            raise PortTaken(port=self._port) if wanted else NoAddress
        self._looking.spawn(self._look_again_and_again())

    async def close(self) -> None:
        """Close all legs and the sockets."""
        self._looking.cancel()
        await self._looking.wait()
        for leg in tuple(self._legs):
            self.close_leg(leg)
        await self._ending.wait()
        for address in tuple(self._sockets):
            self._sockets.pop(address).close()

    async def answer(self, leg: str, offer: str) -> str:
        """Return the answer for a device; the same offer again gets the same answer.

        Another offer for the same leg takes the place of the first.

        Args:
            leg: chosen by who asks.
            offer: what the device's `PeerConnection` made.

        Raises:
            BadDescription: the offer cannot be used.
            ConnectionEnded: the port is not open.
        """
        described = read_offer(offer)
        if described.setup is Setup.PASSIVE:
            raise BadDescription  # somebody has to begin, and a bridge cannot: RFC 5763, section 5
        before = self._legs.get(leg)
        if before is not None and before.offer == offer:
            return before.answer
        if not self._sockets:
            raise ConnectionEnded
        self.close_leg(leg)
        made = BridgeLeg(
            described,
            self._certificate,
            clock=self._clock,
            on_packet=partial(self._on_packet, leg),
            on_state=partial(self._leg_changed, leg),
            figures=self.figures,
        )
        answer = self._answer_of(made, described.payload_type)
        self._legs[leg] = _Described(made, offer, answer)
        self._by_username[made.username.encode()] = made
        made.start()
        return answer

    def send(self, leg: str, packet: bytes) -> bool:
        """Send the payload of a packet to a leg; return whether it is on its way."""
        known = self._legs.get(leg)
        return known is not None and known.leg.send(packet)

    def close_leg(self, leg: str) -> None:
        """End a leg and tell the device; nothing happens where there is none."""
        known = self._legs.get(leg)
        if known is not None:
            known.leg.close()

    def _answer_of(self, leg: BridgeLeg, payload_type: int) -> str:
        fingerprints = self._certificate.getFingerprints()
        addresses = [*([self._public_address] if self._public_address else []), *self._sockets]
        description = ConnectionDescription(
            username=leg.username,
            password=leg.password,
            fingerprint=next(one.value for one in fingerprints if one.algorithm == "sha-256"),
            setup=Setup.PASSIVE,
            payload_type=payload_type,
            candidates=tuple(
                CandidateLine(str(number), _priority(number), address, self._port, "host")
                for number, address in enumerate(dict.fromkeys(addresses), start=1)
            ),
        )
        session, media = str(description).split("m=", 1)
        return f"{session}a=ice-lite\r\nm={media}"  # RFC 8839, section 5.3

    def _take_check(self, message: bytes, at: BridgeSocket, source: Source) -> bool:
        asked = asked_for(message)
        leg = self._by_username.get(asked.partition(b":")[0])
        return leg is not None and leg.take_check(message, asked, at, source)

    def _leg_changed(self, name: str, state: LegState) -> None:
        if state == "new":
            return
        if state == "closed":
            leg = self._legs.pop(name).leg
            del self._by_username[leg.username.encode()]
            self._ending.spawn(leg.ended())
        self._on_state(name, state)

    async def _look_again_and_again(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            now = self._clock()
            for known in tuple(self._legs.values()):
                known.leg.look(now)
            try:
                wanted = self._wanted()
            except OSError:  # the computer cannot tell now
                continue
            await self._open(wanted)

    def _wanted(self) -> list[str]:
        given = self._addresses
        return _each_address(given() if callable(given) else given)

    async def _open(self, wanted: list[str]) -> None:
        """Have a socket for each address; those that cannot be had are tried again later."""
        for address in [address for address in self._sockets if address not in wanted]:
            self._sockets.pop(address).close()
        for address in wanted:
            if address in self._sockets:
                continue
            try:
                opened = BridgeSocket(address, self._port, self._take_check, self.figures)
            except OSError:
                continue
            self._port = opened.port
            self._sockets[address] = opened
            await opened.open()


def _each_address(given: Sequence[str]) -> list[str]:
    """Return addresses, each once, with the computer's own ones in the place of wildcards."""
    versions = {version for address in given for version in _WILDCARDS.get(address, ())}
    named = [address for address in given if address not in _WILDCARDS]
    if not versions:
        return list(dict.fromkeys(named))
    found = [ip.ip for adapter in ifaddr.get_adapters() for ip in adapter.ips]
    own = worthwhile_addresses(ip if isinstance(ip, str) else ip[0] for ip in found)
    every = [address for address in own if ip_address(address).version in versions]
    return list(dict.fromkeys([*named, *every]))


def _priority(number: int) -> int:
    """Return the priority of a candidate, the earlier the higher (RFC 8445, section 5.1.2.1)."""
    return (_HOST_PREFERENCE << 24) | ((0xFFFF - number) << 8) | (256 - _COMPONENT)
