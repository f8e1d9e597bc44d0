"""The lines under the first one: the calls behind the one in front, those that wait first."""

from collections.abc import Callable, Sequence

from textual.content import Content

from tui_call.tui import lines, several
from tui_call.tui.widgets.painted import Painted

_LOW = 20
_MOST, _MOST_IN_A_LOW_WINDOW = 4, 2


class OtherCalls(Painted):
    """A line for each; none while there is no other call.

    Args:
        key: gives the key for the other call as it is written on the screen, "" if none works.
    """

    def __init__(self, key: Callable[[], str]) -> None:
        super().__init__()
        self._key = key

    def paint(self, width: int, height: int) -> Sequence[Content]:  # noqa: ARG002
        """Return as many lines as the window has room for, the last one with how many more."""
        snapshot, now = self.store.snapshot, self.store.clocks.wall()
        others = several.beside(snapshot)
        most = _MOST if self.store.size.height >= _LOW else _MOST_IN_A_LOW_WINDOW
        ascii_only = self.store.ascii_only
        word = several.word(snapshot)
        more = len(others) - most
        rows: list[Content] = []
        for number, call in enumerate(others[:most]):
            key = Content()
            if number == 0 and (written := self._key()):
                key = lines.line((written, lines.KEY), f" {word}")
            if more > 0 and number == most - 1:
                key = Content(f"+{more} more")
            rows.append(several.line_of(call, key, now, width, ascii_only=ascii_only))
        return rows

    async def on_click(self) -> None:
        """Do what the key does."""
        await self.run_action("app.press('talk.waiting')")
