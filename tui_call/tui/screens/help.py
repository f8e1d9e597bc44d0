"""Help: the keys of the screen below, then all others; pages of plain lines."""

from collections.abc import Collection, Iterable
from typing import ClassVar

from textual.content import Content
from textual.widget import Widget

from tui_call.control.views import Snapshot
from tui_call.tui import keymap, lines
from tui_call.tui.keymap import bindings
from tui_call.tui.screens.base import BaseScreen
from tui_call.tui.widgets.rows import Row, Rows

_KEY_CELLS = 16
_IN_SCREENS = ("list",)
"""Places whose keys work wherever there is such a thing."""


class HelpScreen(BaseScreen):
    """All keys, with what was changed in the config.

    Args:
        here: place in the table of the screen that was left.
        working: ids of the keys that work on it, None to list all; before a person is set up, most
            of those that are not its own lead nowhere.
    """

    where = "page"
    name_shown = "Help"
    BINDINGS: ClassVar = [*bindings("page")]

    def __init__(self, here: str, working: Collection[str] | None = None) -> None:
        super().__init__()
        self._here = here
        own = {key.id for key in keymap.table(here, *_IN_SCREENS)}
        self._listed = keymap.BY_ID.keys() if working is None else own.union(working)

    def body(self) -> Iterable[Widget]:
        """One long list."""
        yield Rows(id="help")

    def show(self, snapshot: Snapshot) -> None:
        """List all keys, those of the screen below first."""
        changed = keymap.remapped((view.key, view.value) for view in snapshot.settings)
        self._list(changed)

    def on_mount(self) -> None:
        """Show the keys even while there is no engine."""
        super().on_mount()
        self._list({})

    def _list(self, changed: dict[str, str]) -> None:
        order = [self._here, *(place for place in keymap.TITLES if place != self._here)]
        rows: list[Row] = []
        for place in order:
            keys = [key for key in keymap.table(place) if key.id in self._listed]
            if keys:
                rows.append(Row("", Content(keymap.TITLES[place]), heading=True))
            for key in keys:
                rows += self._rows(key, changed.get(key.id, key.keys))
        self.query_one(Rows).fill(rows)

    def _rows(self, key: keymap.Key, keys: str) -> list[Row]:
        """Return what a key does, in as many rows as the width asks for."""
        shown = "  ".join(keymap.shown(form) for form in keys.split(","))
        about = lines.text(key.tooltip).wrap(max(16, self.row_cells - _KEY_CELLS))
        return [
            Row(
                f"{key.id}/{number}",
                lines.line(lines.column("" if number else shown, _KEY_CELLS, lines.KEY), part),
            )
            for number, part in enumerate(about)
        ]

    def action_close(self) -> None:
        """Go back."""
        if not self.close_strip():
            self.dismiss()
