"""STUN and TURN servers as the configuration, or a service, writes them.

`stun:HOST[:PORT]`, `turn:USER:PASSWORD@HOST[:PORT][?transport=tcp]`, and `turns:` for TLS over TCP;
HOST is a name, an IPv4 address or an IPv6 address in brackets. User and password are for TURN only
and may hold no "@" or, in the user, ":". What stands behind them is as in RFC 7064 and RFC 7065.
"""

import re
from dataclasses import dataclass, field
from typing import Literal

from tui_call.errors import LocalFault

_FORM = re.compile(
    r"(?P<scheme>stun|turns?):"
    r"(?:(?P<user>[^\s:@]+):(?P<password>[^\s@]+)@)?"
    r"(?P<host>\[[0-9A-Fa-f:.]{2,45}\]|[^\s:@?\[\]]{1,253})"
    r"(?::(?P<port>[0-9]{1,5}))?"
    r"(?:\?transport=(?P<transport>udp|tcp))?"
)
_PORT = 3478
_TLS_PORT = 5349
_LAST_PORT = 65_535

Way = Literal["UDP", "TCP", "TLS"]


class InvalidIceServer(LocalFault):
    """That names no STUN or TURN server."""


@dataclass(frozen=True, slots=True)
class IceServer:
    """A server for finding a way through the network.

    Attributes:
        host: name or address.
        port: 1 to 65535.
        relays: whether it is a relay (TURN), or only tells the outer address (STUN).
        way: how it is reached.
        username: "" for STUN.
        credential: the password, "" for STUN.
    """

    host: str
    port: int
    relays: bool = False
    way: Way = "UDP"
    username: str = ""
    credential: str = field(default="", repr=False)


def parse_ice_server(text: str) -> IceServer:
    """Read one server.

    Raises:
        InvalidIceServer: it is none.
    """
    form = _FORM.fullmatch(text)
    if form is None:
        raise InvalidIceServer
    scheme, transport = form["scheme"], form["transport"]
    relays, encrypted = scheme != "stun", scheme == "turns"
    port = int(form["port"] or (_TLS_PORT if encrypted else _PORT))
    misplaced = (transport or form["user"]) if not relays else encrypted and transport == "udp"
    if misplaced or not 1 <= port <= _LAST_PORT:
        raise InvalidIceServer
    way: Way = "TLS" if encrypted else "TCP" if transport == "tcp" else "UDP"
    host = form["host"].strip("[]")
    return IceServer(host, port, relays, way, form["user"] or "", form["password"] or "")
