"""Lines of a call: levels, figures, events, notes."""

from collections.abc import Sequence
from datetime import tzinfo

from textual.content import Content

from tui_call.control.messages import (
    CallView,
    DevicesView,
    EventView,
    Meters,
    NoteView,
    Statistics,
)
from tui_call.tui import lines, moments
from tui_call.tui.widgets.levels import bar, decibels

_ROOMY = 74
_LABEL_CELLS = 8


def first_name(name: str) -> str:
    """Return the first word of a name in at most six cells."""
    words = lines.text(name).plain.split(" ")
    return lines.text(words[0]).truncate(_LABEL_CELLS - 2, ellipsis=True).plain


def level_lines(call: CallView, meters: Meters, devices: DevicesView, width: int) -> list[Content]:
    """Return a meter for each side, with its device and what it does now."""
    own = {"on": "speaking" if meters.speaking else "silent", "muted": "MUTED", "none": "NO MIC"}
    own_state = "ON HOLD" if call.on_hold else own.get(call.microphone, "off")
    peer_state = "speaking" if meters.peer_speaking else "listening"
    if call.peer_silent:
        peer_state = "muted"
    if call.peer_on_hold:
        peer_state = "HOLDS YOU"
    speaker = "NO SPEAKER" if call.speaker == "none" else devices.speaker or "default speaker"
    microphone = devices.microphone or "default microphone"
    level = meters.microphone if call.microphone == "on" and not call.on_hold else -100.0
    name = first_name(call.peer.name or call.peer.account)
    return [
        _level("you", level, microphone, own_state, width),
        _level(name, meters.speaker, speaker, peer_state, width),
    ]


def _level(name: str, level: float, device: str, state: str, width: int) -> Content:
    roomy = width >= _ROOMY
    row = lines.line(
        " ",
        lines.column(name, _LABEL_CELLS - 1, lines.STRONG),
        bar(level, 20 if roomy else 10),
        f"{decibels(level):<8}",
    )
    if not roomy:
        return lines.line(row, state)
    return lines.line(row, "  ", lines.column(device, width - 56, lines.SOFT), "  ", state)


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


def figure_table(statistics: Statistics | None, width: int) -> list[Content]:
    """Return every figure of the connection, in two columns where they fit."""
    if statistics is None:
        return [Content("   No figures yet.")]
    s = statistics
    sizes = ", ".join(str(size) for size in s.packet_sizes[:6]) or "none yet"
    figures = [
        ("mouth to ear", f"{s.delay_ms:.0f} ms"),
        ("round trip", f"{s.round_trip_ms:.0f} ms" if s.round_trip_ms else "—"),
        ("jitter", f"{s.jitter_ms:.0f} ms"),
        ("buffer", f"{s.buffer_ms:.0f} ms"),
        ("set-up", f"{s.setup_ms:.0f} ms"),
        ("packet sizes", f"{sizes} B" if s.packet_sizes else sizes),
        ("frames sent", f"{s.frames_sent}"),
        ("frames received", f"{s.frames_received}"),
        ("lost", f"{s.frames_lost} ({s.loss * 100:.1f} %)"),
        ("concealed", f"{s.frames_concealed} ({s.concealed * 100:.1f} %)"),
        ("replays dropped", f"{s.replayed_dropped}"),
        ("foreign dropped", f"{s.foreign_dropped + s.datagrams_filtered}"),
    ]
    cells = [
        lines.line((f"   {name:<17}", lines.SOFT), lines.column(value, 18))
        for name, value in figures
    ]
    if width < 2 * cells[0].cell_length:
        return cells
    half = len(cells) // 2
    return [lines.line(left, right) for left, right in zip(cells[:half], cells[half:], strict=True)]


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
    """Return notes with their time and who wrote them; a long one goes on below."""
    rows: list[Content] = []
    for note in notes:
        who = "you" if note.mine else first_name(peer)
        head = lines.line(
            (f" {moments.clock(note.at, zone)}  ", lines.SOFT),
            lines.column(who, _LABEL_CELLS, lines.STRONG),
        )
        said = lines.text(note.text).wrap(max(20, width - 20)) or [Content()]
        for number, part in enumerate(said):
            rows.append(lines.line(head if number == 0 else " " * 19, part))
    return rows
