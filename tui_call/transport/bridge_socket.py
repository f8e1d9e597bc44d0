"""One of a bridge's UDP sockets: at one address, and open to who has shown that they belong there.

A socket of every address at once would answer from whichever one the computer likes; a device takes
an answer only from where it asked. So there is a socket for each.

What arrives is told apart by its first byte (RFC 7983, section 7). Sound and DTLS go to the leg
that is known to be at their source address, and nowhere otherwise; a check goes to the leg that it
names.
"""

import asyncio
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, cast

from tui_call.errors import LocalFault
from tui_call.transport.datagram_filter import LARGEST_DATAGRAM

_FIRST_OF_MEDIA, _AFTER_MEDIA = 128, 192
_FIRST_OF_DTLS, _AFTER_DTLS = 20, 64
_AFTER_STUN = 4

_BUFFER_BYTES = 1 << 20
"""Of the kernel: what comes while the process does something else for a moment."""

Source = tuple[Any, ...]
"""Where a datagram comes from: host, port, and for IPv6 two numbers more."""


class PortTaken(LocalFault):
    """Another program has the UDP port."""


@dataclass(slots=True)
class BridgeFigures:
    """What did not get through.

    Attributes:
        dropped: datagrams of nobody who belongs here, altered, repeated, or of no use.
        excess: authentic packets of legs that send more than allowed.
        unsent: packets that the computer did not take, or that nobody was there for.
        failed: packets that whoever was given them could not handle.
    """

    dropped: int = 0
    excess: int = 0
    unsent: int = 0
    failed: int = 0


class AtSource(Protocol):
    """Who is at an address."""

    def take_media(self, packet: bytes, at: "BridgeSocket", source: Source) -> bool:
        """Take SRTP; return whether it is authentic."""
        ...

    def take_records(self, datagram: bytes, at: "BridgeSocket", source: Source) -> bool:
        """Take DTLS; return whether it is authentic."""
        ...

    def is_heard_from(self, at: "BridgeSocket", source: Source) -> bool:
        """Return whether somebody speaks from there right now."""
        ...


class BridgeSocket(asyncio.DatagramProtocol):
    """A socket, and who is at the addresses that it hears from.

    Args:
        address: the own one.
        port: the own one; 0 chooses one.
        take_check: is given what may be a connectivity check; returns whether it was answered.
        figures: count what is dropped.

    Attributes:
        known: legs by the address that an authentic check of theirs came from.
    """

    def __init__(
        self,
        address: str,
        port: int,
        take_check: Callable[[bytes, "BridgeSocket", Source], bool],
        figures: BridgeFigures,
    ) -> None:
        self.address = address
        self.known: dict[Source, AtSource] = {}
        self._take_check = take_check
        self._figures = figures
        self._transport: asyncio.DatagramTransport | None = None
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        try:
            self._socket.setblocking(False)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
            self._socket.bind((address, port))
        except OSError:
            self._socket.close()
            raise

    @property
    def port(self) -> int:
        """The own port."""
        return int(self._socket.getsockname()[1])

    async def open(self) -> None:
        """Begin to hear."""
        loop = asyncio.get_running_loop()
        await loop.create_datagram_endpoint(lambda: self, sock=self._socket)

    def close(self) -> None:
        """Hear and say nothing any more."""
        self.known.clear()
        if self._transport is not None:
            self._transport.close()
        else:
            self._socket.close()

    def send(self, datagram: bytes, to: Source) -> bool:
        """Send at once or not at all: sound that waits in a queue only gets late."""
        try:
            self._socket.sendto(datagram, to)
        except OSError:  # the network is full or gone, or this socket is
            self._figures.unsent += 1
            return False
        return True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Learn what closes the socket; called by asyncio."""
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: Source) -> None:
        """Give a datagram to whom it belongs; called by asyncio."""
        if not (0 < len(data) <= LARGEST_DATAGRAM and self._take(data, addr)):
            self._figures.dropped += 1

    def _take(self, data: bytes, source: Source) -> bool:
        first = data[0]
        if first < _AFTER_STUN:
            return self._take_check(data, self, source)
        known = self.known.get(source)
        if known is None:
            return False
        if _FIRST_OF_MEDIA <= first < _AFTER_MEDIA:
            return known.take_media(data, self, source)
        return _FIRST_OF_DTLS <= first < _AFTER_DTLS and known.take_records(data, self, source)
