"""What members and strangers send without end: calls ring all the same, and nobody is cut off."""

import asyncio
import contextlib
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import aiohttp
import pytest

from tests.support.members import Member, Town
from tests.support.one_process import SERVICE, Resident, Village, until
from tests.support.wires import PONG, frame, say_until_closed, upgraded
from tui_call.control.actions import Block, Call, HangUp
from tui_call.e2ee.messages import MessageHeader, MessageType
from tui_call.service.directory import Directory
from tui_call.service.faults import TooMany
from tui_call.service.routing import Router, undeliverable
from tui_call.service.session import ClientSession
from tui_call.signaling.messages import (
    Acknowledge,
    Send,
    UndeliverableReason,
)

CALLS = 3
AT_ONCE = 20


@asynccontextmanager
async def others(here: Village) -> AsyncIterator[Town]:
    """Visit the service of the village with plain clients."""
    async with aiohttp.ClientSession() as http, AsyncExitStack() as visitors:
        yield Town(here.service, here.directory / SERVICE, time.time, http, visitors)  # type: ignore[arg-type]


def invites(to: Resident) -> list[Send]:
    """Return messages that look like invites, each of a call of its own."""
    calls = [secrets.token_bytes(16) for _ in range(AT_ONCE)]
    kind = MessageType.M1
    return [
        Send(
            call.hex(),
            0,
            to.account,
            to.device,
            MessageHeader(kind, call, 0).encode() + bytes(1394),
        )
        for call in calls
    ]


async def spam(member: Member, to: Resident) -> None:
    """Send without a pause, and read nothing of what comes back."""
    while True:
        for message in invites(to):
            await member.client.say(message)
        await asyncio.sleep(0.01)


async def strangers(town: Town) -> None:
    """Connect again and again, and say PONG until that ends."""
    while True:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            await say_until_closed(await upgraded(town.port), frame(PONG) * 500)
        await asyncio.sleep(0.01)


async def test_calls_ring_while_blocked_members_and_strangers_flood(
    here: Village, ada: Resident, ben: Resident
) -> None:
    connected = here.service.online.find(ben.account, ben.device)
    async with others(here) as town:
        members = [await town.enrol(f"mallory{number}") for number in range(2)]
        for member in members:
            await ben.order(Block(member.account))
        floods = [asyncio.create_task(spam(member, ben)) for member in members]
        floods.append(asyncio.create_task(strangers(town)))
        try:
            for _ in range(CALLS):
                await ada.order(Call(ben.account))
                await until(lambda: ben.phase == ada.phase == "ringing")
                await ada.order(HangUp())
                await until(lambda: ben.phase in ("", "ended"))
        finally:
            for flood in floods:
                flood.cancel()
            await asyncio.gather(*floods, return_exceptions=True)
    assert here.service.online.find(ben.account, ben.device).login == connected.login
    acknowledged = {message.to_account for message in here.gateway.of(Acknowledge)}
    assert acknowledged == {ada.account, ben.account}


@pytest.mark.parametrize("reason", ["rate", "crowded"])
async def test_an_invite_that_the_service_holds_up_once_still_rings(
    here: Village,
    ada: Resident,
    ben: Resident,
    monkeypatch: pytest.MonkeyPatch,
    reason: UndeliverableReason,
) -> None:
    held_up: list[Send] = []
    send = Router.send

    async def holding(router: Router, sender: ClientSession, message: Send) -> None:
        if held_up:
            await send(router, sender, message)
        else:
            held_up.append(message)
            sender.put(undeliverable(message, reason))

    monkeypatch.setattr(Router, "send", holding)
    await ada.order(Call(ben.account))
    await until(lambda: ben.phase == ada.phase == "ringing")


async def test_a_lookup_over_the_limit_is_not_told_as_a_service_that_is_away(
    ada: Resident, ben: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def too_many(*_: object) -> None:
        raise TooMany

    monkeypatch.setattr(Directory, "look_up", too_many)
    await ada.order(Call(ben.account))
    await until(lambda: ada.phase == "ended")
    assert ada.call.end_reason is not None
    assert ada.call.end_reason.code == "R_RATE"
