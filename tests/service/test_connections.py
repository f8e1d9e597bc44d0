"""What a connection takes while it is there, and what is left of it when it is gone."""

import asyncio
import socket
import tracemalloc
from asyncio import sslproto
from pathlib import Path

import pytest

from tests.service.members import CALL, Clock, Town
from tests.service.members import town as run_town
from tests.support.wires import secured
from tui_call.service import tls_buffer
from tui_call.service.limits import Limits, Rate
from tui_call.service.outgoing import MOST_POST_OF_ONE
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
