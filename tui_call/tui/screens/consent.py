"""What a call asks of the person, or of the other one for the person. Enter does nothing here."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from tui_call.control.views import CallView, SentenceView, Snapshot
from tui_call.sentences import text_of
from tui_call.tui import lines, several
from tui_call.tui.keymap import Key, bindings
from tui_call.tui.screens.dialogs import HELP, Question
from tui_call.tui.widgets.hints import Hints
from tui_call.tui.widgets.painted import TextBlock


class ConsentScreen(Question):
    """One question of one call; gives "yes" or "no", None when the call does not ask any more.

    Args:
        call: the call that asks.
        question: what it asks.
    """

    where: ClassVar[str] = "consent"
    AUTO_FOCUS = ""
    BINDINGS: ClassVar = [*bindings("consent"), *HELP]

    def __init__(self, call: CallView, question: SentenceView) -> None:
        super().__init__(text_of("T_QUESTION", "asks" if call.asks else "asked"), [])
        self.call_id, self.code = call.id, question.code
        self._asks, self._question = call.asks, question

    def compose(self) -> ComposeResult:
        """Title, question, keys."""
        with Vertical(id="question"):
            yield from self._heading()
            yield TextBlock(self._asked)
            yield TextBlock(self._saying)
            yield Hints([self.where], rooms=False)

    def on_mount(self) -> None:
        """Follow the call."""
        self.watch(self.store, "snapshot", self._follow, init=False)

    def on_screen_resume(self) -> None:
        """All keys sleep first: what is still typed is no answer."""
        self.store.put_to_sleep()
        self._follow(self.store.snapshot)

    def _asked(self, width: int) -> list[Content]:
        call = several.found(self.store.snapshot, self.call_id)
        if call is None:
            return []
        rows = [
            Content(""),
            lines.line(" ", several.title(call, width - 2)),
            *lines.wrapped(self._question.text, width, " "),
            *(lines.wrapped(self._question.why, width, " ") if self._question.why else []),
            Content(""),
        ]
        return [row.truncate(width, ellipsis=True) for row in rows]

    def _follow(self, snapshot: Snapshot | None) -> None:
        call = several.found(snapshot, self.call_id)
        asks = call.question if call is not None and call.phase != "ended" else None
        if asks is None or asks.code != self.code:
            if self.store.screen is self:
                self.dismiss(None)
            return
        self._question = asks
        for block in self.query(TextBlock):
            block.renew()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Who asks has nothing to agree to."""
        return not (action == "yes" and self._asks)

    def label(self, key: Key) -> str:
        """Name the answers as the question does."""
        if key.id == "consent.no" and self._asks:
            return text_of("T_TAKE_BACK")
        named = {remedy.action: remedy.label for remedy in self._question.remedies}
        return named.get(key.id) or key.label

    def action_yes(self) -> None:
        """Agree."""
        self.dismiss("yes")

    def action_no(self) -> None:
        """Say no, or take back what was asked."""
        self.dismiss("no")


def asking(snapshot: Snapshot) -> CallView | None:
    """Return the first call that asks something."""
    return next((call for call in snapshot.calls if call.question is not None), None)
