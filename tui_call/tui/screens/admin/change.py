"""A change of the audit: its rows before and after, and how to revert it."""

from collections.abc import Iterable
from functools import partial

from tui_call.sentences import text_of
from tui_call.signaling.administration import Revert, Row, ShowChange
from tui_call.signaling.administration_answers import ChangedRow, ChangeRow, ChangeShown
from tui_call.tui import moments
from tui_call.tui.admin_words import NOTHING
from tui_call.tui.screens.admin.desk import Desk
from tui_call.tui.screens.admin.opened import Entry, OpenedScreen, Section
from tui_call.tui.screens.admin.wording import value_word


class ChangeScreen(OpenedScreen):
    """One change.

    Args:
        desk: the draft, and the way to the service.
        number: of the change.
    """

    adds = False

    def __init__(self, desk: Desk, number: int) -> None:
        super().__init__(desk, f"change {number}")
        self._number = number
        self._shown: ChangeShown | None = None

    async def load(self) -> None:
        """Ask for the change and the first of its rows."""
        self._shown = await self.desk.ask(ShowChange(change=self._number), ChangeShown)

    def sections(self) -> Iterable[Section]:
        """Who did what, then each row."""
        if self._shown is None:
            return
        yield Section(self._shown.change.action, self._facts(self._shown.change))
        for row in self._shown.rows:
            yield Section(f"{row.table} {row.key}", _fields(row))
        if self._shown.next:
            more = self._shown.change.rows - len(self._shown.rows)
            yield Section("", [Entry(text_of("T_ROWS_MORE", n=more))])

    def _facts(self, change: ChangeRow) -> list[Entry]:
        clock = self.store.clocks
        revert = partial(self.desk.add, Revert(change=change.change))
        return [
            Entry("by", change.actor or text_of("A_BY_SERVICE")),
            Entry("when", moments.when(change.time, clock.wall(), clock.zone)),
            Entry("from", change.address or NOTHING),
            Entry("device", change.device or NOTHING),
            Entry("what", change.detail or change.action),
            Entry("revert", "make the opposite change", revert),
        ]


def _fields(row: ChangedRow) -> list[Entry]:
    before: Row = row.before or {}
    after: Row = row.after or {}
    entries: list[Entry] = []
    for name in {**before, **after}:
        if name not in before:
            said = f"+ {value_word(after[name])}"
        elif name not in after:
            said = f"- {value_word(before[name])}"
        elif before[name] == after[name]:
            said = value_word(after[name])
        else:
            said = f"{value_word(before[name])} -> {value_word(after[name])}"
        entries.append(Entry(name, said))
    return entries
