"""The identity is locked: ask for its passphrase."""

from collections.abc import Iterable
from typing import ClassVar

from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input

from tui_call.control.actions import Unlock
from tui_call.control.views import Snapshot
from tui_call.sentences import paragraph_of, text_of
from tui_call.tui import lines
from tui_call.tui.keymap import bindings
from tui_call.tui.screens.base import BaseScreen
from tui_call.tui.store import Refusal
from tui_call.tui.widgets.painted import TextBlock

_LONGEST = 1024
_WIDEST = 84
_PASSPHRASE = (text_of("T_LOCKED_PASSPHRASE"),)
_KEYRING = (paragraph_of("T_LOCKED_KEYRING"),)
_ASKING = (paragraph_of("T_LOCKED_ASKING"),)
_LOST = (paragraph_of("T_LOST_KEY"),)
_LOST_SHORT = (paragraph_of("T_LOST_KEY_BRIEF"),)
_TALL = 20


class UnlockScreen(BaseScreen):
    """One field; the passphrase goes to the engine once and is not kept here."""

    where = "field"
    name_shown = "Locked"
    AUTO_FOCUS = "Input"
    enter_in_field: ClassVar[str] = "field.done"
    BINDINGS: ClassVar = [*bindings("field")]

    def __init__(self) -> None:
        super().__init__()
        self._said = ""
        self._busy = False
        self.labels["field.done"] = "Unlock"
        self.unhinted = {"field.cancel"}

    def body(self) -> Iterable[Widget]:
        """What is asked, the field, what was wrong."""
        yield TextBlock(self._words, id="page-top")
        yield Input(password=True, compact=True, max_length=_LONGEST)
        yield TextBlock(
            lambda _: [Content(""), lines.line("   ", lines.text(self._said, lines.BAD))]
        )
        yield TextBlock(self._lost)

    def _words(self, width: int) -> list[Content]:
        me = self.store.snapshot.me if self.store.snapshot else None
        named = lines.text(text_of("T_LOCKED", name=(me and me.name) or "this profile"))
        said = _PASSPHRASE
        if me is not None and me.protection == "keyring":
            said = _ASKING if me.asks_keyring else _KEYRING
        rows = [Content(""), lines.line("   ", named)]
        for paragraph in said:
            rows += lines.wrapped(paragraph, min(width, _WIDEST) - 3, "   ")
        return [*rows, Content("")]

    def _lost(self, width: int) -> list[Content]:
        rows = [Content("")]
        for paragraph in _LOST if self.store.size.height >= _TALL else _LOST_SHORT:
            rows += lines.wrapped(paragraph, min(width, _WIDEST) - 3, "   ", lines.SOFT)
        return rows

    @property
    def _by_keyring(self) -> bool:
        snapshot = self.store.snapshot
        return snapshot is not None and snapshot.me.protection == "keyring"

    def show(self, snapshot: Snapshot) -> None:  # noqa: ARG002
        """Call the key after what it does: there is no passphrase where a keyring has the key."""
        self.labels["field.done"] = "Try again" if self._by_keyring else "Unlock"

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Try the passphrase; Enter once more while it is tried does nothing."""
        if self._busy or not (event.value or self._by_keyring):
            return
        self._busy = True
        passphrase, event.input.value = event.value, ""
        self._said = "Unlocking…"
        self.repaint()
        self.run_worker(self._unlock(passphrase), exclusive=True)

    async def _unlock(self, passphrase: str) -> None:
        answer = await self.store.ask(Unlock(passphrase))
        self._busy = False
        self._said = answer.sentence.text if isinstance(answer, Refusal) else ""
        self.repaint()

    def action_done(self) -> None:
        """Try what stands in the field."""

    def action_empty(self) -> None:
        """Empty the field."""
        self.action_cancel()

    def action_cancel(self) -> None:
        """Empty the field."""
        self.query_one(Input).value = ""
