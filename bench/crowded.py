"""How many calls ring in time while members and strangers flood the person called.

A service and engines run as processes. Two members who are blocked and one who is not send without
a pause what looks like messages of calls; strangers connect again and again and say PONG.
"""

import asyncio
import contextlib
import secrets
import ssl
import time
from contextlib import AsyncExitStack

from bench.ringing import PlainDevice, join, over, plain_device, service
from tui_call.config.paths import ProfilePaths
from tui_call.control.actions import Block, Call, DismissCall, HangUp
from tui_call.control.client import EngineClient
from tui_call.drill.rehearsal import engines, reach, rings, temporary_home
from tui_call.e2ee.messages import MessageHeader, MessageType
from tui_call.signaling.invite import InviteLink, parse_invite
from tui_call.signaling.messages import Send
from tui_call.signaling.service_file import read_local_invite

CALLS = 20
RINGS_WITHIN = 2.0
_CALLERS = 4
"""One account gets six answers a minute."""
_BLOCKED, _NOT_BLOCKED = 2, 1
_STRANGERS = 2
_PAUSE = 0.005
_INVITE_BYTES = 1394
_PONGS = b"\x8a\x80\0\0\0\0" * 250
_UPGRADE = (
    b"GET /v1 HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


def calls_that_ring() -> tuple[int, float]:
    """Return how many of `CALLS` ring within `RINGS_WITHIN`, and the seconds that the last took."""
    waited = asyncio.run(_measure())
    return sum(seconds <= RINGS_WITHIN for seconds in waited), max(waited)


async def _measure() -> list[float]:
    with temporary_home():
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(service())
            names = [f"caller{number}" for number in range(_CALLERS)]
            callee, *callers = await stack.enter_async_context(engines("callee", *names))
            for client, name in zip((callee, *callers), ("callee", *names), strict=True):
                await join(client, name, _invite())
            floods = await _floods(stack, callee)
            try:
                turns = [callers[number % _CALLERS] for number in range(CALLS)]
                return [await _call(caller, callee) for caller in turns]
            finally:
                for flood in floods:
                    flood.cancel()
                await asyncio.gather(*floods, return_exceptions=True)


def _invite() -> InviteLink:
    return parse_invite(read_local_invite(ProfilePaths().service_state_directory))


async def _floods(stack: AsyncExitStack, callee: EngineClient) -> "list[asyncio.Task[None]]":
    members = [
        await stack.enter_async_context(plain_device(f"member{number}", _invite()))
        for number in range(_BLOCKED + _NOT_BLOCKED)
    ]
    for member in members[:_BLOCKED]:
        await callee.command(Block(member.credentials.account))
    spam = [_spam(member, callee) for member in members]
    strangers = [_stranger(_invite()) for _ in range(_STRANGERS)]
    return [asyncio.create_task(flood) for flood in (*spam, *strangers)]


async def _spam(member: PlainDevice, callee: EngineClient) -> None:
    me = callee.snapshot.me
    while True:
        call = secrets.token_bytes(16)
        payload = MessageHeader(MessageType.M1, call, 0).encode() + bytes(_INVITE_BYTES)
        if not member.link.send(Send(call.hex(), 0, me.account, me.device, payload)):
            await asyncio.sleep(_PAUSE)


async def _stranger(invite: InviteLink) -> None:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    while True:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            reader, writer = await asyncio.open_connection(invite.host, invite.port, ssl=context)
            writer.write(_UPGRADE)
            await reader.readuntil(b"\r\n\r\n")
            while not (reader.at_eof() or writer.is_closing()):
                writer.write(_PONGS)
                await writer.drain()
                await asyncio.sleep(_PAUSE)
        await asyncio.sleep(_PAUSE)


async def _call(caller: EngineClient, callee: EngineClient) -> float:
    began = time.monotonic()
    await caller.command(Call(callee.snapshot.me.account))
    await reach(callee, rings, "ringing")
    waited = time.monotonic() - began
    await caller.command(HangUp())
    for client in (caller, callee):
        await reach(client, over, "the end")
    await caller.command(DismissCall())
    return waited
