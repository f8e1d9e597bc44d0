"""Media from device to device: the only room that knows aiortc and aioice.

`PeerConnection` is the door. Behind it aiortc does ICE, DTLS and SRTP; what it does with sound is
left out of the path: packets come sealed and go sealed. The private names of aiortc or aioice that
this needs are used in `ice_agent`, `ice_servers`, `datagram_filter` and `receiver_hook`, and a
contract test fails when an update changes one.
"""
