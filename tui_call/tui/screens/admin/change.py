"""A change of the audit: its rows before and after, and how to revert it."""

from collections.abc import Iterable

from tui_call.sentences import text_of
from tui_call.signaling.administration import ShowChange
from tui_call.signaling.administration_answers import ChangeShown
from tui_call.signaling.administration_rows import (
    ChangedRow,
    ChangeRow,
)
from tui_call.signaling.operations import (
    Revert,
    Row,
)
from tui_call.tui import moments
from tui_call.tui.admin_words import NOTHING, value_word
from tui_call.tui.screens.admin.opened import OpenedRow, OpenedScreen, Section, more_rows
from tui_call.tui.screens.admin.session import AdminSession


class ChangeScreen(OpenedScreen):
    """One change.

    Args:
        session: the draft, and the way to the service.
        number: of the change.
    """

    adds = False

    def __init__(self, session: AdminSession, number: int) -> None:
        super().__init__(session, f"change {number}")
        self._number = number
        self._shown: ChangeShown | None = None

    async def load(self) -> None:
        """Ask for the change and the first of its rows."""
        self._shown = await self.session.ask(ShowChange(change=self._number), ChangeShown)

    def sections(self) -> Iterable[Section]:
        """Who did what, then each row."""
        if self._shown is None:
            return
        yield Section(self._shown.change.action, self._facts(self._shown.change))
        for row in self._shown.rows:
            yield Section(f"{row.table} {row.key}", _fields(row))
        if self._shown.next:
            more = self._shown.change.rows - len(self._shown.rows)
            yield Section("", more_rows(more))

    def _facts(self, change: ChangeRow) -> list[OpenedRow]:
        clock = self.store.clocks
        revert = self.adding(Revert(change=change.change))
        return [
            OpenedRow("by", change.actor or text_of("A_BY_SERVICE")),
            OpenedRow("when", moments.when(change.time, clock.wall(), clock.zone)),
            OpenedRow("from", change.address or NOTHING),
            OpenedRow("device", change.device or NOTHING),
            OpenedRow("what", change.detail or change.action),
            OpenedRow("revert", "make the opposite change", revert),
        ]


def _fields(row: ChangedRow) -> list[OpenedRow]:
    before: Row = row.before or {}
    after: Row = row.after or {}
    entries: list[OpenedRow] = []
    for name in {**before, **after}:
        if name not in before:
            said = f"+ {value_word(after[name])}"
        elif name not in after:
            said = f"- {value_word(before[name])}"
        elif before[name] == after[name]:
            said = value_word(after[name])
        else:
            said = f"{value_word(before[name])} -> {value_word(after[name])}"
        entries.append(OpenedRow(name, said))
    return entries
