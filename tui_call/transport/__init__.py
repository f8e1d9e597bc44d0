"""Media from device to device: the only room that knows aiortc and aioice.

`PeerConnection` is the door. Behind it aiortc does ICE, DTLS and SRTP; what it does with sound is
left out of the path: packets come sealed and go sealed. The private names of aiortc or aioice that
this needs are used in `ice_agent`, `ice_servers`, `datagram_filter` and `receiver_hook`, and a
contract test fails when an update changes one.
"""

from tui_call.transport.description import BadDescription
from tui_call.transport.impairment import Impairment
from tui_call.transport.peer_connection import (
    ConnectionEnded,
    ConnectionState,
    NoAddress,
    PeerConnection,
)
from tui_call.transport.sealed_track import LARGEST_PACKET, PacketTooLarge

__all__ = [
    "LARGEST_PACKET",
    "BadDescription",
    "ConnectionEnded",
    "ConnectionState",
    "Impairment",
    "NoAddress",
    "PacketTooLarge",
    "PeerConnection",
]
