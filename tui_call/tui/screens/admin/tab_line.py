"""The line that names the lists of Admin, and which of them is shown."""

from collections.abc import Callable, Sequence

from textual import events
from textual.content import Content
from textual.message import Message

from tui_call.tui import lines
from tui_call.tui.widgets.painted import Painted

_GAP = 2


class TabLine(Painted):
    """Names side by side; the one that is shown has a mark, so that no colour is needed.

    Args:
        names: of the lists.
        shown: gives the place of the one that is shown.
    """

    class Clicked(Message):
        """A name was clicked."""

        def __init__(self, place: int) -> None:
            super().__init__()
            self.place = place

    def __init__(self, names: Sequence[str], shown: Callable[[], int]) -> None:
        super().__init__(id="tabs")
        self._names = names
        self._shown = shown

    def paint(self, width: int, height: int) -> Sequence[Content]:  # noqa: ARG002
        """Return the one line."""
        parts = [
            lines.line((">", lines.KEY), (name, "bold underline"))
            if at == self._shown()
            else Content(f" {name}")
            for at, name in enumerate(self._names)
        ]
        return [Content(" " * _GAP).join(parts).truncate(width)]

    def on_click(self, event: events.Click) -> None:
        """Show the list whose name was clicked."""
        end = 0
        for place, name in enumerate(self._names):
            end += len(name) + 1 + _GAP
            if event.x < end:
                self.post_message(self.Clicked(place))
                return
