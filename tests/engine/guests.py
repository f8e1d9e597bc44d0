"""People with their links to a service on loopback, for tests."""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tui_call.engine.service.enrolment import enrol
from tui_call.engine.service.link import LoginCredentials, ServiceLink
from tui_call.engine.service.link_state import LinkState
from tui_call.signaling.invite import InviteLink
from tui_call.signaling.messages import ServiceMessage

SOON = 10.0


@dataclass
class Person:
    """A device with its link, and everything that the link told."""

    link: ServiceLink
    credentials: LoginCredentials
    running: "asyncio.Task[None]"
    heard: list[ServiceMessage]
    states: list[LinkState]

    async def hears(self, kind: type[ServiceMessage], number: int = 1) -> ServiceMessage:
        def so_many() -> bool:
            return sum(isinstance(message, kind) for message in self.heard) >= number

        await until(so_many)
        return [message for message in self.heard if isinstance(message, kind)][number - 1]


@dataclass
class Guests:
    """Makes people and closes their links in the end: `async with Guests() as people`."""

    everybody: list[Person] = field(default_factory=list)

    async def __aenter__(self) -> "Guests":
        return self

    async def __aexit__(self, *_: object) -> None:
        for person in self.everybody:
            await person.link.close()
            await person.running

    async def enrol(self, invite: InviteLink, user: str) -> Person:
        key, device = Ed25519PrivateKey.generate(), secrets.token_hex(16)
        enrolled = await enrol(
            invite.host,
            invite.port,
            invite.pin,
            invite.code,
            user=user,
            name=user.title(),
            device_id=device,
            device_name="laptop",
            login_key_public=key.public_key().public_bytes_raw(),
        )
        assert enrolled.welcome.account == f"{user}@{enrolled.organisation}"
        return self.connect(invite, LoginCredentials(enrolled.welcome.account, device, key))

    def connect(self, invite: InviteLink, credentials: LoginCredentials) -> Person:
        heard: list[ServiceMessage] = []
        states: list[LinkState] = []
        link = ServiceLink(
            host=invite.host,
            port=invite.port,
            pins=(invite.pin,),
            credentials=credentials,
            on_message=heard.append,
            on_state=states.append,
            client_version="test",
        )
        person = Person(link, credentials, asyncio.create_task(link.run()), heard, states)
        self.everybody.append(person)
        return person


def anybody() -> LoginCredentials:
    return LoginCredentials("ada@home", "ab" * 16, Ed25519PrivateKey.generate())


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(SOON):
        while not holds():  # noqa: ASYNC110 - any condition, without hooks for tests
            await asyncio.sleep(0.002)
