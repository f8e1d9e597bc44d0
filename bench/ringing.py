"""How many round trips through the service pass from an invite to knowing that the call rings.

Two engines and a service run as processes. A round trip is a message to another device and its
answer, measured between two further devices in the same run. All of it is done over wires without
a delay and over wires of 50 ms a way: by how much longer the call takes, in round trips that take
longer, is how many messages wait for each other, whatever the processor's part in it is.
"""

import asyncio
import contextlib
import os
import secrets
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bench.slow_wire import Passed, SlowWire, slow_wire
from tui_call.config.paths import ProfilePaths
from tui_call.control.actions import Call, DismissCall, HangUp, SetUp, UseFiles
from tui_call.control.client import EngineClient
from tui_call.drill.rehearsal import STEP_WITHIN, engines, reach, rings, temporary_home
from tui_call.engine.service.enrolment import enrol
from tui_call.engine.service.link import LoginCredentials, ServiceLink
from tui_call.engine.service.link_state import LinkState
from tui_call.signaling.invite import InviteLink, parse_invite
from tui_call.signaling.messages import Deliver, Send, ServiceMessage
from tui_call.signaling.service_file import NoServiceHere, read_local_invite, read_running_service

WIRE_SECONDS = 0.05
_CALLS = 5
"""Fewer than a device answers in a minute."""
_PINGS = 20
_LOOK_EVERY = 0.005
_IDLE_SECONDS = 3600
_INVITE_BYTES, _OFFER_BYTES, _CONTROL_BYTES = 1415, 4133, 301
"""Of M1, and of the smallest M3 and message of the control channel (docs/protocol.md); on the wire
they are larger, and acknowledgements smaller than any."""


def round_trips_to_ringing() -> float:
    """Return how many round trips through the service a call waits for, to one decimal."""
    (call, trip), (slow_call, slow_trip) = (
        asyncio.run(_measure(delay)) for delay in (0.0, WIRE_SECONDS)
    )
    return round((slow_call - call) / (slow_trip - trip), 1)


async def _measure(delay: float) -> tuple[float, float]:
    """Return the medians in seconds, of calls and of round trips, over wires of this delay."""
    with temporary_home():
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(service())
            running = read_running_service(ProfilePaths().service_state_directory)
            wires = [
                await stack.enter_async_context(slow_wire(running.host, running.port, delay))
                for _ in range(4)
            ]
            caller, callee = await stack.enter_async_context(engines("caller", "callee"))
            for client, name, wire in ((caller, "Caller", wires[0]), (callee, "Callee", wires[1])):
                await join(client, name, invite_over(wire))
            trips = await _round_trips(wires[2], wires[3])
            calls = [await _call(caller, callee, wires[0]) for _ in range(_CALLS)]
            return statistics.median(calls), statistics.median(trips)


@asynccontextmanager
async def service() -> AsyncIterator[None]:
    """Run a service as a process of its own, which waits for engines that take long to start."""
    command = [sys.executable, "-m", "tui_call", "serve", "--personal", "--listen", "127.0.0.1"]
    waits = os.environ | {"TUI_CALL_SERVICE__IDLE_END_S": str(_IDLE_SECONDS)}
    process = subprocess.Popen(command, env=waits)  # noqa: ASYNC220 - nothing else runs yet
    try:
        async with asyncio.timeout(STEP_WITHIN):
            while not _listens():  # noqa: ASYNC110 - another process has nothing to wake this one
                await asyncio.sleep(0.05)
        yield
    finally:
        process.terminate()
        await asyncio.to_thread(process.wait)


def _listens() -> bool:
    with contextlib.suppress(NoServiceHere):
        return bool(read_running_service(ProfilePaths().service_state_directory))
    return False


def invite_over(wire: SlowWire) -> InviteLink:
    """Return an invite that leads over a wire."""
    link = read_local_invite(ProfilePaths().service_state_directory)
    return replace(parse_invite(link), host="127.0.0.1", port=wire.port)


