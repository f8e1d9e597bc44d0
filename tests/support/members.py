"""Clients of a service on loopback, as plain as can be: a socket and the messages."""

import asyncio
import base64
import re
import secrets
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import aiohttp
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tui_call.service.server import Service, ServiceOptions
from tui_call.signaling import messages
from tui_call.signaling.invite import InviteLink, parse_invite
from tui_call.signaling.messages import (
    VERSION,
    Challenge,
    ClientMessage,
    Enrol,
    Failed,
    Hello,
    Login,
    ServiceMessage,
    Welcome,
    login_statement,
)
from tui_call.signaling.pins import ShownCertificate
from tui_call.signaling.service_file import read_local_invite

T = TypeVar("T", bound=ServiceMessage)
SOON = 5.0
PATIENCE = 30.0
"""Seconds for what has to come: how long it takes says how busy a computer and its disk are."""
CALL = "ab" * 16


@dataclass
class Clock:
    """Time that passes when told: monotonic, and of the wall unless that is set back."""

    now: float = 1_800_000_000.0
    set_back: float = 0.0

    def __call__(self) -> float:
        return self.now

    def wall(self) -> float:
        return self.now - self.set_back


@dataclass
class Client:
    """A connection; remembers everything heard."""

    frames: aiohttp.ClientWebSocketResponse[bool]
    heard: list[ServiceMessage] = field(default_factory=list)
    requests: int = 0

    async def say(self, message: ClientMessage | str | bytes) -> None:
        if isinstance(message, bytes):
            await self.frames.send_frame(message, aiohttp.WSMsgType.TEXT)
        elif isinstance(message, str):
            await self.frames.send_str(message)
        else:
            await self.frames.send_str(messages.encode(message))

    async def hear(self, kind: type[T]) -> T:
        """Return the next message of a kind; others are skipped, and kept in `heard`."""
        while True:
            frame = await self.frames.receive(PATIENCE)
            assert frame.type is aiohttp.WSMsgType.TEXT, f"{frame.type} instead of {kind}"
            message = messages.decode_service(frame.data)
            self.heard.append(message)
            if isinstance(message, kind):
                return message

    async def ask(self, make: Callable[[int], ClientMessage], kind: type[T]) -> T:
        self.requests += 1
        number = self.requests
        await self.say(make(number))
        while True:
            answer = await self.hear(kind)
            if answer.request == number:  # type: ignore[attr-defined]
                return answer

    async def fails(self, message: ClientMessage | str | bytes) -> Failed:
        await self.say(message)
        return await self.hear(Failed)

    async def hears_nothing_more(self) -> None:
        """Check that the service has nothing else to tell, by an answer that comes after all."""
        before = len(self.heard)
        await self.ask(lambda number: messages.Lookup(number, "nobody@nowhere"), messages.People)
        assert len(self.heard) == before + 1, self.heard[before:]

    async def is_closed(self) -> bool:
        """Read to the end; False where the service keeps the connection open."""
        while True:
            try:
                frame = await self.frames.receive(SOON)
            except TimeoutError:
                return False
            if frame.type is not aiohttp.WSMsgType.TEXT:
                return True
            self.heard.append(messages.decode_service(frame.data))

    async def greet(self) -> Challenge:
        await self.say(Hello(VERSION, "test"))
        return await self.hear(Challenge)


@dataclass
class Identity:
    """A device that can enrol and log in."""

    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    device: str = field(default_factory=lambda: secrets.token_hex(16))
    account: str = ""

    def enrolment(self, code: str, user: str, name: str = "") -> Enrol:
        public = self.key.public_key().public_bytes_raw()
        return Enrol(code, user, name or user.title(), self.device, "laptop", public)

    def login(self, challenge: Challenge, pin: bytes, time: int) -> Login:
        statement = login_statement(challenge.organisation, challenge.nonce, pin, self.device, time)
        return Login(self.account, self.device, time, self.key.sign(statement))


