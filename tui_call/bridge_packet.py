"""One packet between a device and the bridge, inside SRTP: who speaks, how loud, and a frame.

Layout: `hop u32 | source u8 | level u8 | again u8 | frame`. The frame is that of `payload`,
unsealed in a standard call; the bridge reads none of it but what a device says to the bridge.
"""

import struct
from dataclasses import dataclass

from tui_call.errors import RemoteFault

TONES = 0
"""The source of what the bridge plays: somebody came or left, music for who waits."""

HOP = 255
"""The source of what stays between a device and the bridge: feedback, report, a beat."""

MUTED = 127
"""The level of a frame in which nothing is said (RFC 6464: -127 dBov)."""

LEVEL_UNKNOWN = 255
"""The level of a frame whose sender does not say how loud it is."""

MOST_PACKET = 256
"""Bytes: a little more than sound with its copies takes (`SizeProfile`), since what a member sends
is sent on to fifteen others, and written to the disk where it is recorded."""
HEAD_BYTES = 7
_HEAD = struct.Struct(">IBBB")
_HOP = struct.Struct(">I")
_BEHIND_HOP = struct.Struct(">BBB")


class MalformedPacket(RemoteFault):
    """A packet is shorter than its head, longer than allowed, or has a level that is none."""


@dataclass(frozen=True, slots=True)
class BridgePacket:
    """A packet of one hop.

    Attributes:
        hop: counts what was sent on this hop, from 0.
        source: whose frame it is: the room's number of a member, 1-254; `TONES` or `HOP`. The
            bridge puts in its own number of who sent it.
        level: -dBov as the sender measured it, 0-127, or `LEVEL_UNKNOWN`.
        again: by how many frames this repetition comes late, 0 for the first time.
        frame: the bytes of a `payload`.
    """

    hop: int
    source: int
    level: int
    again: int
    frame: bytes


def encode_packet(packet: BridgePacket) -> bytes:
    """Return the bytes of a packet; `hop` counts modulo 2**32.

    Raises:
        ValueError: a value is outside its field, or the frame is too long.
    """
    rest = encode_behind_hop(packet.source, packet.level, packet.again, packet.frame)
    return with_hop(packet.hop, rest)


def encode_behind_hop(source: int, level: int, again: int, frame: bytes) -> bytes:
    """Return what is the same in a packet on every hop; `with_hop` makes it whole.

    Raises:
        ValueError: a value is outside its field, or the frame is too long.
    """
    if len(frame) > MOST_PACKET - HEAD_BYTES:
        raise ValueError("the frame is too long")
    try:
        return _BEHIND_HOP.pack(source, level, again) + frame
    except struct.error as error:
        raise ValueError("a value is outside its field") from error


def with_hop(hop: int, rest: bytes) -> bytes:
    """Return the bytes of a packet; `hop` counts modulo 2**32."""
    return _HOP.pack(hop % 2**32) + rest


def parse_packet(data: bytes) -> BridgePacket:
    """Return the packet of some bytes.

    Raises:
        MalformedPacket: see there.
    """
    if not HEAD_BYTES <= len(data) <= MOST_PACKET:
        raise MalformedPacket
    hop, source, level, again = _HEAD.unpack_from(data)
    if level > MUTED and level != LEVEL_UNKNOWN:
        raise MalformedPacket
    return BridgePacket(hop, source, level, again, data[HEAD_BYTES:])
