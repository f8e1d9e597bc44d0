"""What a client does when the engine, or who waits for it, does something at a bad moment."""

import asyncio
from collections.abc import AsyncIterator
from typing import cast

import pytest

from tests.support.fake_engine import ready
from tui_call.control import codec
from tui_call.control.actions import Stop
from tui_call.control.client import EngineClient, EngineUnreachable
from tui_call.control.deltas import PartDelta
from tui_call.control.lines import EngineLine, Ok
from tui_call.control.replica import Replica
from tui_call.control.views import MeView

DEADLINE = 10.0


class Line:
    """A client, with its engine's end in the hands of the test."""

    def __init__(self) -> None:
        self._reader = asyncio.StreamReader()
        self.client = EngineClient(self._reader, cast("asyncio.StreamWriter", self), ready())

    def say(self, message: EngineLine) -> None:
        self._reader.feed_data(codec.encode(message))

    def end(self) -> None:
        self._reader.feed_eof()

    # What the client does with its end

    def write(self, line: bytes) -> None:
        """Drop it."""

    def close(self) -> None:
        """Let go of nothing."""

    async def wait_closed(self) -> None:
        """Be closed."""


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    line = Line()
    yield line
    await line.client.close()


async def expect_lost(client: EngineClient) -> None:
    async with asyncio.timeout(DEADLINE):
        async for _ in client.lines():
            pass
        with pytest.raises(EngineUnreachable):
            await client.command(Stop())
        with pytest.raises(EngineUnreachable):
            await client.wait_for_change()
    assert client.pulse == "dead"


async def test_an_answer_may_come_as_its_command_is_given_up(line: Line) -> None:
    asked = asyncio.create_task(line.client.command(Stop()))
    await asyncio.sleep(0)
    line.say(Ok(1))
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    line.say(PartDelta(me=MeView("ready", "default", name="Ada")))
    async with asyncio.timeout(DEADLINE):
        await anext(line.client.lines())
    assert line.client.snapshot.me.name == "Ada"
    line.end()
    await expect_lost(line.client)


async def test_an_engine_that_cannot_be_followed_is_lost(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise KeyError("of a part that nobody foresaw")

    monkeypatch.setattr(Replica, "apply", fail)
    line.say(PartDelta(me=MeView("ready", "default", name="Ada")))
    await expect_lost(line.client)