@dataclass
class Member:
    """A logged-in connection with its identity."""

    client: Client
    identity: Identity
    welcome: Welcome

    @property
    def account(self) -> str:
        return self.identity.account

    @property
    def device(self) -> str:
        return self.identity.device


@dataclass
class Town:
    """A running service and everybody who visits it."""

    service: Service
    directory: Path
    clock: Clock
    http: aiohttp.ClientSession
    visitors: AsyncExitStack

    def local_invite(self) -> InviteLink:
        return parse_invite(read_local_invite(self.directory))

    def url(self, path: str = "/v1") -> str:
        return f"https://127.0.0.1:{self.port}{path}"

    @property
    def port(self) -> int:
        return self.service.place.port

    @property
    def pinned(self) -> aiohttp.Fingerprint:
        """The whole certificate, as clients of before pin it."""
        return aiohttp.Fingerprint(shown_by(self.directory).whole)

    async def visit(self) -> Client:
        """Connect, without a word."""
        frames = await self.http.ws_connect(self.url(), ssl=self.pinned)
        self.visitors.push_async_callback(frames.close)
        return Client(frames)

    async def enrol(self, user: str, name: str = "", code: str = "") -> Member:
        """Join with the local invite, or with a code."""
        client, identity = await self.visit(), Identity()
        await client.greet()
        await client.say(identity.enrolment(code or self.local_invite().code, user, name))
        identity.account = (await client.hear(Welcome)).account
        return await self.log_in(identity)

    async def log_in(self, identity: Identity) -> Member:
        client = await self.visit()
        challenge = await client.greet()
        await client.say(identity.login(challenge, self.service.place.pin, int(self.clock())))
        return Member(client, identity, await client.hear(Welcome))

    async def leave(self, member: Member) -> None:
        """Disconnect and wait until the service has noticed."""
        await member.client.frames.close()
        await until(lambda: self.service.online.find(member.account, member.device) is None)


@asynccontextmanager
async def town(
    directory: Path, clock: Clock | None = None, **options: object
) -> AsyncIterator[Town]:
    """Run a service in a directory, on a free port of loopback."""
    clock = clock or Clock()
    directory.mkdir(exist_ok=True)
    settings = ServiceOptions(directory, **{"listen": "127.0.0.1", **options})  # type: ignore[arg-type]
    async with (
        Service(settings, wall_clock=clock.wall, clock=clock) as service,
        aiohttp.ClientSession() as http,
        AsyncExitStack() as visitors,
    ):
        yield Town(service, directory, clock, http, visitors)


async def until(holds: Callable[[], bool]) -> None:
    """Let other tasks run until a condition holds, at most some seconds."""
    async with asyncio.timeout(PATIENCE):
        while not holds():  # noqa: ASYNC110 - any condition, without hooks for tests
            await asyncio.sleep(0.002)


async def soon(awaited: Awaitable[object]) -> None:
    """Wait for something, at most some seconds."""
    async with asyncio.timeout(PATIENCE):
        await awaited


def shown_by(state_directory: Path) -> ShownCertificate:
    """Return what clients see of a service's own certificate."""
    written = (state_directory / "certificate.pem").read_text()
    [certificate] = re.findall(r"-+BEGIN CERT[^$]+END CERTIFICATE-+", written)
    return ShownCertificate.of(ssl.PEM_cert_to_DER_cert(certificate))


def forms(secret: bytes) -> list[bytes]:
    """Return what a secret looks like in a file: raw, hexadecimal, base64 at each alignment."""
    found = [secret, secret.hex().encode(), secret.hex().upper().encode()]
    for shift in range(3):
        shifted = base64.b64encode(b"\0" * shift + secret)
        # The first and last characters mix with what stands beside the secret.
        middle = shifted[4:-4]
        found += [middle, base64.urlsafe_b64encode(base64.b64decode(middle))]
    return found
