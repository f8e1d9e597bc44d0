"""The application on a fake engine, with time that the test moves."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC

import pytest
from textual import events
from textual.pilot import Pilot

from tests.support.fake_engine import NOW, FakeEngine
from tests.support.fake_organisation import AdministeredEngine, Organisation
from tui_call.control.views import Snapshot
from tui_call.tui.app import TuiCallApp
from tui_call.tui.store import Clocks
from tui_call.tui.talk import QUIET_BEFORE_ARMED


@dataclass
class Time:
    """Wall and monotonic time of a test."""

    wall: float = NOW
    monotonic: float = 1000.0

    def passes(self, seconds: float) -> None:
        self.wall += seconds
        self.monotonic += seconds

    @property
    def clocks(self) -> Clocks:
        return Clocks(lambda: self.wall, lambda: self.monotonic, UTC)


@dataclass
class Running:
    """A running application."""

    app: TuiCallApp
    engine: FakeEngine
    pilot: Pilot[str]
    time: Time

    async def press(self, *keys: str) -> None:
        """Press keys as somebody does who waits until they work."""
        for key in keys:
            await self.wake()
            await self.pilot.press(key)
            await self.app.typed.join()
        await self.wake()
        await self.pilot.pause()

    async def wake(self) -> None:
        """Let the moment pass in which keys sleep after a screen came up."""
        if self.app.drowsy:
            self.time.passes(QUIET_BEFORE_ARMED + 0.1)
            self.app.screen.refresh_bindings()

    async def at_once(self, *keys: str) -> None:
        """Send keys, letters or pasted text in one go, as a terminal does that lags."""
        for key in keys:
            character = {"enter": "\r", "escape": "\x1b", "backspace": "\x7f"}.get(key)
            self.app.post_message(events.Key(key, character or (key if len(key) == 1 else None)))
        await self.pilot.pause()
        await self.app.typed.join()
        await self.settle()

    async def type(self, text: str) -> None:
        """Put text into the focused field, as a terminal's paste does."""
        assert self.app.focused is not None
        self.app.focused.post_message(events.Paste(text))
        await self.pilot.pause()

    async def settle(self) -> None:
        """Wait until the application has taken and shown what the engine said."""
        await self.until(lambda: self.engine.drained)
        await self.pilot.pause()
        await self.pilot.pause()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for something that takes real time, at most twenty seconds of it."""
        async with asyncio.timeout(20):
            while not condition():
                await self.pilot.pause(0.01)

    @property
    def text(self) -> str:
        """What the terminal shows."""
        strips = self.app.screen._compositor.render_strips()
        return "\n".join("".join(part.text for part in strip) for strip in strips)

    @property
    def mode(self) -> str:
        return self.app.current_mode


Start = Callable[..., AbstractAsyncContextManager[Running]]


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def start(time: Time) -> Start:
    @asynccontextmanager
    async def run(
        snapshot: Snapshot,
        *keys: str,
        size: tuple[int, int] = (80, 24),
        organisation: Organisation | None = None,
    ) -> AsyncIterator[Running]:
        engine = FakeEngine(snapshot)
        if organisation is not None:
            engine = AdministeredEngine(snapshot, organisation)
        app = TuiCallApp(engine.attach, time.clocks)
        async with app.run_test(size=size) as pilot:
            running = Running(app, engine, pilot, time)
            await running.until(lambda: app.link == "attached" and app.screen.is_mounted)
            await running.settle()
            time.passes(10)
            app.screen.refresh_bindings()
            await running.press(*keys)
            yield running

    return run
