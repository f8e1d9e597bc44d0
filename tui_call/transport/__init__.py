"""Media from device to device: the only room that knows aiortc and aioice.

`PeerConnection` is the door. Behind it aiortc does ICE, DTLS and SRTP; what it does with sound is
left out of the path: packets come sealed and go sealed. Each private name of aiortc or aioice that
this needs is used in one file (`ice_agent`, `datagram_filter`, `receiver_hook`), and a contract
test fails when an update changes it.
"""

from tui_call.transport.description import BadDescription
from tui_call.transport.impairment import Impairment
from tui_call.transport.peer_connection import (
    BadIceServer,
    ConnectionEnded,
    ConnectionState,
    IceServer,
    NoAddress,
    PeerConnection,
)
from tui_call.transport.sealed_track import LARGEST_PACKET, PacketTooLarge

__all__ = [
    "LARGEST_PACKET",
    "BadDescription",
    "BadIceServer",
    "ConnectionEnded",
    "ConnectionState",
    "IceServer",
    "Impairment",
    "NoAddress",
    "PacketTooLarge",
    "PeerConnection",
]
