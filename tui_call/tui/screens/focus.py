"""A screen whose focus comes back when a larger window shows again what a smaller one hid."""

from typing import TypeVar

from textual.screen import Screen
from textual.widget import Widget

from tui_call.tui.updates import PartCompositor

Answer = TypeVar("Answer")


class KeepsFocus(Screen[Answer]):
    """Textual moves the focus on when its widget is hidden, and leaves it there for good."""

    _hidden: Widget | None = None

    def __init__(self) -> None:
        super().__init__()
        self._compositor = PartCompositor()

    def watch_focused(self, before: Widget | None, now: Widget | None) -> None:
        """Remember what lost the focus by being hidden; forget it when the person moves on."""
        if before is not None and not _shown(before):
            self._hidden = self._hidden or before
        elif before is not None and now is not None:
            self._hidden = None

    def on_resize(self) -> None:
        """Look, when all is laid out, whether it is shown again."""
        self.call_after_refresh(self._focus_again)

    def _focus_again(self) -> None:
        hidden = self._hidden
        if hidden is not None and _shown(hidden):
            self._hidden = None
            self.set_focus(hidden)


def _shown(widget: Widget) -> bool:
    nodes = widget.ancestors_with_self
    return widget.is_attached and all(node.display for node in nodes if isinstance(node, Widget))