async def join(client: EngineClient, name: str, invite: InviteLink) -> None:
    """Set an engine up that neither hears nor speaks."""
    await client.command(SetUp(name, e2ee=True, invite=invite.link, protection="plain"))
    await reach(client, lambda at: at.snapshot.encryption.on, "E2EE")
    await client.command(UseFiles("", ""))


async def _call(caller: EngineClient, callee: EngineClient, wire: SlowWire) -> float:
    """Return the seconds between M1 on the caller's wire and RINGING at its end."""
    wire.passed.clear()
    await caller.command(Call(callee.snapshot.me.account))
    await reach(callee, rings, "ringing")
    invite = await _passes(wire, inbound=False, more_than=_INVITE_BYTES, after=0.0)
    offer = await _passes(wire, inbound=False, more_than=_OFFER_BYTES, after=invite.came)
    ringing = await _passes(wire, inbound=True, more_than=_CONTROL_BYTES, after=offer.came)
    await caller.command(HangUp())
    for client in (caller, callee):
        await reach(client, over, "the end")
    await caller.command(DismissCall())
    return ringing.went - invite.came


async def _passes(wire: SlowWire, *, inbound: bool, more_than: int, after: float) -> Passed:
    """Wait for a message of a size; it is sealed, and of this size there is only one."""
    async with asyncio.timeout(STEP_WITHIN):
        while True:
            for one in wire.passed:
                if one.inbound is inbound and one.size > more_than and one.came > after:
                    return one
            await asyncio.sleep(_LOOK_EVERY)


def over(client: EngineClient) -> bool:
    """Whether no call is on."""
    call = client.snapshot.front
    return call is None or call.phase == "ended"


async def _round_trips(here: SlowWire, there: SlowWire) -> list[float]:
    """Return the seconds between messages to another device and its answers."""
    async with (
        plain_device("ping", invite_over(here)) as asking,
        plain_device("pong", invite_over(there)) as answering,
    ):
        echoing = asyncio.create_task(answering.echo())
        try:
            return [await asking.ask(answering) for _ in range(_PINGS)]
        finally:
            echoing.cancel()


@dataclass
class PlainDevice:
    """A device that only sends and gets bytes."""

    link: ServiceLink
    credentials: LoginCredentials
    arrived: asyncio.Queue[Deliver]

    async def ask(self, other: "PlainDevice") -> float:
        began = time.monotonic()
        self.send(other.credentials.account, other.credentials.device_id)
        await self.arrived.get()
        return time.monotonic() - began

    async def echo(self) -> None:
        while True:
            message = await self.arrived.get()
            self.send(message.from_account, message.from_device)

    def send(self, account: str, device: str) -> bool:
        """Send bytes that mean nothing; False where there is no place for them here."""
        payload = secrets.token_bytes(_CONTROL_BYTES)
        return self.link.send(Send(secrets.token_hex(16), 0, account, device, payload))


@asynccontextmanager
async def plain_device(user: str, invite: InviteLink) -> AsyncIterator[PlainDevice]:
    """Enrol a device and connect it."""
    key = Ed25519PrivateKey.generate()
    device_id = secrets.token_hex(16)
    enrolled = await enrol(
        invite.host, invite.port, invite.pin, invite.code, user=user, name=user.title(),
        device_id=device_id, device_name="laptop",
        login_key_public=key.public_key().public_bytes_raw(),
    )  # fmt: skip
    arrived, online = asyncio.Queue[Deliver](), asyncio.Event()

    def heard(message: ServiceMessage) -> None:
        if isinstance(message, Deliver):
            arrived.put_nowait(message)

    def stands(state: LinkState) -> None:
        if state is LinkState.ONLINE:
            online.set()

    credentials = LoginCredentials(enrolled.welcome.account, device_id, key)
    link = ServiceLink(
        host=invite.host, port=invite.port, pins=(invite.pin,), credentials=credentials,
        on_message=heard, on_state=stands, client_version="bench",
    )  # fmt: skip
    running = asyncio.create_task(link.run())
    try:
        async with asyncio.timeout(STEP_WITHIN):
            await online.wait()
        yield PlainDevice(link, credentials, arrived)
    finally:
        await link.close()
        await running
