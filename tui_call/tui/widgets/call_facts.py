"""Lines of a call: figures, events, notes."""

from collections import Counter
from collections.abc import Sequence
from datetime import tzinfo

from textual.content import Content

from tui_call.control.figures import named_figures, sparkline
from tui_call.control.lines import Statistics
from tui_call.control.views import CallView, EventView, NoteView
from tui_call.sentences import text_of
from tui_call.tui import lines, moments
from tui_call.tui.widgets.cards import first_name

_LABEL_CELLS = 8


def figure_line(call: CallView, statistics: Statistics | None, more: str, width: int) -> Content:
    """Return the figures that matter in one line.

    Args:
        call: for its path.
        statistics: None before the first.
        more: how to see the rest, "" if it is shown.
        width: cells.
    """
    if statistics is None:
        return Content()
    figures = [
        f"delay {statistics.delay_ms:.0f} ms",
        f"loss {statistics.loss * 100:.1f} %",
        f"jitter {statistics.jitter_ms:.0f} ms",
    ]
    figures += [call.path] if call.path else []
    row = lines.line(" ", Content("   ").join([lines.text(f, lines.SOFT) for f in figures]))
    if more:
        row = lines.line(row, "   ", (more, lines.KEY), (" more figures", lines.SOFT))
    return row.truncate(width)


def figure_table(history: Sequence[Statistics], width: int) -> list[Content]:
    """Return delay and loss over time, and every figure, in two columns where they fit.

    Args:
        history: figures of the last seconds, the newest last.
        width: cells.
    """
    if not history:
        return [Content("   " + text_of("T_NO_FIGURES"))]
    cells = [
        lines.line((f"   {name:<17}", lines.SOFT), lines.column(value, 18))
        for name, value in named_figures(history[-1])
    ]
    if width < 2 * cells[0].cell_length:
        return [*_over_time(history), *cells]
    half = len(cells) // 2
    pairs = zip(cells[:half], cells[half:], strict=True)
    rows = [*pairs, tuple(_over_time(history))]
    return [lines.line(left, right) for left, right in rows]


def _over_time(history: Sequence[Statistics]) -> list[Content]:
    """Return delay and loss of the last seconds as bars, in the width of a figure."""
    delays = [one.delay_ms for one in history]
    losses = [one.loss * 100 for one in history]
    return [
        lines.line((f"   {name:<10}", lines.SOFT), lines.column(bars, 25))
        for name, bars in (
            ("delay", f"{sparkline(delays, 12, 200)} to {max(delays):.0f} ms"),
            ("loss", f"{sparkline(losses, 12, 10)} to {max(losses):.1f} %"),
        )
    ]


def event_lines(events: Sequence[EventView], width: int, zone: tzinfo | None) -> list[Content]:
    """Return events with their time; a long one goes on below."""
    rows: list[Content] = []
    for event in events:
        said = lines.text(event.sentence.text).wrap(max(20, width - 12))
        stamp = moments.clock(event.at, zone)
        for number, part in enumerate(said):
            head = f" {stamp}  " if number == 0 else " " * 11
            rows.append(lines.line((head, lines.SOFT), part))
    return rows


def note_lines(
    notes: Sequence[NoteView], peer: str, width: int, zone: tzinfo | None
) -> list[Content]:
    """Return notes with their time and who wrote them; a long one goes on below.

    Whoever shares a short name with another one is named whole before the text.
    """
    rows: list[Content] = []
    writers = {note.by or peer for note in notes if not note.mine}
    short = Counter(first_name(one) for one in writers)
    for note in notes:
        by = note.by or peer
        whole = f"{by}: " if not note.mine and short[first_name(by)] > 1 else ""
        said = lines.text(f"{whole}{note.text}")
        rows += said_lines(note.at, "" if note.mine else by, said, width, zone)
    return rows


def said_lines(
    at: float, who: str, said: Content, width: int, zone: tzinfo | None
) -> list[Content]:
    """Return what somebody wrote or said, with the time and a short name before it.

    Args:
        at: Unix seconds.
        who: the name, "" for the person here.
        said: the words; many go on below.
        width: cells.
        zone: time zone of what is shown, None for this computer's.
    """
    head = lines.line(
        (f" {moments.clock(at, zone)}  ", lines.SOFT),
        lines.column(first_name(who) if who else "you", _LABEL_CELLS, lines.STRONG),
    )
    below = Content(" " * head.cell_length)
    parts = said.wrap(max(20, width - head.cell_length - 1)) or [Content()]
    return [lines.line(below if number else head, part) for number, part in enumerate(parts)]
