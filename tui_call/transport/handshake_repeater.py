"""Repeats what DTLS says while it is being set up, until the peer is heard.

OpenSSL waits for a second before it repeats a lost flight, and twice as long each time after it:
at 30 % loss a call was set up after 14 s (measured). RFC 9147, section 5.8.2, lets real-time
protocols repeat sooner, and recommends 400 ms for DTLS-SRTP, not to burden a full path. Here a
flight is sent again after 50 ms, then less and less often and at most seven times, which are a few
kilobytes. A receiver drops what it has already, by message and record number.

Replaced: `RTCIceTransport._send`, through which the DTLS transport sends.
"""
# pyright: reportPrivateUsage=false

import asyncio
from collections.abc import Callable

from aiortc import RTCIceTransport

from tui_call.tasks import Tasks

WAITS = (0.05, 0.05, 0.1, 0.1, 0.2, 0.2, 0.2)
"""Seconds between repetitions: at 30 % loss one datagram in 15,000 is still lost. The last is out
before OpenSSL repeats by itself, which is then a flight like any other."""

_ONE_FLIGHT_SECONDS = 0.005
_CHANGE_CIPHER_SPEC, _HANDSHAKE = 20, 22  # content types, RFC 5246, section 6.2.1


class HandshakeRepeater:
    """Stands before everything else through which a transport sends.

    Args:
        transport: of the connection.
        is_over: whether the peer sends sound by now, and so has everything.
    """

    def __init__(self, transport: RTCIceTransport, is_over: Callable[[], bool]) -> None:
        self._send_once = transport._send  # noqa: SLF001
        self._is_over = is_over
        self._flight: list[bytes] = []
        self._began = 0.0
        self._tasks = Tasks()
        self._repeating: asyncio.Task[None] | None = None
        self._closed = False
        setattr(transport, "_send", self._send)  # noqa: B010 - it is a method there

    async def close(self) -> None:
        """Repeat nothing any more."""
        self._closed = True
        self._tasks.cancel()
        await self._tasks.wait()

    async def _send(self, datagram: bytes) -> None:
        if not self._closed and datagram[0] in (_CHANGE_CIPHER_SPEC, _HANDSHAKE):
            self._take(datagram)
        await self._send_once(datagram)

    def _take(self, datagram: bytes) -> None:
        """Add to the flight, or begin another: the one before has arrived, or is sent anew."""
        now = asyncio.get_running_loop().time()
        if self._repeating is None or now - self._began > _ONE_FLIGHT_SECONDS:
            if self._repeating is not None:
                self._repeating.cancel()
            self._flight, self._began = [], now
            self._repeating = self._tasks.spawn(self._repeat(self._flight))
        self._flight.append(datagram)

    async def _repeat(self, flight: list[bytes]) -> None:
        for wait in WAITS:
            await asyncio.sleep(wait)
            for datagram in flight:
                if self._is_over():
                    return
                try:
                    await self._send_once(datagram)
                except ConnectionError:
                    return
