"""Stands where datagrams enter and leave aiortc.

aioice hands up every datagram that is no STUN message, whoever sent it, and keeps any number of
them until somebody reads. aiortc's DTLS transport then reads the first byte of an empty one, and
libsrtp's binding takes at most 1500 bytes: either raises in the task that receives and so ends the
call. A crafted STUN message raises in the socket's callback: a traceback in the log each time.

Private names used: `RTCIceTransport._send`, through which the DTLS transport sends;
`Connection._protocols` and `Connection._queue`. Replaced: `Connection.data_received(data,
component)`, `StunProtocol.datagram_received(data, addr)` and `StunProtocol.send_stun(message,
addr)`.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from aioice import Connection
from aioice.ice import StunProtocol
from aioice.stun import Message
from aiortc import RTCIceTransport

from tui_call.transport.impairment import ImpairedSender, Impairment

LARGEST_DATAGRAM = 1500
MOST_WAITING = 256
"""Datagrams that may wait to be read: five seconds of a call."""

SendStun = Callable[[Message, tuple[str, int]], None]
Receive = Callable[[bytes, tuple[Any, ...]], None]


class DatagramFilter:
    """Drops datagrams that would do harm; makes the network worse where asked to.

    Attributes:
        dropped: datagrams of a length that no packet has, broken STUN messages, and the oldest
            ones when too many wait.
    """

    def __init__(
        self,
        transport: RTCIceTransport,
        connection: Connection,
        impairment: Impairment | None = None,
    ) -> None:
        self.dropped = 0
        self._connection = connection
        self._receive_any = connection.data_received
        setattr(connection, "data_received", self._data_received)  # noqa: B010 - a method there
        self._sockets_guarded = False
        self._delay = impairment.delay_ms / 1000 if impairment is not None else 0.0
        self._impaired: ImpairedSender | None = None
        if impairment is not None:
            self._impaired = ImpairedSender(transport._send, impairment)  # noqa: SLF001
            setattr(transport, "_send", self._impaired.send)  # noqa: B010

    def guard_sockets(self) -> None:
        """Survive broken STUN messages; call it when the addresses were gathered."""
        if not self._sockets_guarded:
            self._sockets_guarded = True
            for protocol in self._connection._protocols:  # noqa: SLF001
                guarded = self._guarded(protocol.datagram_received)
                setattr(protocol, "datagram_received", guarded)  # noqa: B010
                if self._delay:
                    setattr(protocol, "send_stun", self._late(protocol))  # noqa: B010

    async def close(self) -> None:
        """Forget datagrams that an impairment holds back."""
        if self._impaired is not None:
            await self._impaired.close()

    def _data_received(self, data: bytes, component: int) -> None:
        if not 1 <= len(data) <= LARGEST_DATAGRAM:
            self.dropped += 1
            return
        waiting = self._connection._queue  # noqa: SLF001
        if waiting.qsize() >= MOST_WAITING:
            waiting.get_nowait()
            self.dropped += 1
        self._receive_any(data, component)

    def _late(self, protocol: StunProtocol) -> SendStun:
        send = protocol.send_stun

        def send_unless_closed(message: Message, addr: tuple[str, int]) -> None:
            if not protocol.transport.is_closing():
                send(message, addr)

        def send_late(message: Message, addr: tuple[str, int]) -> None:
            loop = asyncio.get_running_loop()
            loop.call_later(self._delay, send_unless_closed, message, addr)

        return send_late

    def _guarded(self, receive: Receive) -> Receive:
        def receive_guarded(data: bytes, addr: tuple[Any, ...]) -> None:
            try:
                receive(data, addr)
            except Exception:  # whatever a stranger's bytes can cause
                self.dropped += 1

        return receive_guarded
