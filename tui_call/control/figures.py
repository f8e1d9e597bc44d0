"""The figures of a call in words, for screens and for the command line."""

import math
from collections.abc import Sequence

from tui_call.control.lines import Statistics
from tui_call.control.views import Snapshot

_BARS = "▁▂▃▄▅▆▇█"


def of_this_call(statistics: Statistics | None, snapshot: Snapshot) -> Statistics | None:
    """Return figures unless they are of a call before the one that is shown."""
    call = snapshot.front
    if statistics is None or call is None or statistics.call == call.id:
        return statistics
    return None


def named_figures(statistics: Statistics) -> list[tuple[str, str]]:
    """Return the figures that say how a connection does, each with its name; an even number."""
    s = statistics
    sizes = ", ".join(str(size) for size in s.packet_sizes[:3])
    copies = ", ".join(str(copy) for copy in s.sending_copies)
    rate = f"{s.sending_bitrate / 1000:.0f} kbit/s" if s.sending_bitrate else "—"
    figures = [
        ("mouth to ear", f"{s.delay_ms:.0f} ms"),
        ("jitter", f"{s.jitter_ms:.0f} ms"),
        ("loss lately", f"{s.loss * 100:.1f} %"),
        ("made up", f"{s.frames_concealed} ({s.concealed * 100:.1f} %)"),
        ("sending", f"{rate}, copies {copies}" if copies else rate),
        ("round trip", f"{s.round_trip_ms:.0f} ms" if s.round_trip_ms else "—"),
        ("buffer", f"{s.buffer_ms:.0f} of {s.wanted_ms:.0f} ms"),
        ("repaired", f"{s.frames_recovered}"),
        ("frames", f"{s.frames_received} in, {s.frames_sent} out"),
        ("packet sizes", f"{sizes} B" if sizes else "none yet"),
    ]
    dropped = s.replayed_dropped, s.foreign_dropped + s.datagrams_filtered
    if any(dropped):
        figures += [("replays dropped", str(dropped[0])), ("foreign dropped", str(dropped[1]))]
    return figures


def summary(statistics: Statistics) -> str:
    """Return in one line how a call was, once it is over."""
    s = statistics
    parts = [f"{s.delay_ms:.0f} ms from mouth to ear", f"{s.concealed * 100:.1f} % made up"]
    if s.frames_recovered:
        parts.append(f"{s.frames_recovered} lost frames repaired")
    if s.path_changes:
        parts.append(f"another path {s.path_changes}×")
    return ", ".join(parts)


def sparkline(values: Sequence[float], width: int, most: float) -> str:
    """Return values as bars: one a cell, or the highest of as many as have to share a cell.

    Args:
        values: the newest last.
        width: cells.
        most: at least the value of a full bar, so that small changes stay small.
    """
    share = max(1, math.ceil(len(values) / width))
    first = len(values) % share or share  # the newest cell is a whole one
    starts = [0, *range(first, len(values), share)]
    ends = [*starts[1:], len(values)]
    shown = [max(values[start:end]) for start, end in zip(starts, ends, strict=True) if end]
    top = max([most, *shown])
    return "".join(_BARS[round(max(0.0, value) / top * (len(_BARS) - 1))] for value in shown)
