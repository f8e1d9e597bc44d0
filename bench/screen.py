"""How late frames arrive while a Textual application draws its whole screen 20 times a second.

The application, `python -m bench.screen`, runs in a terminal of its own beside the two engines.
"""

import asyncio
import contextlib
import statistics
import time
from collections.abc import AsyncIterator

from textual.app import App, ComposeResult
from textual.widgets import Static

from bench.lateness import frames_late
from bench.terminal import Terminal

DRAWS_A_SECOND = 20
_LINES, _COLUMNS = 40, 120
_SLOW = 0.8
"""Share of the draws below which there is nothing to be measured by."""


class Drawing(App[None]):
    """Every character of the screen is another one at each draw."""

    def compose(self) -> ComposeResult:
        """Fill the screen with one widget."""
        yield Static()

    def on_mount(self) -> None:
        """Begin to draw."""
        self._draws = 0
        self.set_interval(1 / DRAWS_A_SECOND, self._draw)

    def _draw(self) -> None:
        self._draws += 1
        line = chr(ord("a") + self._draws % 26) * _COLUMNS
        self.query_one(Static).update("\n".join([line] * _LINES))


def lateness_beside_a_screen(seconds: float, runs: int) -> float | None:
    """Return how late frames are, 99th percentile in milliseconds, the median of some calls.

    Returns:
        None if the screen was not drawn as often as it should be.
    """
    rates: list[float] = []

    @contextlib.asynccontextmanager
    async def drawing(*_: object) -> AsyncIterator[None]:
        terminal = Terminal("bench.screen", size=(_LINES, _COLUMNS))
        await asyncio.sleep(2.0)  # until it has started
        before, began = terminal.drawn, time.monotonic()
        try:
            yield
            rates.append((terminal.drawn - before) / (time.monotonic() - began))
        finally:
            await terminal.close()

    late = [asyncio.run(frames_late(seconds, drawing)) for _ in range(runs)]
    enough = _SLOW * DRAWS_A_SECOND * _LINES * _COLUMNS
    return statistics.median(late) if min(rates) >= enough else None


if __name__ == "__main__":
    Drawing().run()
