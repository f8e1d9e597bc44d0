"""Calls: what happened, newest first."""

from collections.abc import Iterable
from typing import ClassVar

from textual.content import Content
from textual.widget import Widget

from tui_call.control.actions import MarkMissedSeen
from tui_call.control.views import HistoryView, Snapshot
from tui_call.sentences import text_of
from tui_call.tui import keymap, lines, moments
from tui_call.tui.kept_marks import MARKS
from tui_call.tui.keymap import Key, bindings
from tui_call.tui.screens import call_moves
from tui_call.tui.screens.listing import ListingScreen
from tui_call.tui.widgets.painted import TextBlock
from tui_call.tui.widgets.rows import Rows

_ROOMY = 74
_DIRECTIONS = {
    "outgoing": "→ out",
    "incoming": "← in",
    "missed": "✖ missed",
    "retrieved": "← retrieved",
    "moved": "← moved",
}


class CallsScreen(ListingScreen):
    """Past calls; the chosen one is told below the list."""

    where = "calls"
    name_shown = "Calls"
    nav = "app.calls"
    finds = "name or address"
    BINDINGS: ClassVar = [*bindings("calls")]

    def __init__(self) -> None:
        super().__init__()
        self._missed_only = False
        self._marked = 0

    def body(self) -> Iterable[Widget]:
        """Search, list, details of the chosen call."""
        yield self.find
        yield Rows(id="calls")
        yield TextBlock(self._details, id="details")

    def on_screen_resume(self) -> None:
        """What was missed is seen now."""
        super().on_screen_resume()
        people = self.store.snapshot.people if self.store.snapshot else ()
        missed = sum(person.missed for person in people)
        if missed and missed != self._marked:
            self.store.send(MarkMissedSeen())
        self._marked = missed

    def show_with(self, account: str) -> None:
        """Show the calls with one account."""
        self._missed_only = False
        super().show_with(account)

    def counts(self) -> str:
        """Return how many calls are kept."""
        history = self.store.snapshot.history if self.store.snapshot else ()
        noun = "call" if len(history) == 1 else "calls"
        return f"{len(history)} {noun}" if history else ""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer nothing to do with a call while none is chosen."""
        if action in ("details", "again"):
            return self.is_mounted and self.chosen is not None
        return super().check_action(action, parameters)

    def label(self, key: Key) -> str:
        """Name what enter does with the details, and whether several are called back."""
        if key.id == "calls.details" and self._details_shown:
            return "Hide details"
        if key.id == "calls.again" and self.chosen is not None and len(self.chosen.members) > 1:
            return "Call all back"
        return super().label(key)

    def show(self, snapshot: Snapshot) -> None:
        """List the calls that are looked for."""
        found = [
            call
            for call in snapshot.history
            if self.find.finds(*(said for one in call.members for said in (one.name, one.account)))
            and (call.direction == "missed" or not self._missed_only)
        ]
        self.labels["calls.missed"] = "All" if self._missed_only else "Missed only"
        header = self._columns(
            "when", "", "name", "how long", "how it ended" if self._is_roomy else ""
        ).plain
        things = {f"{call.at}/{call.member.account}": call for call in found}
        self.query_one(Rows).fill_with(things, self._cells, self._empty(), header)

    def _empty(self) -> list[str]:
        """Say why no call is listed, and which key shows all."""
        if not (self.store.snapshot and self.store.snapshot.history):
            return ["", text_of("T_NO_CALLS", key=self.key_of("app.people", "1"))]
        if self.find.words:
            return ["", text_of("T_NO_SUCH_CALLS", key=self.key_of("calls.back", "esc"))]
        return ["", text_of("T_NO_MISSED", key=self.key_of("calls.missed", "f"))]

    def _columns(self, *cells: "str | tuple[str, str]") -> Content:
        room, name = self.row_cells, self._name_cells
        widths = [16, 12, name, 10, room - name - 38] if self._is_roomy else [16, 12, name, 0, 9]
        parts: list[Content] = []
        for cell, width in zip(cells, widths, strict=True):
            words, style = cell if isinstance(cell, tuple) else (cell, "")
            gap = 1 if width > 1 else 0
            parts += [lines.column(words, width - gap, style), Content(" " * gap)]
        return Content().join(parts)

    @property
    def _name_cells(self) -> int:
        return 19 if self._is_roomy else self.row_cells - 37

    @property
    def _is_roomy(self) -> bool:
        """Whether there is room to say how long a call was and how it ended."""
        return self.size.width > _ROOMY

    def _cells(self, call: HistoryView) -> Content:
        clock = self.store.clocks
        missed = call.direction == "missed"
        length = moments.short_duration(call.seconds) if call.seconds else "—"
        told = [*(MARKS[kind] for kind in call.kept), _ending(call) if self._is_roomy else ""]
        return self._columns(
            moments.when(call.at, clock.wall(), clock.zone),
            (_DIRECTIONS[call.direction], "bold $warning" if missed else lines.SOFT),
            _with(call, self._name_cells - 1),
            length,
            (" ".join(told), lines.SOFT),
        )

    @property
    def chosen(self) -> HistoryView | None:
        """The call under the cursor."""
        row = self.query_one(Rows).chosen
        return row.about if row and isinstance(row.about, HistoryView) else None

    def _details(self, width: int) -> list[Content]:
        call, clock = self.chosen, self.store.clocks
        if call is None:
            return []
        day = moments.day(call.at, clock.wall(), clock.zone)
        said = f"{text_of('T_PAST', call.direction)} on {day}"
        said += f" at {moments.clock(call.at, clock.zone)}"
        said += f" and spoke for {moments.short_duration(call.seconds)}." if call.seconds else "."
        facts = [
            lines.rule(width, *_titles(call)),
            lines.line(" ", lines.text(said)),
            lines.line(" ", lines.text(call.end_reason.text)),
        ]
        if call.kept:
            key = keymap.shown(keymap.BY_ID["people.recordings"].keys)
            facts.append(lines.line(" ", lines.text(text_of("T_WAS_KEPT", call.kept[0], key=key))))
        return [fact.truncate(width, ellipsis=True) for fact in facts]

    # Keys

    def action_details(self) -> None:
        """Show or hide the details, which a low window shows only when asked."""
        shown = self._details_shown
        self.set_class(shown, "-no-details")
        self.set_class(not shown, "-details")
        self._follow()

    @property
    def _details_shown(self) -> bool:
        return self.query_one("#details").display

    def action_again(self) -> None:
        """Call back all who were in it."""
        if call := self.chosen:
            call_moves.again(self.store, call.members)

    def action_missed(self) -> None:
        """Show missed calls only, or all."""
        self._missed_only = not self._missed_only
        self._follow()

    action_main = action_details


def _with(call: HistoryView, width: int) -> str:
    """Return who was in a call: the name of the first, clipped, and how many more there were."""
    more = f" +{len(call.members) - 1}" if len(call.members) > 1 else ""
    first = lines.text(call.member.name or call.member.account)
    return first.truncate(max(1, width - len(more)), ellipsis=True).plain + more


def _titles(call: HistoryView) -> tuple[str, ...]:
    """Return name and address, of several their names."""
    names = [one.name or one.account for one in call.members]
    return (", ".join(names),) if len(names) > 1 else (names[0], call.member.account)


def _ending(call: HistoryView) -> str:
    """Return how a call ended, without how long it was: that has a column of its own."""
    told = call.end_reason.text
    return told.partition(". ")[2] or told if call.end_reason.code == "G_ENDED" else told
