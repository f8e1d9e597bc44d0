"""STUN and TURN servers as the configuration writes them.

`stun:HOST[:PORT]`, `turn:USER:PASSWORD@HOST[:PORT][?transport=tcp]`, and `stuns:`, `turns:` for
TLS; user and password are for TURN only and may hold no "@" or, in the user, ":".
The URL without them is that of RFC 7064 and RFC 7065.
"""

import re
from dataclasses import dataclass

from tui_call.errors import LocalFault

_STUN = re.compile(r"stuns?:[^\s@?]+")
_TURN = re.compile(
    r"(?P<scheme>turns?):(?:(?P<user>[^\s:@]+):(?P<password>[^\s@]+)@)?"
    r"(?P<host>[^\s@?]+(?:\?transport=(?:udp|tcp))?)"
)


class InvalidIceServer(LocalFault):
    """A server is written stun:HOST:PORT or turn:USER:PASSWORD@HOST:PORT."""


@dataclass(frozen=True, slots=True)
class IceServerAddress:
    """A server for finding a way through the network.

    Attributes:
        url: without user and password.
        username: "" for STUN.
        credential: the password, "" for STUN.
    """

    url: str
    username: str = ""
    credential: str = ""


def parse_ice_server(text: str) -> IceServerAddress:
    """Read one entry of `network.ice_servers`.

    Raises:
        InvalidIceServer: it is none.
    """
    if _STUN.fullmatch(text):
        return IceServerAddress(text)
    turn = _TURN.fullmatch(text)
    if turn is None:
        raise InvalidIceServer
    url = f"{turn['scheme']}:{turn['host']}"
    return IceServerAddress(url, turn["user"] or "", turn["password"] or "")
