"""What a connection takes while it is there, and what is left of it when it is gone."""

import asyncio
import contextlib
import gc
import socket
import tracemalloc
from asyncio import sslproto
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import cast
from unittest.mock import Mock

import pytest
from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from tests.support.members import CALL, Clock, Member, Town, until
from tests.support.members import town as run_town
from tests.support.wires import FINAL, PING, ends, frame, say_until_closed, secured, upgraded
from tui_call.service import heartbeat, tls_buffer
from tui_call.service.arrivals import Arrival
from tui_call.service.dispatch import MOST_MALFORMED
from tui_call.service.heartbeat import AT_ONCE
from tui_call.service.limits import Limits, Rate
from tui_call.service.outgoing import MOST_POST_OF_ONE, Outgoing
from tui_call.service.session import ClientSession
from tui_call.signaling.messages import MESSAGE_BYTES, Deliver, Send

CONNECTIONS = 10
# What a payload may have so that its message, in base64, fits.
LONGEST = MESSAGE_BYTES * 3 // 4 - 1024


async def test_tls_keeps_little_for_a_connection_that_is_idle(town: Town) -> None:
    tracemalloc.start()
    wires = [await secured(town.port) for _ in range(CONNECTIONS)]
    kept = tracemalloc.take_snapshot().filter_traces(
        [tracemalloc.Filter(inclusive=True, filename_pattern=sslproto.__file__)]
    )
    tracemalloc.stop()
    for _, writer in wires:
        writer.close()
    ends = 2 * CONNECTIONS  # the other ends are here too
    each = sum(trace.size for trace in kept.traces) / ends
    assert tls_buffer.READ_BYTES <= each <= 2 * tls_buffer.READ_BYTES


async def test_the_longest_messages_arrive_whole_also_where_nobody_reads_for_a_while(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = asyncio.get_running_loop()
    accept = loop.sock_accept

    async def accept_with_a_small_buffer(
        listening: socket.socket,
    ) -> tuple[socket.socket, object]:
        accepted, address = await accept(listening)
        accepted.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, MESSAGE_BYTES)
        return accepted, address

    monkeypatch.setattr(loop, "sock_accept", accept_with_a_small_buffer)
    limits = Limits(device=Rate(burst=1_000, per_second=0))
    async with run_town(tmp_path / "state", clock, limits=limits) as town:
        ada, bob = await town.enrol("ada"), await town.enrol("bob")
        payloads = [bytes([number]) * LONGEST for number in range(MOST_POST_OF_ONE)]
        for number, payload in enumerate(payloads):
            await ada.client.say(Send(CALL, number, bob.account, bob.device, payload))
        await ada.client.hears_nothing_more()
        for payload in payloads:
            assert (await bob.client.hear(Deliver)).payload == payload


async def test_who_is_silent_is_asked_and_who_does_not_answer_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeat, "HEARTBEAT", 0.1)
    async with run_town(tmp_path / "state") as town:
        ada = await town.enrol("ada")
        listening = asyncio.create_task(ada.client.frames.receive())  # which answers a PING
        reader, _ = dead = await upgraded(town.port)
        assert await reader.readexactly(2) == bytes([FINAL | PING, 0])
        await ends(dead)
        assert not listening.done()
        listening.cancel()


class FakeFrames:
    """A client that is asked and never answers."""

    def __init__(self) -> None:
        self.asked = 0

    async def ping(self) -> None:
        self.asked += 1


async def test_the_clients_of_a_round_are_asked_a_few_at_a_time() -> None:
    """All at once would keep everybody waiting for as long as their answers take."""
    clients = {Mock(Arrival, silent_rounds=1): FakeFrames() for _ in range(4 * AT_ONCE)}
    asked: list[int] = []
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        await asyncio.sleep(0)  # those who are asked have their turn
        asked.append(sum(frames.asked for frames in clients.values()))
        slept.append(seconds)
        if len(slept) > 4:
            raise asyncio.CancelledError

    beats = heartbeat.Heartbeat(sleep)
    for arrival, frames in clients.items():
        beats.watch(arrival, cast("web.WebSocketResponse[bool]", frames))
    with pytest.raises(asyncio.CancelledError):
        await beats.beat()
    assert asked == [0, AT_ONCE, 2 * AT_ONCE, 3 * AT_ONCE, 4 * AT_ONCE]
    assert slept[:4] == [heartbeat.HEARTBEAT / 4] * 4


async def goodbye(town: Town, member: Member) -> None:
    await town.leave(member)


async def a_broken_socket(town: Town, member: Member) -> None:
    transport = member.client.frames.get_extra_info("socket")
    transport.shutdown(socket.SHUT_RDWR)
    await until(lambda: town.service.online.find(member.account, member.device) is None)


async def another_login(town: Town, member: Member) -> None:
    again = await town.log_in(member.identity)
    assert await member.client.is_closed()
    await town.leave(again)


async def nonsense(town: Town, member: Member) -> None:
    with contextlib.suppress(ConnectionError):
        for _ in range(MOST_MALFORMED):
            await member.client.say("{")
    assert await member.client.is_closed()


async def a_stranger_beside(town: Town, member: Member) -> None:
    await say_until_closed(await upgraded(town.port), frame(PING))
    await town.leave(member)


def connections() -> int:
    """Return how many objects of connections there are; nobody has collected those of old ones."""
    kinds = (Arrival, RequestHandler, web.Request, web.WebSocketResponse, ClientSession, Outgoing)
    return sum(isinstance(each, kinds) for each in gc.get_objects())


@pytest.mark.parametrize(
    "end", [goodbye, a_broken_socket, another_login, nonsense, a_stranger_beside]
)
async def test_a_connection_that_has_ended_leaves_nothing_for_the_collector(
    town: Town, end: Callable[[Town, Member], Awaitable[None]]
) -> None:
    ada = await town.enrol("ada")
    await town.leave(ada)
    gc.collect()
    gc.disable()
    try:
        before = connections()
        for _ in range(3):
            await end(town, await town.log_in(ada.identity))
        await until(lambda: connections() <= before)
    finally:
        gc.enable()


class Written(asyncio.Transport):
    def __init__(self) -> None:
        self.pieces: list[bytes] = []

    def write(self, data: bytes) -> None:
        self.pieces.append(bytes(data))


def test_what_is_long_is_encrypted_in_pieces() -> None:
    written, data = Written(), bytes(range(256)) * 100
    tls_buffer.SmallWrites(written).write(data)
    assert b"".join(written.pieces) == data
    assert max(map(len, written.pieces)) == tls_buffer.WRITE_BYTES
