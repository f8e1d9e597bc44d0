"""Notices that this computer is in another network: other addresses, or another way out.

Systems tell of it in different ways, and some not at all, so here it is looked at often, though
only now and then where the system would have said that something changed. A look takes less than
half a millisecond and sends nothing. An interface that is down keeps its address on some systems,
but not its routes: so the address that the system would send from belongs to the picture.
"""

import ipaddress
import socket
from dataclasses import dataclass

import ifaddr

from tui_call.control.platform import NetworkNews
from tui_call.transport.addresses import worthwhile_addresses

LOOK_INTERVAL = 0.1
"""Seconds from look to look in a call: a part of the 600 ms in which sound is to be back."""

IDLE_INTERVAL = 1.0
"""The same without a call, where only the service is looked for from the new network."""

_LOOKS_SPARED = 9
"""In a row, while the system says nothing."""

_ANYWHERE = ("198.51.100.1", "2001:db8::1")
"""Addresses that nobody has (RFC 5737, RFC 3849): the way to them is the default route."""
_PORT = 9


@dataclass(frozen=True, slots=True)
class NetworkPicture:
    """What a computer's network looks like.

    Attributes:
        addresses: at which it can be reached, without loopback where there are others.
        sources: the addresses that it sends from, by default route; "" where there is none.
        connected: whether there is a way to anybody but this computer.
    """

    addresses: frozenset[str]
    sources: tuple[str, ...]
    connected: bool = True


def look() -> NetworkPicture:
    """Return the picture of now."""
    found = [ip.ip for adapter in ifaddr.get_adapters() for ip in adapter.ips]
    plain = [address if isinstance(address, str) else address[0] for address in found]
    addresses = frozenset(worthwhile_addresses(plain))
    sources = tuple(map(source_towards, _ANYWHERE))
    connected = any(sources) or any(map(_has_neighbours, addresses))
    return NetworkPicture(addresses, sources, connected)


def _has_neighbours(address: str) -> bool:
    """Return whether the interface of an address is up: the next address can be sent to then."""
    own = ipaddress.ip_address(address)
    return not own.is_loopback and source_towards(str(type(own)(int(own) ^ 1))) != ""


def source_towards(address: str) -> str:
    """Return the own address from which packets to an address go, "" where there is no way."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((address, _PORT))  # a datagram socket: nothing is sent
            return str(probe.getsockname()[0])
    except OSError:
        return ""


class NetworkWatch:
    """Compares the picture with the one before."""

    def __init__(self) -> None:
        self._news = NetworkNews()
        self._spared = 0
        self.picture = look()

    def changed(self) -> bool:
        """Look again if need be; return whether something is different."""
        if not self._news.arrived() and self._spared < _LOOKS_SPARED:
            self._spared += 1
            return False
        self._spared = 0
        before, self.picture = self.picture, look()
        return self.picture != before

    def close(self) -> None:
        """Let go of what the system would say."""
        self._news.close()
