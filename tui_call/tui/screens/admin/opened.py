"""What is opened in Admin: its facts as rows, some of which can be changed into the draft."""

from abc import abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from textual.content import Content
from textual.widget import Widget

from tui_call.control.views import Snapshot
from tui_call.sentences import sentence, text_of
from tui_call.signaling.operations import Operation
from tui_call.tui import lines
from tui_call.tui.keymap import bindings
from tui_call.tui.screens.admin.draft_lines import draft_lines
from tui_call.tui.screens.admin.publish import PublishScreen
from tui_call.tui.screens.admin.session import AdminSession
from tui_call.tui.screens.base import BaseScreen
from tui_call.tui.widgets.painted import TextBlock
from tui_call.tui.widgets.rows import Row, Rows

_NAME_CELLS = 22
_READER = sentence("A_READER")
_NOT_HERE = sentence("T_ADMIN_FIXED")


@dataclass(frozen=True, slots=True)
class OpenedRow:
    """A row: its name, its value, and what changes it, None where nothing does."""

    name: str
    value: str = ""
    change: Callable[[], None] | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """Rows under a heading."""

    title: str
    entries: Sequence[OpenedRow]


def more_rows(number: int) -> list[OpenedRow]:
    """Return what says how many further rows there are, nothing where there are none."""
    return [OpenedRow(text_of("T_ROWS_MORE", n=number))] if number > 0 else []


class OpenedScreen(BaseScreen):
    """One policy, person, group or change.

    Args:
        session: the draft, and the way to the service.
        title: what is opened.
    """

    where = "opened"
    name_shown = "Admin"
    nav = "app.admin"
    adds: ClassVar[bool] = True
    BINDINGS: ClassVar = [*bindings("opened")]

    def __init__(self, session: AdminSession, title: str) -> None:
        super().__init__()
        self.session = session
        self._title = title
        self._published = session.published

    def body(self) -> Iterable[Widget]:
        """Title, facts, draft."""
        yield TextBlock(lambda width: [lines.rule(width, self._title)])
        yield Rows(id="entries")
        yield TextBlock(lambda width: draft_lines(self.session.draft, width), id="draft")

    def on_mount(self) -> None:
        """Ask for what is opened."""
        super().on_mount()
        self.reload()

    def on_screen_resume(self) -> None:
        """Ask again where something was published meanwhile."""
        super().on_screen_resume()
        if self._published != self.session.published:
            self.reload()

    def reload(self) -> None:
        """Ask for what is opened, and show it."""
        self._published = self.session.published
        self.run_worker(self._load_and_show, exclusive=True)

    async def _load_and_show(self) -> None:
        await self.load()
        self._follow()

    @abstractmethod
    async def load(self) -> None:
        """Ask for what is opened."""

    @abstractmethod
    def sections(self) -> Iterable[Section]:
        """Return what is known of it, with the draft."""

    def show(self, snapshot: Snapshot) -> None:  # noqa: ARG002
        """Fill the rows."""
        self.fill()

    def repaint(self) -> None:
        """Paint, with rows of now: the draft may have changed."""
        if self.is_mounted:
            self.fill()
        super().repaint()

    def fill(self) -> None:
        """Put sections into rows."""
        rows: list[Row] = []
        for section in (one for one in self.sections() if one.entries):
            rows.append(Row("", lines.text(section.title), heading=True))
            cells = self._name_cells(section)
            rows += [
                Row(f"{section.title}/{at}/{entry.name}", _drawn(entry, cells), about=entry)
                for at, entry in enumerate(section.entries)
            ]
        self.query_one(Rows).fill(rows)

    def _name_cells(self, section: Section) -> int:
        """Return how wide its names are: an address whole, where half of the screen has room."""
        longest = max(lines.text(entry.name).cell_length for entry in section.entries)
        return max(_NAME_CELLS, min(longest, self.row_cells // 2))

    def adding(self, operation: Operation) -> Callable[[], None]:
        """Return what puts an operation into the draft."""
        return partial(self.session.add, operation)

    # Keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer changes to those who may make them."""
        match action:
            case "publish" | "undo" if not self.session.may_change:
                return False
            case "publish" | "undo":
                return bool(self.session.draft.operations)
            case "new":
                return self.adds and self.session.may_change
            case _:
                return super().check_action(action, parameters)

    def action_change(self) -> None:
        """Change the chosen row."""
        row = self.query_one(Rows).chosen
        entry = row.about if row else None
        if not isinstance(entry, OpenedRow):
            return
        if not self.session.may_change:
            self.explain(_READER)
        elif entry.change is None:
            self.explain(_NOT_HERE)
        else:
            entry.change()

    def on_rows_chosen(self) -> None:
        """A click on the chosen row changes it."""
        self.action_change()

    def action_new(self) -> None:
        """Add something to what is opened."""

    def action_publish(self) -> None:
        """Show what the draft changes."""
        self.store.push_screen(PublishScreen(self.session))

    def action_undo(self) -> None:
        """Take the newest change out of the draft."""
        self.session.undo()

    def action_back(self) -> None:
        """Close the reason line, then what is opened."""
        if not self.close_strip():
            self.dismiss(None)


def _drawn(entry: OpenedRow, cells: int) -> Content:
    style = lines.STRONG if entry.change else ""
    return lines.line(lines.column(entry.name, cells), " ", lines.text(entry.value, style))
