"""The line between the cards of a call: the key that the people in it share, or the bridge."""

from dataclasses import dataclass
from functools import lru_cache

from textual.content import Content

from tui_call.control.views import CallView, Snapshot
from tui_call.sentences import text_of
from tui_call.tui import glyphs, lines

_AGREED = "SH_COMPARED"


@dataclass(frozen=True, slots=True)
class KeyLine:
    """How it is drawn.

    Attributes:
        symbol: in its middle.
        dash: what it is made of.
        style: the colour repeats what symbol and dashes say.
        bridge: who runs the bridge of a standard call, else "".
        name: of this bridge.
    """

    symbol: str
    dash: str
    style: str
    bridge: str = ""
    name: str = ""


def key_line(call: CallView, snapshot: Snapshot) -> KeyLine:
    """Return the line of a call: solid when compared, dashed when not, open in a standard call."""
    if call.kind == "standard":
        organisation = snapshot.me.organisation
        name = text_of("T_BRIDGE_OF", org=organisation) if organisation else text_of("T_BRIDGE")
        lost = call.quality == "lost"
        style = lines.BAD if lost else lines.SOFT
        return KeyLine("○", "╌" if lost else "─", style, organisation or name, name)
    if call.quality == "lost":
        return KeyLine("✖", "╌", lines.BAD)
    compared = call.shield.code == _AGREED
    style = glyphs.shield_style(call.shield.label)
    return KeyLine(
        "⛨" if call.shield.label.startswith("⛨") else "…", "═" if compared else "╌", style
    )


@lru_cache(maxsize=32)
def between(line: KeyLine, width: int, rows: int) -> list[Content]:
    """Return what stands between two cards: the line in the middle, whose bridge it is below."""
    dashes = line.dash * max(1, (width - 6) // 2)
    drawn = lines.centred(f"{dashes} {line.symbol} {dashes}", width, line.style)
    empty = Content(" " * width)
    middle = (rows - 1) // 2
    found = [empty] * rows
    found[middle] = drawn
    if line.bridge and rows > middle + 1:
        name = lines.centred(line.bridge, width - 2, lines.SOFT)
        found[middle + 1] = lines.line(" ", name, " ")
    return found


@lru_cache(maxsize=32)
def along(line: KeyLine, width: int) -> Content:
    """Return it as one line between rows of cards, with the name set into it."""
    name = lines.text(line.name, line.style).truncate(max(0, width - 8), ellipsis=True)
    words = lines.line((f" {line.symbol} ", line.style), name, " " if line.name else "")
    left = (width - words.cell_length) // 2
    right = width - words.cell_length - left
    return lines.line((line.dash * left, line.style), words, (line.dash * right, line.style))
