"""Questions: choose one of some rows, or type a line."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input

from tui_call.control.views import SentenceView
from tui_call.tui import lines
from tui_call.tui.keymap import Key, application, bindings
from tui_call.tui.screens.focus import KeepsFocus
from tui_call.tui.store import Store, store_of
from tui_call.tui.widgets.hints import Hints
from tui_call.tui.widgets.painted import TextBlock
from tui_call.tui.widgets.rows import Row, Rows

FIELD_CHARACTERS = 256
HELP = application("app.help")


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer: its value, its name, and a few words about it."""

    value: str
    name: str
    about: str | Content = ""

    def row(self, wide: int) -> Row:
        """Return it as a row, its name in so many cells."""
        about = self.about
        if isinstance(about, str):
            about = lines.text(about, lines.SOFT)
        return Row(self.value, lines.line(lines.column(self.name, wide), about))


class Question(KeepsFocus[str | None], ModalScreen[str | None]):
    """A title, what it is about, and keys; closes with None when cancelled."""

    where: ClassVar[str] = "choice"

    def __init__(self, title: str, about: Sequence[str]) -> None:
        super().__init__()
        self._title = title
        self._about = about
        self._said = ""

    @property
    def store(self) -> Store:
        """The application's state."""
        return store_of(self)

    def _heading(self) -> list[TextBlock]:
        title, about = self._title, self._about
        return [
            TextBlock(lambda width: [lines.rule(width, title)]),
            TextBlock(
                lambda width: [line for row in about for line in lines.wrapped(row, width, " ")]
            ),
        ]

    def _saying(self, width: int) -> list[Content]:
        return lines.wrapped(self._said, width, " ", lines.BAD) if self._said else []

    def explain(self, sentence: SentenceView) -> None:
        """Say something above the keys."""
        self._said = sentence.text
        for block in self.query(TextBlock):
            block.renew()

    def action_cancel(self) -> None:
        """Close, nothing changes."""
        self.dismiss(None)


class Choose(Question):
    """Choose one of some rows; gives its value.

    Args:
        title: what is asked.
        about: lines above the choices.
        choices: the answers.
        chosen: value under the cursor at first; the first one by default.
    """

    BINDINGS: ClassVar = [*bindings("choice"), *HELP]

    def __init__(
        self, title: str, about: Sequence[str], choices: Sequence[Choice], chosen: str = ""
    ) -> None:
        super().__init__(title, about)
        self._choices = choices
        self._chosen = chosen

    def compose(self) -> ComposeResult:
        """Title, text, rows, keys."""
        with Vertical(id="question"):
            yield from self._heading()
            yield Rows()
            yield TextBlock(self._saying)
            yield Hints([self.where, "list"], rooms=False)

    def on_mount(self) -> None:
        """Show the choices."""
        wide = max(len(choice.name) for choice in self._choices) + 3
        rows = self.query_one(Rows)
        rows.fill([choice.row(min(wide, 48)) for choice in self._choices])
        rows.choose(self._chosen)

    def label(self, key: Key) -> str:
        """Name the key that leads to the other answers."""
        return "Next row" if key.id == "list.down" else key.label

    def action_choose(self) -> None:
        """Take the row under the cursor."""
        if row := self.query_one(Rows).chosen:
            self.dismiss(row.key)

    def on_rows_chosen(self) -> None:
        """Take the row that was clicked."""
        self.action_choose()


class TypeLine(Question):
    """Type one line; gives it, stripped.

    Args:
        title: what is asked.
        about: lines above the field.
        value: what stands there at first.
        placeholder: shown while it is empty.
        said: what was wrong with what was typed before.
        secret: show dots for characters.
        objection: says why what was typed cannot be taken, "" if it can.
    """

    where: ClassVar[str] = "field"
    enter_in_field: ClassVar[str] = "field.done"
    BINDINGS: ClassVar = [*bindings("field"), *HELP]

    def __init__(
        self,
        title: str,
        about: Sequence[str],
        value: str = "",
        placeholder: str = "",
        said: str = "",
        secret: bool = False,
        objection: Callable[[str], str] = lambda _: "",
    ) -> None:
        super().__init__(title, about)
        self._field = Input(
            value,
            placeholder,
            password=secret,
            compact=True,
            max_length=FIELD_CHARACTERS,
            select_on_focus=False,
        )
        self._objection = objection
        self._said = said

    def compose(self) -> ComposeResult:
        """Title, text, field, keys."""
        with Vertical(id="question"):
            yield from self._heading()
            yield self._field
            yield TextBlock(self._saying)
            yield Hints([self.where], rooms=False)

    def action_done(self) -> None:
        """Take what was typed."""
        typed = self._field.value.strip()
        if said := self._objection(typed):
            self.explain(SentenceView("", "", said))
        else:
            self.dismiss(typed)

    def action_empty(self) -> None:
        """Empty the field."""
        self._field.value = ""

    def on_input_submitted(self) -> None:
        """Take what was typed."""
        self.action_done()
