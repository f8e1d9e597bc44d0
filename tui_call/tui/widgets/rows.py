"""A list of aligned rows with a cursor that is seen without colour: `>` and reverse."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from textual import events
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive

from tui_call.tui import keymap, lines
from tui_call.tui.widgets.painted import Painted

_MARGIN = 3
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Row:
    """One row; `key` finds it again when the list changes. A heading cannot be chosen.

    Attributes:
        made: what it shows, or, where there may be thousands, what makes that when it is seen.
        about: whose row it is, for whoever filled the list.
    """

    key: str
    made: Content | Callable[[], Content]
    heading: bool = False
    about: object = None

    @property
    def content(self) -> Content:
        """What it shows."""
        return self.made if isinstance(self.made, Content) else self.made()


class Rows(Painted, can_focus=True):
    """Rows of which one is chosen by arrows, j k, home, end, or the mouse."""

    BINDINGS = [*keymap.bindings("list")]  # noqa: RUF012 - Textual's way
    COMPONENT_CLASSES = {"rows--cursor"}  # noqa: RUF012

    cursor: reactive[int] = reactive(0, repaint=False)
    fits_its_room = True

    class Moved(Message):
        """Another row is under the cursor."""

        def __init__(self, rows: "Rows") -> None:
            super().__init__()
            self.rows = rows

        @property
        def control(self) -> "Rows":
            """The list."""
            return self.rows

    class Chosen(Moved):
        """The row under the cursor was clicked again."""

    def __init__(
        self, *, header: str = "", cursor_when_blurred: bool = True, **arguments: Any
    ) -> None:
        super().__init__(**arguments)
        self._rows: Sequence[Row] = ()
        self._header = header
        self._empty: Sequence[str] = ()
        self._top = 0
        self._seen: Sequence[Row] = ()
        self._cursor_when_blurred = cursor_when_blurred

    def fill(
        self, rows: Sequence[Row], empty: Sequence[str] = (), header: str | None = None
    ) -> None:
        """Show other rows; the cursor stays on the row with the same key.

        Args:
            rows: what to show.
            empty: lines that say what to do while there is nothing.
            header: the line above, None to leave it.
        """
        before = self.chosen
        self._rows, self._empty = rows, empty
        self._header = self._header if header is None else header
        place = next((at for at, row in enumerate(rows) if before and row.key == before.key), None)
        if place is None:
            place = min(self.cursor, max(0, len(rows) - 1))
        self.cursor = self._selectable(place, 1)
        self.renew()

    def fill_with(
        self,
        things: Mapping[str, _T],
        draw: Callable[[_T], Content],
        empty: Sequence[str],
        header: str,
    ) -> None:
        """Show a row for each of many things: it is drawn when it is seen.

        Args:
            things: by the keys of their rows, in order; a row stays while its thing is the same.
            draw: gives what a row shows.
            empty: lines that say what to do while there is nothing.
            header: the line above.
        """
        known = {row.key: row for row in self._rows}
        rows = [
            row
            if (row := known.get(key)) is not None and row.about is thing
            else Row(key, partial(draw, thing), about=thing)
            for key, thing in things.items()
        ]
        self.fill(rows, empty, header)

    @property
    def chosen(self) -> Row | None:
        """The row under the cursor."""
        if 0 <= self.cursor < len(self._rows) and not self._rows[self.cursor].heading:
            return self._rows[self.cursor]
        return None

    @property
    def seen(self) -> Sequence[str]:
        """The keys of the rows that were shown last."""
        return [row.key for row in self._seen]

    def choose(self, key: str) -> None:
        """Put the cursor on the row with this key."""
        for at, row in enumerate(self._rows):
            if row.key == key:
                self.cursor = at

    def paint(self, width: int, height: int) -> Sequence[Content]:
        """Return header and the rows around the cursor, or what to do while there is none."""
        painted: list[Content] = []
        if self._header:
            painted.append(Content.styled(" " * _MARGIN + self._header, lines.SOFT))
        if not self._rows:
            return [*painted, *self._instead(width)]
        first, last = self._window(height - len(painted) if height else len(self._rows))
        self._seen = self._rows[first:last]
        return [*painted, *(self._line(at, width) for at in range(first, last))]

    def _instead(self, width: int) -> Iterator[Content]:
        """Say what to do; what fits into a line stands as it is written, in columns."""
        for said in self._empty:
            whole = lines.line(" " * _MARGIN, said)
            fits = whole.cell_length <= width
            yield from [whole] if fits else lines.wrapped(said, width, " " * _MARGIN)

    def _line(self, at: int, width: int) -> Content:
        row = self._rows[at]
        if row.heading:
            return lines.rule(width, row.content.plain)
        if at != self.cursor or not (self.has_focus or self._cursor_when_blurred):
            return lines.line(" " * _MARGIN, row.content)
        marked = lines.line(" > ", row.content).truncate(width, pad=True)
        if not self.has_focus:
            return marked.stylize("bold")
        if self.store.plain:
            return marked.without_spans.stylize("bold reverse")
        return marked.without_spans.stylize(self.get_visual_style("rows--cursor"))

    def _window(self, room: int) -> tuple[int, int]:
        room = max(1, room)
        if self.cursor < self._top:
            self._top = self.cursor
        if self.cursor >= self._top + room:
            self._top = self.cursor - room + 1
        # A heading right above the first row that can be chosen is shown with it.
        if 0 < self._top == self.cursor and self._rows[self._top - 1].heading:
            self._top -= 1
        self._top = max(0, min(self._top, len(self._rows) - room))
        return self._top, min(len(self._rows), self._top + room)

    def _selectable(self, place: int, step: int) -> int:
        """Return the row at a place, or the nearest in a direction, that can be chosen."""
        for at in [*range(place, len(self._rows) if step > 0 else -1, step), *range(place, -1, -1)]:
            if 0 <= at < len(self._rows) and not self._rows[at].heading:
                return at
        return next((at for at, row in enumerate(self._rows) if not row.heading), 0)

    def watch_cursor(self) -> None:
        """Tell that another row is chosen."""
        self.renew()
        self.post_message(self.Moved(self))

    def action_up(self) -> None:
        """Go to the row above."""
        self.cursor = self._selectable(max(0, self.cursor - 1), -1)

    def action_down(self) -> None:
        """Go to the row below."""
        self.cursor = self._selectable(min(len(self._rows) - 1, self.cursor + 1), 1)

    def action_first(self) -> None:
        """Go to the first row."""
        self.cursor = self._selectable(0, 1)

    def action_last(self) -> None:
        """Go to the last row."""
        self.cursor = self._selectable(len(self._rows) - 1, -1)

    def action_page_up(self) -> None:
        """Go a screenful up."""
        self.cursor = self._selectable(max(0, self.cursor - self._page), -1)

    def action_page_down(self) -> None:
        """Go a screenful down."""
        self.cursor = self._selectable(min(len(self._rows) - 1, self.cursor + self._page), 1)

    @property
    def _page(self) -> int:
        return max(1, self.size.height - 2)

    def on_click(self, event: events.Click) -> None:
        """Choose the clicked row; a click on the chosen row uses it."""
        at = self._top + event.y - (1 if self._header else 0)
        if not (0 <= at < len(self._rows)) or self._rows[at].heading:
            return
        if at == self.cursor:
            self.post_message(self.Chosen(self))
        self.cursor = at

    def on_mouse_scroll_down(self) -> None:
        """Go down."""
        self.action_down()

    def on_mouse_scroll_up(self) -> None:
        """Go up."""
        self.action_up()
