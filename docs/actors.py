"""Those who act in the pictures: real applications with real engines, used by their keys."""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any

from screen_svg import screen_svg
from textual.app import App
from textual.pilot import Pilot

from tui_call.control import launch
from tui_call.control.actions import Stop
from tui_call.control.client import EngineClient, EngineUnreachable
from tui_call.control.views import Snapshot
from tui_call.tui.app import TuiCallApp

DIRECTORY = Path(__file__).parent / "screens"
WITHIN = 90.0
POLL = 0.05


class Terminal:
    """Somebody at a terminal: presses keys, reads, takes pictures."""

    def __init__(self, app: App[Any], pilot: Pilot[Any]) -> None:
        self._shown = app
        self._pilot = pilot

    async def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        await self._pilot.press(*keys)
        await self._pilot.pause()

    async def reads(self, text: str) -> None:
        """Wait until the screen shows a text."""
        async with asyncio.timeout(WITHIN):
            while text not in screen_svg(self._shown, ""):
                await self._pilot.pause(POLL)

    async def picture(self, name: str, title: str) -> None:
        """Write what the screen shows."""
        await self._pilot.pause()
        columns, rows = self._shown.size
        path = DIRECTORY / f"{name}-{columns}x{rows}.svg"
        path.write_text(screen_svg(self._shown, f"{title}, {columns} × {rows} cells"), "utf-8")
        print(path.name)


class Person(Terminal):
    """Somebody who uses the application."""

    def __init__(self, app: TuiCallApp, pilot: Pilot[str]) -> None:
        super().__init__(app, pilot)
        self.app = app

    async def press(self, *keys: str) -> None:
        """Press keys, each when it works on the screen that came up."""
        for key in keys:
            while self.app.drowsy:
                await self._pilot.pause(POLL)
            await super().press(key)

    async def picture(self, name: str, title: str) -> None:
        """Write what the screen shows once its keys work."""
        while self.app.drowsy:
            await self._pilot.pause(POLL)
        self.app.screen.refresh_bindings()
        await super().picture(name, title)

    async def type(self, text: str) -> None:
        """Type a line of text."""
        await self.press(*("space" if letter == " " else letter for letter in text))

    async def waits(self, condition: Callable[[Snapshot], bool], within: float = WITHIN) -> None:
        """Wait until the engine's state is such."""
        async with asyncio.timeout(within):
            while self.app.snapshot is None or not condition(self.app.snapshot):
                await self._pilot.pause(POLL)
        await self._pilot.pause()


@asynccontextmanager
async def person(profile: str, size: tuple[int, int]) -> AsyncIterator[Person]:
    """Open the application of a profile; end its engine afterwards."""

    async def attach() -> EngineClient:
        return await launch.attach(profile, "tui")

    app = TuiCallApp(attach)
    try:
        async with app.run_test(size=size) as pilot:
            yield Person(app, pilot)
            await app.detach()
    finally:
        engine = await attach()
        with suppress(EngineUnreachable):  # it may be gone before its answer is
            await engine.command(Stop())
        await engine.close()


@contextmanager
def home() -> Iterator[Path]:
    """Keep all files in a directory of its own, and use neither sound devices nor keyring."""
    with tempfile.TemporaryDirectory(prefix="tui-call-", ignore_cleanup_errors=True) as directory:
        os.environ |= {
            "TUI_CALL_HOME": directory,
            "TUI_CALL_AUDIO__PORT": "files",
            "TUI_CALL_SERVICE__LISTEN": "127.0.0.1",
            "TUI_CALL_SERVICE__IDLE_END_S": "1",
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        }
        yield Path(directory)
