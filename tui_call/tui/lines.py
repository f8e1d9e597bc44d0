"""Lines of aligned columns, made of text and never of markup."""

from textual.content import Content

from tui_call.foreign_text import clean

Part = Content | str | tuple[str, str]

SOFT = "$soft"
KEY = "bold $key"
STRONG = "bold"
GOOD = "$success"
WARN = "$warning"
BAD = "bold $error"

_LONGEST = 400
_SHORTEST_TITLE = 8
# Terminals disagree about the width of a symbol with a variation selector.
_SELECTORS = str.maketrans("", "", "\ufe0e\ufe0f")


def text(foreign: str, style: str = "") -> Content:
    """Return text from anyone, cleaned, as content of one line."""
    plain = clean(foreign, _LONGEST).translate(_SELECTORS)
    return Content.styled(plain, style) if style else Content(plain)


def marked(said: str, part: str) -> Content:
    """Return a line with one part of it, where that is in it, set off."""
    row = text(said)
    at = row.plain.find(part)
    return row.stylize(STRONG, at, at + len(part)) if at >= 0 else row


def column(foreign: str, width: int, style: str = "") -> Content:
    """Return text in exactly `width` cells: clipped with "…" or filled with spaces."""
    if width <= 0:
        return Content()
    return text(foreign, style).truncate(width, ellipsis=True, pad=True)


def centred(foreign: str, width: int, style: str = "") -> Content:
    """Return text in the middle of `width` cells; `Content.center` makes more of them."""
    words = text(foreign, style).truncate(width, ellipsis=True)
    left = (width - words.cell_length) // 2
    return words.pad(left, width - words.cell_length - left)


def line(*parts: Part) -> Content:
    """Join contents, plain strings and (text, style) pairs to one line."""
    return Content.assemble(*parts)


def paragraph(*rows: Content) -> Content:
    """Join lines with line ends."""
    return Content("\n").join(rows)


def shortened(foreign: str, width: int) -> str:
    """Return as many whole sentences of a text as fit into `width` cells, else its beginning."""
    words = text(foreign)
    while words.cell_length > width and ". " in words.plain.rstrip(". "):
        words = Content(words.plain.rstrip(". ").rpartition(". ")[0] + ".")
    return words.truncate(width, ellipsis=True).plain


def wrapped(foreign: str, width: int, indent: str, style: str = "") -> list[Content]:
    """Return text in lines of at most `width` cells, each with an indent."""
    room = max(16, width - len(indent) - 1)
    return [line(indent, row) for row in text(foreign, style).wrap(room)]


def spread(left: Content, right: Content, width: int) -> Content:
    """Return one line with one part at each end; the left part is cut if both do not fit."""
    room = max(0, width - right.cell_length)
    if left.cell_length >= room:
        left = left.truncate(max(0, room - 1), ellipsis=True)
    return Content.assemble(left, " " * (room - left.cell_length), right)


def noted_rule(width: int, title: str, note: str) -> Content:
    """Return a horizontal rule with a title at its left and a note at its right end."""
    end = text(note, SOFT).truncate(max(0, width // 3), ellipsis=True)
    left = rule(max(0, width - end.cell_length - 4), title)
    return line(left, " ", end, " ", ("──", "$rule"))


def rule(width: int, *titles: str) -> Content:
    """Return a horizontal rule with titles set into it, as in "── Events ────"."""
    parts: list[Part] = []
    room = width
    for number, title in enumerate(titles):
        if room < _SHORTEST_TITLE:
            break
        share = room - _SHORTEST_TITLE * (len(titles) - number - 1) - 6
        if len(titles) > 1:
            share = min(share, max(_SHORTEST_TITLE, width // 2 - 8))
        words = text(title, STRONG).truncate(max(1, share), ellipsis=True)
        parts += [("── ", "$rule"), words, " "]
        room -= words.cell_length + 4
    return Content.assemble(*parts, ("─" * room, "$rule"))
