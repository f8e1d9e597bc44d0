"""Media from device to device: the only room that knows aiortc, aioice and pylibsrtp.

`PeerConnection` is a device's door. Behind it aiortc does ICE, DTLS and SRTP; what it does with
sound is left out of the path: packets come sealed and go sealed. `BridgePort` is the door of a
bridge: many legs on one port, which does ICE itself, leaves DTLS to aiortc and SRTP to pylibsrtp.

The private names of these that this needs are used in `ice_agent`, `ice_servers`,
`datagram_filter`, `receiver_hook`, `bridge_ice` and `bridge_leg`, and a contract test fails when an
update changes one.
"""
