"""A track of packets that are already encoded and sealed."""

import asyncio
from fractions import Fraction
from typing import TYPE_CHECKING, cast

from aiortc.codecs.opus import TIME_BASE
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack

from tui_call.errors import LocalFault

if TYPE_CHECKING:
    from av import Packet
    from av.stream import Stream

LARGEST_PACKET = 1200
"""Bytes of one sealed packet: with SRTP, UDP and IPv6 it stays under the 1280 bytes that every
IPv6 path carries (RFC 8200, section 5); from 1336 bytes on, aiortc's sender ends without a word."""

MOST_WAITING = 5
"""Packets of 20 ms that may wait for the sender: older ones would only add delay."""

TICKS_PER_PACKET = 960
"""Of 48,000 a second: 20 ms (RFC 7587, section 4.1)."""


class PacketTooLarge(LocalFault):
    """A sealed packet is larger than the network carries."""


class SealedPacket:
    """What aiortc's sender reads off an `av.Packet`, which costs more than the rest of the track.

    Attributes:
        pts: the presentation timestamp, in units of `time_base`.
    """

    __slots__ = ("_sealed", "pts")
    time_base: Fraction = TIME_BASE

    def __init__(self, sealed: bytes, pts: int) -> None:
        self._sealed = sealed
        self.pts = pts

    def __bytes__(self) -> bytes:
        return self._sealed


class SealedTrack(MediaStreamTrack):
    """Gives aiortc's sender the packets that were put in, in order.

    The RTP timestamp counts the packets that were put in, dropped ones too, so that it is the same
    time for all who get them; it tells nothing about the sound. The marker is set on every packet.

    Attributes:
        sent: packets handed to the sender.
        dropped: packets that gave way to newer ones.
    """

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self.sent = 0
        self.dropped = 0
        self._stamp = 0
        self._packets: asyncio.Queue[SealedPacket] = asyncio.Queue(MOST_WAITING)

    def put(self, packet: bytes) -> None:
        """Queue a packet; when the queue is full the oldest one is dropped.

        Raises:
            PacketTooLarge: over `LARGEST_PACKET` bytes.
        """
        if len(packet) > LARGEST_PACKET:
            raise PacketTooLarge
        if self._packets.full():
            self._packets.get_nowait()
            self.dropped += 1
        self._packets.put_nowait(SealedPacket(packet, self._stamp))
        self._stamp += TICKS_PER_PACKET

    async def recv(self) -> "Packet[Stream]":
        """Return the next packet; called by aiortc's sender."""
        if self.readyState != "live":
            raise MediaStreamError
        packet = await self._packets.get()
        self.sent += 1
        return cast("Packet[Stream]", packet)
