"""No engine: starting one, lost it, or could not start it."""

from collections.abc import Iterable
from typing import ClassVar

from textual.content import Content
from textual.widget import Widget

from tui_call.sentences import sentence, text_of
from tui_call.tui import lines
from tui_call.tui.keymap import bindings
from tui_call.tui.screens.base import BaseScreen
from tui_call.tui.widgets.painted import TextBlock


class ConnectionScreen(BaseScreen):
    """Says that nothing of a call is known here, and offers to connect."""

    where = "engine"
    name_shown = "Engine"
    AUTO_FOCUS = ""
    BINDINGS: ClassVar = [*bindings("engine")]

    def body(self) -> Iterable[Widget]:
        """What happened."""
        yield TextBlock(self._words, id="page")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Nothing to attach to while it starts."""
        return self.store.link != "starting" if action == "attach" else True

    def _words(self, width: int) -> list[Content]:
        if self.store.link == "starting":
            said = [text_of("T_STARTING")]
        elif self.store.link == "failed":
            said = [self.store.trouble, "", text_of("T_TRIES_AGAIN", **self._keys())]
        elif self.store.link == "ended":
            said = [sentence("G_ENGINE_ENDED").text, "", text_of("T_STARTS_IT", **self._keys())]
        else:
            lost = sentence("G_ENGINE_LOST").text
            said = [lost, "", text_of("T_NOTHING_SHOWN")]
        rows = [Content("")]
        for words in said:
            rows += lines.wrapped(words, width, "   ") or [Content("")]
        return rows

    def _keys(self) -> dict[str, str]:
        return {
            "key": self.key_of("engine.attach", "enter"),
            "leave": self.key_of("app.leave", "q"),
        }

    def action_attach(self) -> None:
        """Connect again."""
        self.store.attach_engine()
