"""Connecting to a service and greeting it; its key is pinned."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncGenerator, Generator, Mapping
from dataclasses import dataclass

import aiohttp
from yarl import URL

from tui_call.engine.service.faults import (
    ServiceAway,
    ServiceFault,
    ServiceUnavailable,
    TooMany,
    WrongCertificate,
    fault_of,
)
from tui_call.engine.service.network_watch import source_towards
from tui_call.signaling import messages
from tui_call.signaling.messages import (
    MESSAGE_BYTES,
    VERSION,
    Challenge,
    ClientMessage,
    Failed,
    Hello,
    MalformedMessage,
    ServiceMessage,
    UnknownMessage,
    Welcome,
)
from tui_call.signaling.pins import ShownCertificate

CONNECT_WITHIN = 10.0
READ_WITHIN = 20.0
"""Seconds without a byte of a file, after which its connection is given up."""
HEARTBEAT = 5.0
CLOSE_WITHIN = 1.0

# attrs makes its parameters, which pyright does not see.
_TIMEOUTS = aiohttp.ClientWSTimeout(ws_close=CLOSE_WITHIN)  # pyright: ignore[reportCallIssue]

_AT_THE_DOOR: dict[int, type[ServiceFault]] = {429: TooMany, 503: ServiceUnavailable}
"""Status codes of HTTP (RFC 9110 and RFC 6585) before there is a WebSocket."""

Frames = aiohttp.ClientWebSocketResponse[bool]


class _Pinned(aiohttp.Fingerprint):
    """What aiohttp asks before anything is sent; by itself it knows but whole certificates.

    Attributes:
        shown: the certificate of the latest connection.
        pin: by which it is known.
    """

    shown: ShownCertificate
    pin: bytes

    def __init__(self, pins: tuple[bytes, ...]) -> None:
        super().__init__(pins[0])
        self._pins = pins

    def check(self, transport: asyncio.Transport) -> None:
        certificate = transport.get_extra_info("ssl_object").getpeercert(binary_form=True)
        try:
            self.shown = ShownCertificate.of(certificate or b"")
        except ValueError as error:
            raise self._mismatch(transport, b"") from error
        pin = self.shown.known_by(self._pins)
        if pin is None:
            raise self._mismatch(transport, self.shown.key)
        self.pin = pin

    def _mismatch(
        self, transport: asyncio.Transport, got: bytes
    ) -> aiohttp.ServerFingerprintMismatch:
        host, port, *_ = transport.get_extra_info("peername")
        return aiohttp.ServerFingerprintMismatch(self.fingerprint, got, host, port)


@dataclass(frozen=True, slots=True)
class Entrance:
    """A connection to a service that has shown its key.

    Attributes:
        frames: the connection.
        challenge: what a login has to sign.
        shown: its certificate.
        pin: by which that is known; a login signs it.
    """

    frames: Frames
    challenge: Challenge
    shown: ShownCertificate
    pin: bytes


@dataclass(frozen=True, slots=True)
class ServiceDoor:
    """Where a service is, and the key that it has to show.

    Attributes:
        host: name or address.
        port: TCP port.
        pins: as `ShownCertificate.known_by` takes them, at least one.
        client_version: told in `Hello`.
    """

    host: str
    port: int
    pins: tuple[bytes, ...]
    client_version: str

    @contextlib.asynccontextmanager
    async def open(self, http: aiohttp.ClientSession) -> AsyncGenerator[Entrance]:
        """Connect and greet; faults of the network become leaves of `ServiceFault`."""
        pinned = _Pinned(self.pins)
        with _network_faults():
            async with asyncio.timeout(CONNECT_WITHIN):
                frames = await self._connect(http, pinned)
            try:
                async with asyncio.timeout(CONNECT_WITHIN):
                    challenge = await self._greet(frames)
                yield Entrance(frames, challenge, pinned.shown, pinned.pin)
            finally:
                await frames.close()

    @contextlib.asynccontextmanager
    async def get(
        self, path: str, headers: Mapping[str, str]
    ) -> AsyncGenerator[aiohttp.ClientResponse]:
        """Ask for something by HTTP, on a connection of its own; faults as above.

        Args:
            path: of the address.
            headers: are sent to nobody but who shows the key.
        """
        times = aiohttp.ClientTimeout(None, sock_connect=CONNECT_WITHIN, sock_read=READ_WITHIN)
        with _network_faults():
            async with (
                aiohttp.ClientSession(timeout=times, auto_decompress=False) as http,
                http.get(
                    self._address(path),
                    ssl=_Pinned(self.pins),
                    headers=headers,
                    allow_redirects=False,
                ) as response,
            ):
                yield response

    def _address(self, path: str) -> URL:
        try:
            return URL.build(scheme="https", host=self.host, port=self.port, path=path)
        except ValueError as error:
            raise ServiceAway("address", host=self.host) from error

    async def _connect(self, http: aiohttp.ClientSession, pinned: _Pinned) -> Frames:
        return await http.ws_connect(
            self._address("/v1"),
            # Nothing but the pin is checked: neither name nor dates nor who signed.
            ssl=pinned,
            heartbeat=HEARTBEAT,
            max_msg_size=2 * MESSAGE_BYTES,
            timeout=_TIMEOUTS,
        )

    async def _greet(self, frames: Frames) -> Challenge:
        await send(frames, Hello(VERSION, self.client_version))
        message = await receive(frames)
        if isinstance(message, Failed):
            raise fault_of(message)
        if not isinstance(message, Challenge):
            raise MalformedMessage
        return message


@contextlib.contextmanager
def _network_faults() -> Generator[None]:
    try:
        yield
    except aiohttp.ServerFingerprintMismatch as error:
        raise WrongCertificate from error
    except aiohttp.WSServerHandshakeError as error:
        raise _AT_THE_DOOR.get(error.status, ServiceAway) from error
    except (aiohttp.ClientError, OSError, MalformedMessage) as error:
        raise ServiceAway from error


async def send(frames: Frames, message: ClientMessage) -> None:
    """Send a message."""
    await frames.send_str(messages.encode(message))


async def receive(frames: Frames) -> ServiceMessage:
    """Return the next message that is known; what a later service says beside is ignored.

    Raises:
        ServiceAway: the connection has ended.
        MalformedMessage: the frame is none; the next may be.
    """
    while (frame := await frames.receive()).type is aiohttp.WSMsgType.TEXT:
        with contextlib.suppress(UnknownMessage):
            return messages.decode_service(frame.data)
    if frame.type is aiohttp.WSMsgType.BINARY:
        raise MalformedMessage
    raise ServiceAway


def goes_another_way(frames: Frames) -> bool:
    """Return whether packets to the service would leave from another address than they do."""
    own, service = frames.get_extra_info("sockname"), frames.get_extra_info("peername")
    return not (own and service) or own[0] != source_towards(service[0])


def cut(frames: Frames) -> None:
    """End a connection whose network is gone, without the good-bye that nobody would hear."""
    connected = frames.get_extra_info("socket")
    if connected is not None:
        with contextlib.suppress(OSError):
            connected.shutdown(socket.SHUT_RDWR)


async def expect_welcome(frames: Frames) -> Welcome:
    """Return the answer to an enrolment or login; raises `ServiceRefused` where it is refused."""
    message = await receive(frames)
    if isinstance(message, Failed):
        raise fault_of(message)
    if not isinstance(message, Welcome):
        raise MalformedMessage
    return message
