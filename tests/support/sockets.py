"""Which UDP sockets a process has, as the kernel lists them (proc(5), "/proc/net/udp")."""

import ipaddress
import socket
from pathlib import Path

Address = tuple[socket.AddressFamily, tuple[str, int]]


def udp_ports(process: int) -> list[Address]:
    """Return family and address of each bound UDP socket of a process, link-local ones aside."""
    sockets = set()
    for descriptor in Path(f"/proc/{process}/fd").iterdir():
        try:
            target = str(descriptor.readlink())
        except FileNotFoundError:
            continue  # closed just now, as the one that lists the directory
        if target.startswith("socket:["):
            sockets.add(target[len("socket:[") : -1])
    found: list[Address] = []
    for family, table in ((socket.AF_INET, "udp"), (socket.AF_INET6, "udp6")):
        for line in Path(f"/proc/{process}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            host, _, port = fields[1].partition(":")
            address = _address(host)
            if fields[9] in sockets and not address.is_link_local:
                found.append((family, (str(address), int(port, 16))))
    return found


def _address(digits: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Read an address that is written as little-endian words of 32 bits."""
    words = bytes.fromhex(digits)
    parts = [words[at : at + 4][::-1] for at in range(0, len(words), 4)]
    return ipaddress.ip_address(b"".join(parts))
