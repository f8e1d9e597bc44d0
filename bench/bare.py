"""`python -m bench.bare levels`: Textual alone writes two lines as often as an engine tells levels.

`python -m bench.bare word`: it writes a word. This is what our screen stands beside.
"""

import itertools
import math
import sys
from collections.abc import Iterator

from textual.app import App, ComposeResult
from textual.widgets import Static

WORD = "drawn"
METERS_A_SECOND = 12


def loudness() -> Iterator[tuple[float, float]]:
    """Yield how loud two people are who never keep still, in dBFS."""
    for number in itertools.count():
        yield -24 + 18 * math.sin(number * 0.9), -60 + 30 * math.sin(number * 0.13)


class Bare(App[None]):
    """One widget.

    Args:
        moving: it shows levels.
    """

    def __init__(self, *, moving: bool) -> None:
        super().__init__()
        self._loudness = loudness() if moving else None

    def compose(self) -> ComposeResult:
        """Fill the screen with it."""
        yield Static(WORD)

    def on_mount(self) -> None:
        """Begin to draw."""
        if self._loudness is not None:
            self.set_interval(1 / METERS_A_SECOND, self._draw)

    def _draw(self) -> None:
        if self._loudness is not None:
            bars = ["█" * int(60 + level) for level in next(self._loudness)]
            self.query_one(Static).update("\n".join(bars))


if __name__ == "__main__":
    Bare(moving=sys.argv[1] == "levels").run()
