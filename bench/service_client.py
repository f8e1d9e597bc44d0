"""A client of the service as small as can be: TLS, a WebSocket and the messages, on one protocol.

Thousands of these fit into one process, and what they take of a core leaves it to the service.
"""

import asyncio
import base64
import os
import ssl
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tui_call.signaling import messages
from tui_call.signaling.messages import (
    VERSION,
    Acknowledge,
    AskEpoch,
    AskForRelays,
    Challenge,
    ClientMessage,
    CurrentEpoch,
    Deliver,
    Done,
    Hello,
    ListPeople,
    Login,
    Lookup,
    PeopleChanged,
    PersonChanged,
    PolicyChanged,
    Relays,
    ServiceMessage,
    SetPresence,
    WatchPeople,
    Welcome,
    login_statement,
)

WITHIN = 60.0
"""Seconds for each step; an engine gives up earlier, and comes again."""
_TEXT, _PING, _PONG = 0x1, 0x9, 0xA
_T = TypeVar("_T", bound=ServiceMessage)


@dataclass(frozen=True, slots=True)
class Target:
    """A service, and what all devices of the benchmark share.

    Attributes:
        port: on loopback.
        pin: SHA-256 of the key of its certificate.
        key: login key of each device.
    """

    port: int
    pin: bytes
    key: Ed25519PrivateKey


@dataclass(slots=True)
class Heard:
    """What the clients of a process were told without asking."""

    news: Counter[str] = field(default_factory=Counter[str])
    latest: float = 0.0
    delays: list[float] = field(default_factory=list[float])

    def note(self, message: ServiceMessage) -> None:
        """Count a message."""
        self.latest = time.monotonic()
        self.news[type(message).__name__] += 1
        if isinstance(message, Deliver):
            sent = int.from_bytes(message.payload[:8]) / 1e9
            self.delays.append(self.latest - sent)


FIRST_PAGE = 50
"""People that an engine asks for."""
NEWS = (PersonChanged, PeopleChanged, PolicyChanged, Deliver)


class Client(asyncio.Protocol):
    """One device."""

    def __init__(self, heard: Heard) -> None:
        self.transport: asyncio.Transport | None = None
        self.gone = False
        self._heard = heard
        self._arrived = bytearray()
        self._upgraded = False
        self._waiting: tuple[type[ServiceMessage], asyncio.Future[ServiceMessage]] | None = None
        self._request = 0

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self.gone = True
        if self._waiting is not None and not self._waiting[1].done():
            self._waiting[1].set_exception(ConnectionError(str(exc)))

    def data_received(self, data: bytes) -> None:
        self._arrived += data
        if not self._upgraded:
            head, found, rest = bytes(self._arrived).partition(b"\r\n\r\n")
            if not found:
                return
            if b" 101 " not in head.partition(b"\r\n")[0]:
                self._end()
                return
            self._upgraded, self._arrived = True, bytearray(rest)
        while (taken := self._frame()) is not None:
            kind, payload = taken
            if kind == _TEXT:
                self._take(messages.decode_service(payload))
            elif kind == _PING:
                self._write(_PONG, payload)

    # What a device does

    async def log_in(self, target: Target, account: str, device: str) -> Welcome:
        """Upgrade, greet and log in; raises `ConnectionError` or `TimeoutError`."""
        assert self.transport is not None
        key = base64.b64encode(os.urandom(16))
        self.transport.write(
            b"GET /v1 HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + key + b"\r\n\r\n"
        )
        challenge = await self._after(Hello(VERSION, "bench"), Challenge)
        now = int(time.time())
        statement = login_statement(
            challenge.organisation, challenge.nonce, target.pin, device, now
        )
        return await self._after(Login(account, device, now, target.key.sign(statement)), Welcome)

    async def settle(self, account: str, contacts: tuple[str, ...]) -> None:
        """Ask what an engine asks after its login."""
        await self.ask(lambda number: ListPeople(number, most=FIRST_PAGE), messages.People)
        await self.ask(lambda number: Lookup(number, account), messages.People)
        await self.ask(AskForRelays, Relays)
        await self.ask(lambda number: AskEpoch(number), CurrentEpoch)
        await self.ask(lambda number: WatchPeople(number, contacts), Done)
        self.say(SetPresence("free"))

    async def ask(self, make: Callable[[int], ClientMessage], kind: type[_T]) -> _T:
        """Return the answer to a request."""
        self._request += 1
        return await self._after(make(self._request), kind)

    def say(self, message: ClientMessage) -> None:
        """Send a message."""
        self._write(_TEXT, messages.encode(message).encode())

    def leave(self) -> None:
        """Go without a word, as when a network fails."""
        if self.transport is not None:
            self.transport.abort()

    async def _after(self, message: ClientMessage, kind: type[_T]) -> _T:
        """Return the first message of a kind after what was said."""
        if self.gone:
            raise ConnectionError
        waiting: asyncio.Future[ServiceMessage] = asyncio.get_running_loop().create_future()
        self._waiting = kind, waiting
        self.say(message)
        async with asyncio.timeout(WITHIN):
            answer = await waiting
        assert isinstance(answer, kind)
        return answer

    def _take(self, message: ServiceMessage) -> None:
        if isinstance(message, NEWS):
            self._heard.note(message)
        if isinstance(message, Deliver):
            sender = message.from_account, message.from_device
            self.say(Acknowledge(message.call, message.sequence, *sender))
        if self._waiting is None or self._waiting[1].done():
            return
        if isinstance(message, self._waiting[0]):
            self._waiting[1].set_result(message)
        elif isinstance(message, messages.Failed):
            self._waiting[1].set_exception(ConnectionError(message.code))

    def _write(self, kind: int, payload: bytes) -> None:
        """Write a frame, masked with zeros (RFC 6455, section 5.2)."""
        length = len(payload)
        size = bytes([0x80 | length]) if length < 126 else b"\xfe" + length.to_bytes(2)
        if self.transport is not None and not self.gone:
            self.transport.write(bytes([0x80 | kind]) + size + bytes(4) + payload)

    def _frame(self) -> tuple[int, bytes] | None:
        """Take a whole frame of the service, which masks nothing and divides no message."""
        arrived = self._arrived
        if len(arrived) < 2:
            return None
        begin, length = 2, arrived[1] & 0x7F
        if length >= 126:
            begin = 4 if length == 126 else 10
            length = int.from_bytes(arrived[2:begin]) if len(arrived) >= begin else 1 << 62
        if len(arrived) < begin + length:
            return None
        kind, payload = arrived[0] & 0x0F, bytes(arrived[begin : begin + length])
        del arrived[: begin + length]
        return kind, payload

    def _end(self) -> None:
        self.gone = True
        self.leave()
        if self._waiting is not None and not self._waiting[1].done():
            self._waiting[1].set_exception(ConnectionError("refused"))


def trusting() -> ssl.SSLContext:
    """Return a context for clients that check nothing: what is measured is the service."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context
