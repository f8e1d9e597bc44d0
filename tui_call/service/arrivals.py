"""Who connected and is not known yet: how many, from where, for how long, and how much they say.

A connection costs memory and an open file before anything is known of who made it. So an address
opens so many a second and pays for what it sends, and only so many wait for their login at a time;
the other files are left to members. One deadline runs from the connection to the login, whatever is
said in between. A login gives back what it cost, because an office is one address.
"""

import asyncio
import contextlib
import ipaddress
import socket
from collections import Counter
from collections.abc import Callable

from tui_call.service.limits import TokenBuckets
from tui_call.signaling.messages import MESSAGE_BYTES

LOGIN_WITHIN = 15.0
PATIENCE = 2.0
"""Seconds after which an arrival has to give way to a newer one; a login takes less."""
LEAVE_WITHIN = 5.0
"""Seconds to read what waits when the service ends a connection; one may never read."""
MOST_OF_ADDRESS = 128
MOST_WAITING = 512
"""TLS keeps 0.3 MB for each."""
FILES_KEPT = 64
"""For the database, the log, and the processes of accounts that are started when called."""
MOST_FRAMES = 32
"""Before the login, which needs two."""
MOST_BYTES = 2 * MESSAGE_BYTES
MOST_BYTES_OF_MEMBER = 16 * MESSAGE_BYTES
"""Between two frames that are taken; more are fragments that never become a message."""
_SUBSCRIBER_BITS = 64
"""What one subscriber has of an IPv6 address (RFC 6177)."""


class Arrival(asyncio.Protocol):
    """One connection from its acceptance to its end, in front of the protocol that reads it.

    Attributes:
        address: from where, as limits count it.
        since: when it came, by the clock of the limits.
        member: whether it has logged in.
        cost: tokens that it took.
        frames: how many it sent.
        new_bytes: that arrived since the latest frame was taken.
        silent_rounds: of the heartbeat, since something arrived.
    """

    def __init__(
        self,
        address: str,
        since: float,
        connected: socket.socket,
        inner: asyncio.Protocol,
        ended: Callable[["Arrival"], None],
    ) -> None:
        """Begin.

        Args:
            address: from where, as limits count it.
            since: when it came, by the clock of the limits.
            connected: the socket.
            inner: reads what arrives.
            ended: called at the end.
        """
        self.address = address
        self.since = since
        self.inner = inner
        self.member = False
        self.cost = 0.0
        self.frames = 0
        self.new_bytes = 0
        self.silent_rounds = 0
        self._connected = connected
        self._ended = ended
        self._transport: asyncio.Transport | None = None
        loop = asyncio.get_running_loop()
        self._deadline = loop.call_later(LOGIN_WITHIN, self.cut)

    def take_frame(self) -> int:
        """Count a frame; return how many bytes came with it, fragments of others included."""
        self.frames += 1
        arrived, self.new_bytes = self.new_bytes, 0
        return arrived

    def log_in(self) -> None:
        """Let it stay."""
        self.member = True
        self._deadline.cancel()

    def leave(self) -> None:
        """Let a member read what waits, not for long; the deadline of others runs already."""
        if self.member and self._transport is not None:
            self._deadline = asyncio.get_running_loop().call_later(LEAVE_WITHIN, self.cut)

    def cut(self) -> None:
        """End it at once, also while TLS is not set up."""
        if self._transport is not None:
            self._transport.abort()
        else:
            with contextlib.suppress(OSError):
                self._connected.shutdown(socket.SHUT_RDWR)

    def end(self) -> None:
        """Stop counting it."""
        self._deadline.cancel()
        self._ended(self)

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """TLS is set up."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self.inner.connection_made(transport)

    def data_received(self, data: bytes) -> None:
        """Pass on, unless it is more than frames can hold."""
        self.new_bytes += len(data)
        self.silent_rounds = 0
        if self.new_bytes > (MOST_BYTES_OF_MEMBER if self.member else MOST_BYTES):
            self.cut()
        else:
            self.inner.data_received(data)

    def eof_received(self) -> bool | None:
        """Pass on."""
        return self.inner.eof_received()

    def pause_writing(self) -> None:
        """Pass on."""
        self.inner.pause_writing()

    def resume_writing(self) -> None:
        """Pass on."""
        self.inner.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is closed."""
        self._transport = None
        self.end()
        self.inner.connection_lost(exc)


class AdmissionControl:
    """Decides who may come in, and who has been waiting for too long."""

    def __init__(self, limit: TokenBuckets, clock: Callable[[], float], files: int) -> None:
        """Let nobody in yet.

        Args:
            limit: of what an address does.
            clock: monotonic seconds.
            files: how many this process may have open.
        """
        self._limit = limit
        self._clock = clock
        self._most = max(files - FILES_KEPT, 1)
        self._most_waiting = min(MOST_WAITING, max(files // 4, 1))
        self._open: dict[asyncio.Protocol, Arrival] = {}
        self._waiting: dict[Arrival, None] = {}

    def enter(
        self, host: str, connected: socket.socket, make: Callable[[], asyncio.Protocol]
    ) -> Arrival | None:
        """Return a new connection, None where it must not come in.

        Args:
            host: its address.
            connected: the accepted socket.
            make: makes the protocol that reads it.
        """
        address = subscriber(host)
        if not self._limit.take(address) or not self._has_room(address):
            return None
        arrival = Arrival(address, self._clock(), connected, make(), self._forget)
        arrival.cost = 1
        self._open[arrival.inner] = arrival
        self._waiting[arrival] = None
        return arrival

    def find(self, inner: asyncio.Protocol) -> Arrival | None:
        """Return the connection that a protocol reads, None where it is over."""
        return self._open.get(inner)

    def pay(self, arrival: Arrival) -> bool:
        """Take what a frame before the login costs; False where it has to end."""
        if arrival.frames > MOST_FRAMES or not self._limit.take(arrival.address):
            return False
        arrival.cost += 1
        return True

    def punish(self, arrival: Arrival, cost: float) -> None:
        """Take more for what should not happen often."""
        self._limit.punish(arrival.address, cost)

    def admit(self, arrival: Arrival) -> None:
        """It has logged in: it may stay, and what it cost is given back."""
        self._waiting.pop(arrival, None)
        self._limit.give_back(arrival.address, arrival.cost)
        arrival.log_in()

    def _forget(self, arrival: Arrival) -> None:
        self._waiting.pop(arrival, None)
        self._open.pop(arrival.inner, None)

    def _has_room(self, address: str) -> bool:
        """Tell whether one more may wait, for which one that has waited long may have to go."""
        of_address = [arrival for arrival in self._waiting if arrival.address == address]
        if len(of_address) >= MOST_OF_ADDRESS:
            return self._gives_way(of_address[0])
        if len(self._waiting) < self._most_waiting and len(self._open) < self._most:
            return True
        [(crowded, _)] = Counter(each.address for each in self._waiting).most_common(1) or [("", 0)]
        oldest = (arrival for arrival in self._waiting if arrival.address == crowded)
        return self._gives_way(next(oldest, None))

    def _gives_way(self, arrival: Arrival | None) -> bool:
        if arrival is None or self._clock() - arrival.since < PATIENCE:
            return False
        arrival.cut()
        self._forget(arrival)
        return True


def subscriber(host: str) -> str:
    """Return what stands for everybody who may share an address, or may have many of them.

    An IPv4 address, also where it is mapped into IPv6; of an IPv6 address the network.
    """
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.IPv6Network((address, _SUBSCRIBER_BITS), strict=False))
