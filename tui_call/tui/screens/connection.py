"""No engine: starting one, lost it, or could not start it."""

from collections.abc import Iterable
from typing import ClassVar

from textual.content import Content
from textual.widget import Widget

from tui_call.sentences import sentence
from tui_call.tui import lines
from tui_call.tui.keymap import bindings
from tui_call.tui.screens.base import Room
from tui_call.tui.widgets.painted import Block


class Connection(Room):
    """Says that nothing of a call is known here, and offers to connect."""

    where = "engine"
    name_shown = "Engine"
    AUTO_FOCUS = ""
    BINDINGS: ClassVar = [*bindings("engine")]

    def body(self) -> Iterable[Widget]:
        """What happened."""
        yield Block(self._words, id="page")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Nothing to attach to while it starts."""
        return self.store.link != "starting" if action == "attach" else True

    def _words(self, width: int) -> list[Content]:
        if self.store.link == "starting":
            said = ["Starting the engine…"]
        elif self.store.link == "failed":
            said = [self.store.trouble, "", "enter tries again, q leaves."]
        elif self.store.link == "ended":
            said = [sentence("G_ENGINE_ENDED").text, "", "enter starts it, q leaves."]
        else:
            lost = sentence("G_ENGINE_LOST").text
            said = [lost, "", "Nothing is shown here of a call until the engine is found again."]
        rows = [Content("")]
        for words in said:
            rows += lines.wrapped(words, width, "   ") or [Content("")]
        return rows

    def action_attach(self) -> None:
        """Connect again."""
        self.store.attach_engine()
