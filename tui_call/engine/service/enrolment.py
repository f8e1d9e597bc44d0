"""Spending an invite: what makes a device one of an account at the service."""

import asyncio
from dataclasses import dataclass

import aiohttp

from tui_call.engine.service.door import CONNECT_WITHIN, ServiceDoor, expect_welcome, send
from tui_call.signaling.messages import Enrol, Welcome


@dataclass(frozen=True, slots=True)
class NewMembership:
    """A new membership, and what the organisation is called."""

    welcome: Welcome
    organisation: str
    organisation_name: str


async def enrol(
    host: str,
    port: int,
    pin: bytes,
    code: str,
    *,
    user: str,
    name: str,
    device_id: str,
    device_name: str,
    login_key_public: bytes,
    client_version: str = "",
) -> NewMembership:
    """Spend an invite; the device can log in from then on.

    If the answer is lost, calling it again with the same device and key gives it again.

    Args:
        host: name or address of the service, as `port`, `pin` and `code` from the invite.
        port: its TCP port.
        pin: by which it is known.
        code: the one-time code.
        user: wanted part of the address before the @; the service may add a number.
        name: as others see it.
        device_id: 32 hexadecimal digits.
        device_name: as the person's other devices see it.
        login_key_public: Ed25519, 32 bytes.
        client_version: told in `Hello`.

    Raises:
        ServiceAway, WrongCertificate: not connected.
        ServiceRefused: the leaf for what the service said.
    """
    door = ServiceDoor(host, port, (pin,), client_version)
    async with aiohttp.ClientSession() as http, door.open(http) as entrance:
        async with asyncio.timeout(CONNECT_WITHIN):
            await send(
                entrance.frames,
                Enrol(code, user, name, device_id, device_name, login_key_public),
            )
            welcome = await expect_welcome(entrance.frames)
    organisation = entrance.challenge
    return NewMembership(welcome, organisation.organisation, organisation.organisation_name)
