"""Whose turn it is to come in: how many may be there without a login, and who pays for it.

A connection costs memory and an open file before anything is known of who made it. So only so many
are there without a login at a time, in all and of one address, which pays for what it sends. Others
wait unread: of those, the service has no more than a file, and they may not wait for ever. What is
left of the files is for members. A login gives back what it cost, because an office is one address.
"""

import asyncio
import ipaddress
import socket
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from tui_call.service.arrivals import Arrival
from tui_call.service.limits import Limits, TokenBuckets

PATIENCE = 5.0
"""Seconds after which an arrival has to give way to one that waits; a login takes less."""
LOOK_AGAIN = 1.0
"""Seconds, while somebody waits."""
TURNS_AT_ONCE = 4
"""Begun in one turn of the loop; the whole of a login is 2 to 3 ms of a core of 2 GHz."""
FILES_KEPT = 64
"""For the database, the log, and the processes of accounts that are started when called."""
MOST_FRAMES = 32
"""Before the login, which needs two."""
_SUBSCRIBER_BITS = 64
"""What one subscriber has of an IPv6 address (RFC 6177)."""


@dataclass(frozen=True, slots=True, eq=False)
class WaitingClient:
    """A connection that is accepted and not read.

    Attributes:
        address: from where, as limits count it.
        since: when it came, by the clock of the limits.
        connected: the socket.
        make: makes the protocol that reads it.
        begin: called when its turn is.
    """

    address: str
    since: float
    connected: socket.socket
    make: Callable[[], asyncio.Protocol]
    begin: Callable[[Arrival, socket.socket], None]


_T = TypeVar("_T", Arrival, WaitingClient)


class _ByAddress(Generic[_T]):
    """Connections by address, the oldest of each first."""

    def __init__(self) -> None:
        self.of: dict[str, dict[_T, None]] = {}
        self._total = 0
        # Who has many networks has as many addresses: the one with most is looked for in none.
        self._with: defaultdict[int, dict[str, None]] = defaultdict(dict)
        self._most = 0

    def __len__(self) -> int:
        return self._total

    def __iter__(self) -> Iterator[_T]:
        return (one for of_address in self.of.values() for one in of_address)

    def add(self, one: _T) -> None:
        """Count a connection in."""
        of_address = self.of.setdefault(one.address, {})
        of_address[one] = None
        self._total += 1
        self._count(one.address, len(of_address) - 1, len(of_address))

    def remove(self, one: _T) -> None:
        """Count it out, if it is in; its address comes behind the others."""
        of_address = self.of.get(one.address, {})
        if one in of_address:
            del of_address[one], self.of[one.address]
            self._total -= 1
            self._count(one.address, len(of_address) + 1, len(of_address))
            if of_address:
                self.of[one.address] = of_address

    def oldest(self, address: str) -> _T | None:
        """Return the oldest of an address."""
        return next(iter(self.of.get(address, ())), None)

    def oldest_of_most(self) -> _T | None:
        """Return the oldest of the address that has most."""
        return self.oldest(next(iter(self._with.get(self._most, ())), ""))

    def _count(self, address: str, before: int, after: int) -> None:
        """Note that an address has one more or one less."""
        self._with[before].pop(address, None)
        if not self._with[before]:
            del self._with[before]
        if after:
            self._with[after][address] = None
        if after > self._most or (before == self._most and before not in self._with):
            self._most = after


