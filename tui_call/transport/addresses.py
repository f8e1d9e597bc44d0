"""At which of a computer's addresses others can reach it."""

import ipaddress
from collections.abc import Iterable

MOST_ADDRESSES = 8
"""Each pair of addresses costs a connectivity check of 20 ms (RFC 8445, section 6.1.4.2)."""

_LOOPBACK = "127.0.0.1"


def worthwhile_addresses(addresses: Iterable[str]) -> list[str]:
    """Choose addresses to be reached at: routable ones, else link-local ones, else loopback."""
    parsed = [ipaddress.ip_address(address) for address in dict.fromkeys(addresses)]
    usable = [
        address
        for address in parsed
        if not (address.is_loopback or address.is_unspecified or address.is_multicast)
    ]
    chosen = [address for address in usable if not address.is_link_local] or usable
    return [str(address) for address in chosen[:MOST_ADDRESSES]] or [_LOOPBACK]
