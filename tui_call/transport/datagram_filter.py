"""Stands where datagrams enter and leave aiortc: in comes only what the peer sent.

aioice hands up every datagram that is no STUN message, whoever sent it, keeps any number of them
until somebody reads, and so gives DTLS first what strangers sent while it rang. Here nothing but
STUN passes before a connectivity check, which the ICE passwords authenticate, has shown that the
peer is at an address, and then only what comes from there. What has DTLS records in it also proves
itself (`dtls_mac`), since an address can be forged; SRTP proves itself anyway.

Of what did come from the peer, aiortc's DTLS transport reads the first byte of an empty datagram,
and libsrtp's binding takes at most 1500 bytes: either raises in the task that receives and so ends
the call. A crafted STUN message raises in the socket's callback: a traceback in the log each time.
aioice tells everybody whose check is not authentic so, in more bytes than were asked with, and
takes a copy of an answer that comes from elsewhere, and first, for a path that cannot be used.

Private names used: `RTCIceTransport._send`, through which the DTLS transport sends;
`Connection._protocols`, `Connection._queue` and `Transaction.__addr`. Replaced:
`Connection.data_received(data, component)`, `Connection.respond_error(request, addr, protocol,
error_code)`, `StunProtocol.datagram_received(data, addr)` and `StunProtocol.send_stun(message,
addr)`.
"""
# pyright: reportPrivateUsage=false

import asyncio
from collections.abc import Callable
from typing import Any

from aioice.ice import StunProtocol
from aioice.stun import Message
from aiortc import RTCIceTransport

from tui_call.transport.dtls_mac import with_mac, without_mac
from tui_call.transport.ice_agent import IceAgent
from tui_call.transport.impairment import ImpairedSender, Impairment

LARGEST_DATAGRAM = 1500
MOST_WAITING = 256
"""Datagrams that may wait to be read: five seconds of a call."""

_STUN, _DTLS, _RTP = range(4), range(20, 64), range(128, 192)
"""First bytes (RFC 7983, section 7)."""

_UNAUTHENTICATED = (400, 401)
"""Of the errors that aioice answers a request with (RFC 8489, section 9.1.3)."""

SendStun = Callable[[Message, tuple[str, int]], None]
Receive = Callable[[bytes, tuple[Any, ...]], None]


class DatagramFilter:
    """Drops datagrams of others and those that would do harm; worsens the network where asked to.

    Attributes:
        dropped: datagrams that the peer did not send or that have a length that no packet has,
            broken STUN messages, requests of strangers, and the oldest ones when too many wait.
    """

    def __init__(
        self,
        transport: RTCIceTransport,
        agent: IceAgent,
        impairment: Impairment | None = None,
    ) -> None:
        self.dropped = 0
        self._agent = agent
        self._connection = agent.connection
        self._hand_up = self._connection.data_received
        setattr(self._connection, "data_received", self._drop)  # noqa: B010 - a method there
        self._respond_error = self._connection.respond_error
        setattr(self._connection, "respond_error", self._respond_to_the_peer)  # noqa: B010
        self._guarded: set[StunProtocol] = set()
        agent.on_sockets = self._guard_sockets
        self._delay = impairment.delay_ms / 1000 if impairment is not None else 0.0
        self._send_any = transport._send  # noqa: SLF001
        self._impaired: ImpairedSender | None = None
        if impairment is not None:
            self._impaired = ImpairedSender(self._send_any, impairment)
            self._send_any = self._impaired.send
        setattr(transport, "_send", self._send)  # noqa: B010

    async def close(self) -> None:
        """Forget datagrams that an impairment holds back."""
        if self._impaired is not None:
            await self._impaired.close()

    async def _send(self, data: bytes) -> None:
        password = self._connection.remote_password
        if password is not None and data[0] in _DTLS:
            data = with_mac(data, password)
        await self._send_any(data)

    def _guard_sockets(self) -> None:
        for protocol in set(self._connection._protocols) - self._guarded:  # noqa: SLF001
            self._guarded.add(protocol)
            setattr(protocol, "datagram_received", self._receiver(protocol))  # noqa: B010
            if self._delay:
                setattr(protocol, "send_stun", self._late(protocol))  # noqa: B010

    def _receiver(self, protocol: StunProtocol) -> Receive:
        receive_stun = protocol.datagram_received

        def receive(data: bytes, addr: tuple[Any, ...]) -> None:
            if not 1 <= len(data) <= LARGEST_DATAGRAM:
                self.dropped += 1
            elif data[0] in _STUN:
                self._take_stun(protocol, receive_stun, data, addr)
            elif self._agent.peer_is_at(protocol, addr):
                self._take(data, protocol.local_candidate.component)
            else:
                self.dropped += 1

        return receive

    def _take_stun(
        self, protocol: StunProtocol, receive: Receive, data: bytes, addr: tuple[Any, ...]
    ) -> None:
        if not _was_asked(protocol, data, addr):
            self.dropped += 1
            return
        try:
            receive(data, addr)
        except Exception:  # whatever a stranger's bytes can cause
            self.dropped += 1

    def _take(self, data: bytes, component: int) -> None:
        """Queue a datagram from an address of the peer's, perhaps a forged one."""
        if data[0] in _DTLS:
            records = without_mac(data, self._connection.local_password)
        else:
            records = data if data[0] in _RTP else None
        if records is None:
            self.dropped += 1
            return
        waiting = self._connection._queue  # noqa: SLF001
        if waiting.qsize() >= MOST_WAITING:
            waiting.get_nowait()
            self.dropped += 1
        self._hand_up(records, component)

    def _drop(self, data: bytes, component: int) -> None:  # noqa: ARG002 - as aioice calls it
        """Take what came before the sockets were guarded, or begins as STUN and is none."""
        self.dropped += 1

    def _respond_to_the_peer(
        self,
        request: Message,
        addr: tuple[str, int],
        protocol: StunProtocol,
        error_code: tuple[int, str],
    ) -> None:
        if error_code[0] in _UNAUTHENTICATED:
            self.dropped += 1
        else:
            self._respond_error(request, addr, protocol, error_code)

    def _late(self, protocol: StunProtocol) -> SendStun:
        send = protocol.send_stun

        def send_unless_closed(message: Message, addr: tuple[str, int]) -> None:
            if not protocol.transport.is_closing():
                send(message, addr)

        def send_late(message: Message, addr: tuple[str, int]) -> None:
            loop = asyncio.get_running_loop()
            loop.call_later(self._delay, send_unless_closed, message, addr)

        return send_late


def _was_asked(protocol: StunProtocol, message: bytes, addr: tuple[Any, ...]) -> bool:
    """Tell whether a STUN message is no answer, or one from where it was asked for."""
    transaction = protocol.transactions.get(message[8:20])  # its id (RFC 8489, section 5)
    return transaction is None or getattr(transaction, "_Transaction__addr") == addr[:2]  # noqa: B009 - private