class AdmissionControl:
    """Decides who may come in, who waits, and who has been there for too long."""

    def __init__(
        self, limits: Limits, limit: TokenBuckets, clock: Callable[[], float], files: int
    ) -> None:
        """Let nobody in yet.

        Args:
            limits: how many may be there without a login.
            limit: of what an address does.
            clock: monotonic seconds.
            files: how many this process may have open.
        """
        self._limits = limits
        self._limit = limit
        self._clock = clock
        self._most_open = max(files - FILES_KEPT, 1)
        self._most_unfinished = min(limits.unfinished, max(files // 4, 1))
        self._open: dict[asyncio.Protocol, Arrival] = {}
        self._unfinished = _ByAddress[Arrival]()
        self._waiting = _ByAddress[WaitingClient]()
        self._soon: asyncio.Handle | None = None
        self._later: asyncio.TimerHandle | None = None

    def enter(
        self,
        host: str,
        connected: socket.socket,
        make: Callable[[], asyncio.Protocol],
        begin: Callable[[Arrival, socket.socket], None],
    ) -> None:
        """Let a connection in when its turn is; close it where it must not come in.

        Args:
            host: its address.
            connected: the accepted socket.
            make: makes the protocol that reads it.
            begin: called when its turn is.
        """
        if self._has_file():
            self._waiting.add(
                WaitingClient(subscriber(host), self._clock(), connected, make, begin)
            )
            self._look_soon()
        else:
            connected.close()

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

    def give_back(self, arrival: Arrival) -> None:
        """Return what it cost its address."""
        self._limit.give_back(arrival.address, arrival.cost)
        arrival.cost = 0

    def admit(self, arrival: Arrival) -> None:
        """It has logged in: it may stay, and what it cost is given back."""
        self._unfinished.remove(arrival)
        self.give_back(arrival)
        arrival.log_in()
        self._look_soon()

    def close(self) -> None:
        """Turn away who waits."""
        for client in list(self._waiting):
            self._turn_away(client)
        for look in (self._soon, self._later):
            if look is not None:
                look.cancel()

    def _look_soon(self) -> None:
        if self._waiting and self._soon is None:
            self._soon = asyncio.get_running_loop().call_soon(self._let_in)

    def _look_again(self) -> None:
        self._later = None
        for address in list(self._waiting.of):
            while (oldest := self._waiting.oldest(address)) and self._is_late(oldest):
                self._turn_away(oldest)
        self._let_in()

    def _let_in(self) -> None:
        """Give turns to those who wait, as far as there are places, to all addresses alike."""
        self._soon = None
        for _ in range(TURNS_AT_ONCE):
            client = self._next()
            if client is None:
                break
            self._waiting.remove(client)
            self._begin(client)
        else:
            self._look_soon()
        if self._waiting and self._later is None:
            loop = asyncio.get_running_loop()
            self._later = loop.call_later(LOOK_AGAIN, self._look_again)

    def _next(self) -> WaitingClient | None:
        """Return whose turn it is, for whom one that is there for long may have to go."""
        if not self._waiting:
            return None
        full = len(self._unfinished) >= self._most_unfinished
        if full and not self._gives_way(self._unfinished.oldest_of_most()):
            return None
        for address in self._waiting.of:
            of_address = self._unfinished.of.get(address, ())
            full = len(of_address) >= self._limits.unfinished_of_address
            if not full or self._gives_way(self._unfinished.oldest(address)):
                return self._waiting.oldest(address)
        return None

    def _begin(self, client: WaitingClient) -> None:
        address, connected = client.address, client.connected
        if not self._limit.take(address):
            connected.close()
            return
        arrival = Arrival(address, self._clock(), connected, client.make(), self._ended)
        arrival.cost = 1
        self._open[arrival.inner] = arrival
        self._unfinished.add(arrival)
        client.begin(arrival, connected)

    def _ended(self, arrival: Arrival) -> None:
        self._forget(arrival)
        self._look_soon()

    def _forget(self, arrival: Arrival) -> None:
        self._unfinished.remove(arrival)
        self._open.pop(arrival.inner, None)

    def _has_file(self) -> bool:
        """Tell whether there is a file for one more, for which another may have to go."""
        if len(self._open) + len(self._waiting) < self._most_open:
            return True
        client = self._waiting.oldest_of_most()
        if client is not None and self._clock() - client.since >= PATIENCE:
            self._turn_away(client)
            return True
        return self._gives_way(self._unfinished.oldest_of_most())

    def _is_late(self, client: WaitingClient) -> bool:
        return self._clock() - client.since >= self._limits.waiting_seconds

    def _turn_away(self, client: WaitingClient) -> None:
        self._waiting.remove(client)
        client.connected.close()

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
