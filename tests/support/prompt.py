"""A person at the prompt of lines, on a fake engine."""

import asyncio
from datetime import UTC

from tests.support.fake_engine import NOW, FakeEngine
from tui_call.control.views import Snapshot
from tui_call.tui.linear import Linear


class Talk:
    """Types lines, hears lines."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.engine = FakeEngine(snapshot)
        self.heard: list[str] = []
        self.typed: asyncio.Queue[str | None] = asyncio.Queue()

    async def says(self, *lines: str, then_quits: bool = True) -> list[str]:
        for line in (*lines, *(["quit"] if then_quits else [])):
            self.typed.put_nowait(line + "\n")
        await Linear(self.engine, self.typed.get, self.heard.append, UTC, lambda: NOW).run()
        return self.heard


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)
