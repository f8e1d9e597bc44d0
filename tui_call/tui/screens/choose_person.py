"""Choose a person: a field for a part of a name, and below it who is found."""

from collections.abc import Collection, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Input

from tui_call.control.actions import FindPeople
from tui_call.control.views import PersonView
from tui_call.errors import TuiCallError
from tui_call.identifiers import parse_account_id
from tui_call.sentences import text_of
from tui_call.tui import lines
from tui_call.tui.keymap import bindings
from tui_call.tui.presence import PRESENCE
from tui_call.tui.screens.dialogs import FIELD_CHARACTERS, HELP, Question
from tui_call.tui.widgets.hints import Hints
from tui_call.tui.widgets.painted import TextBlock
from tui_call.tui.widgets.rows import Row, Rows

_THERE = ("free", "busy")
_NAME_CELLS = 30
_MOST = 200
_SETTLED = 0.3
"""Seconds after which the service is asked for what was typed."""


class ChoosePerson(Question):
    """Gives the address of somebody who is listed, or that was typed.

    Args:
        title: what is asked.
        about: lines above the field.
        without: addresses of those who cannot be meant.
    """

    where: ClassVar[str] = "person"
    enter_in_field: ClassVar[str] = "person.take"
    BINDINGS: ClassVar = [*bindings("person"), *HELP]

    def __init__(self, title: str, about: Sequence[str], without: Collection[str] = ()) -> None:
        super().__init__(title, about)
        self._without = frozenset(without)
        self._settling: Timer | None = None
        self._field = Input(
            placeholder=text_of("T_TYPE_NAME"),
            compact=True,
            max_length=FIELD_CHARACTERS,
            select_on_focus=False,
        )
        self._rows = Rows()

    def compose(self) -> ComposeResult:
        """Title, text, field, people, keys."""
        with Vertical(id="question"):
            yield from self._heading()
            yield self._field
            yield self._rows
            yield TextBlock(self._saying)
            yield Hints([self.where], rooms=False)

    def on_mount(self) -> None:
        """List everybody, and follow who comes and goes."""
        self._rows.can_focus = False
        self.watch(self.store, "snapshot", self._list)

    def _list(self) -> None:
        words = self._field.value.strip().casefold()
        snapshot = self.store.snapshot
        found = [
            person
            for person in (snapshot.people if snapshot else ())
            if person.account not in self._without
            and not person.blocked
            and (words in person.name.casefold() or words in person.account.casefold())
        ]
        found.sort(key=lambda person: _rank(person, words))
        rows = [_row(person) for person in found[:_MOST]]
        self._rows.fill(rows, () if rows else (text_of("T_NONE_SUCH"),))

    def on_input_changed(self) -> None:
        """List who is found so far; in a large organisation the service looks for others too.

        Who fits best is chosen, whoever was before.
        """
        self._list()
        self._rows.action_first()
        snapshot = self.store.snapshot
        if snapshot is not None and snapshot.service.more_people and self._settling is None:
            self._settling = self.set_timer(_SETTLED, self._ask)

    def _ask(self) -> None:
        self._settling = None
        self.store.run_worker(self.store.ask(FindPeople(self._field.value.strip())), group="people")

    def action_down(self) -> None:
        """Go to the row below."""
        self._rows.action_down()

    def action_up(self) -> None:
        """Go to the row above."""
        self._rows.action_up()

    def action_take(self) -> None:
        """Take the chosen person, or the address that was typed."""
        typed = self._field.value.strip()
        if row := self._rows.chosen:
            self.dismiss(row.key)
            return
        try:
            parse_account_id(typed)
        except TuiCallError as error:
            self.explain(error.sentence)
        else:
            self.dismiss(typed)

    def on_input_submitted(self) -> None:
        """Take what is chosen."""
        self.action_take()

    def on_rows_chosen(self) -> None:
        """Take the row that was clicked."""
        self.action_take()


def _rank(person: PersonView, words: str) -> tuple[int, bool, str]:
    """Return what puts whose name begins so first, then whose other name does, then all others."""
    name = person.name.casefold()
    fits = (name.startswith(words), f" {words}" in name, words in name, True).index(True)
    return fits, person.presence not in _THERE, name


def _row(person: PersonView) -> Row:
    name = lines.column(person.name or person.account, _NAME_CELLS)
    presence = Content.styled(*PRESENCE[person.presence])
    return Row(person.account, lines.line(name, "  ", presence.truncate(18, pad=True)))
