"""What stands beside the stage of a call: figures, events and notes, one of them or all."""

from collections.abc import Callable, Sequence
from typing import Literal

from textual.content import Content

from tui_call.control.figures import sparkline
from tui_call.control.lines import Statistics
from tui_call.control.views import CallView
from tui_call.sentences import text_of
from tui_call.tui import lines
from tui_call.tui.widgets import call_facts
from tui_call.tui.widgets.painted import Painted

Shown = Literal["events", "figures", "notes"]
_TITLES: dict[Shown, str] = {"events": "Events", "figures": "Figures", "notes": "Notes"}
_ROOMY_ROWS = 12
_BAR_CELLS = 9


class Beside(Painted):
    """Events, and where it has a column of its own figures and notes too.

    Args:
        call: gives the call, None without one.

    Attributes:
        shown: which of them the person wants to see whole.
    """

    fits_its_room = True

    def __init__(self, call: Callable[[], CallView | None]) -> None:
        super().__init__(id="beside")
        self._call = call
        self.shown: Shown = "events"

    def paint(self, width: int, height: int) -> Sequence[Content]:
        """Return as many lines as there is room for."""
        call = self._call()
        if call is None:
            return []
        if self.shown != "events":
            return self._whole(call, width, height)
        if not (self.screen.has_class("-wide") and height >= _ROOMY_ROWS):
            return self._events(call, width, height)
        figures = self._figures(call, width)
        notes = self._notes(call, width, height // 3) if call.notes else []
        events = self._events(call, width, height - len(figures) - len(notes))
        return [*figures, *events, *notes]

    def _whole(self, call: CallView, width: int, height: int) -> list[Content]:
        if self.shown == "notes":
            peer, zone = call.member.name, self.store.clocks.zone
            empty = lines.wrapped(text_of("T_NO_NOTES", call.kind), width, " ")
            rows = call_facts.note_lines(call.notes, peer, width, zone) or empty
            return _titled("notes", rows, width, height, newest=True)
        rows = call_facts.figure_table(self.store.history, width)
        return _titled("figures", rows, width, height, newest=False)

    def _events(self, call: CallView, width: int, height: int) -> list[Content]:
        if not call.events:
            return []
        zone = self.store.clocks.zone
        last = call_facts.event_lines(call.events[-1:], width, zone)
        if height and len(last) >= height:
            return _titled("events", last, width, height, newest=False)
        rows = call_facts.event_lines(call.events, width, zone)
        return _titled("events", rows, width, height, newest=True)

    def _notes(self, call: CallView, width: int, height: int) -> list[Content]:
        rows = call_facts.note_lines(call.notes, call.member.name, width, self.store.clocks.zone)
        return _titled("notes", rows, width, height, newest=True)

    def _figures(self, call: CallView, width: int) -> list[Content]:
        newest = self.store.statistics
        if newest is None or call.phase != "active":
            return []
        rows = [lines.rule(width, _TITLES["figures"])]
        for name, value, past in _over_time(newest, self.store.history):
            head = lines.line((f"  {name:<13}", lines.SOFT), lines.column(value, 8))
            rows.append(lines.line(head, (past, lines.SOFT)).truncate(width))
        if call.path:
            path = lines.line(("  path         ", lines.SOFT), lines.text(call.path))
            rows.append(path.truncate(width))
        return [*rows, Content("")]


def _over_time(newest: Statistics, history: Sequence[Statistics]) -> list[tuple[str, str, str]]:
    past = list(history)[-_BAR_CELLS:]
    delays = [one.delay_ms for one in past]
    losses = [one.loss * 100 for one in past]
    jitters = [one.jitter_ms for one in past]
    return [
        ("mouth to ear", f"{newest.delay_ms:.0f} ms", sparkline(delays, _BAR_CELLS, 200)),
        ("loss", f"{newest.loss * 100:.1f} %", sparkline(losses, _BAR_CELLS, 10)),
        ("jitter", f"{newest.jitter_ms:.0f} ms", sparkline(jitters, _BAR_CELLS, 60)),
    ]


def _titled(
    shown: Shown, rows: Sequence[Content], width: int, height: int, *, newest: bool
) -> list[Content]:
    """Return a title and, below it, the end of some lines for which there is room."""
    room = max(0, height - 1) if height else len(rows)
    kept = rows[-room:] if newest else rows[:room]
    return [lines.rule(width, _TITLES[shown]), *(kept if room else ())]
