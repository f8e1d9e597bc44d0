"""Level meters in decibels."""

from textual.content import Content

from tui_call.tui import glyphs, lines

_FLOOR_DB = -60.0


def bar(level: float, cells: int) -> Content:
    """Return a meter.

    Args:
        level: dBFS; -60 and below is an empty bar, 0 a full one.
        cells: length of the bar without its ends.
    """
    share = min(1.0, max(0.0, (level - _FLOOR_DB) / -_FLOOR_DB))
    full = int(share * cells)
    style = lines.WARN if level > -3 else lines.GOOD
    return lines.line(
        ("▕", lines.SOFT),
        (glyphs.BAR_FULL * full, style),
        (glyphs.BAR_EMPTY * (cells - full), "$rule"),
        ("▏", lines.SOFT),
    )


def decibels(level: float) -> str:
    """Return a level in words, seven cells: "-18 dB", or "silent" below the meter's floor."""
    return f"{level:4.0f} dB" if level > _FLOOR_DB else "   —   "
