"""The identity is locked: ask for its passphrase."""

from collections.abc import Iterable
from typing import ClassVar

from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input

from tui_call.control.messages import Unlock
from tui_call.tui import lines
from tui_call.tui.keymap import bindings
from tui_call.tui.screens.base import Room
from tui_call.tui.store import Refusal
from tui_call.tui.widgets.painted import Block

_LONGEST = 1024


class UnlockScreen(Room):
    """One field; the passphrase goes to the engine once and is not kept here."""

    where = "field"
    name_shown = "Locked"
    AUTO_FOCUS = "Input"
    enter_in_field: ClassVar[str] = "field.done"
    BINDINGS: ClassVar = [*bindings("field")]

    def __init__(self) -> None:
        super().__init__()
        self._said = ""
        self.labels["field.done"] = "Unlock"
        self.unhinted = {"field.cancel"}

    def body(self) -> Iterable[Widget]:
        """What is asked, the field, what was wrong."""
        yield Block(self._words, id="page-top")
        yield Input(password=True, compact=True, max_length=_LONGEST)
        yield Block(lambda _: [Content(""), lines.line("   ", lines.text(self._said, lines.BAD))])

    def _words(self, width: int) -> list[Content]:
        name = self.store.snapshot.me.name if self.store.snapshot else ""
        rows = [
            Content(""),
            lines.line("   ", lines.text(f"The identity of {name or 'this profile'} is locked.")),
            Content("   Type its passphrase. Until then no call can come in or go out."),
            Content(""),
        ]
        return [row.truncate(width, ellipsis=True) for row in rows]

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Try the passphrase."""
        passphrase, event.input.value = event.value, ""
        self._said = "Unlocking…"
        self.repaint()
        self.run_worker(self._unlock(passphrase), exclusive=True)

    async def _unlock(self, passphrase: str) -> None:
        answer = await self.store.ask(Unlock(passphrase))
        self._said = answer.sentence.text if isinstance(answer, Refusal) else ""
        self.repaint()

    def action_done(self) -> None:
        """Try what stands in the field."""

    def action_cancel(self) -> None:
        """Empty the field."""
        self.query_one(Input).value = ""
