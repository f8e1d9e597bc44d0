"""What strangers can send to the media port of a call, before it and in it."""

import asyncio

import pytest

from tests.support.connections import Call, send_from_a_stranger, until
from tui_call.transport.datagram_filter import MOST_WAITING

# A binding request with a fingerprint of two bytes (RFC 8489, sections 5 and 14.7).
BROKEN_STUN = (
    bytes.fromhex("0001000821 12a442".replace(" ", ""))
    + bytes(12)
    + bytes.fromhex("8028000200000000")
)


async def test_broken_stun_is_dropped_without_a_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with Call() as call:
        send_from_a_stranger(call.offer, BROKEN_STUN)
        await until(lambda: call.caller.connection.datagrams_filtered == 1)
        await call.exchange()
    assert "Traceback" not in caplog.text


async def test_a_flood_before_the_answer_is_bounded_and_the_call_connects() -> None:
    call = Call()
    offer = await call.caller.connection.create_offer()
    waiting = call.caller.connection._agent.connection._queue
    while call.caller.connection.datagrams_filtered == 0:
        send_from_a_stranger(offer, *[b"\x80flood"] * 50)
        await asyncio.sleep(0)
    assert waiting.qsize() == MOST_WAITING

    answer = await call.callee.connection.create_answer(offer)
    await call.caller.connection.accept_answer(answer)
    await until(lambda: call.caller.connected and call.callee.connected)
    await call.exchange()
    await call.close()
