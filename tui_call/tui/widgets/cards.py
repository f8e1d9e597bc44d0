"""The cards of a call: who, what they do, their voice; in frames where there is room for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from textual.content import Content

from tui_call.tui import lines
from tui_call.tui.widgets import initials
from tui_call.tui.widgets.faces import Edge, Face
from tui_call.tui.widgets.levels import bar, decibels
from tui_call.tui.widgets.voices import Drawing, Voice

_OPEN = 3
_SILENCE = -100.0
_LEVEL_CELLS = 7
_SHORT_NAME = 7
_STYLES = {
    Edge.HEARD: lines.GOOD,
    Edge.SILENT: lines.SOFT,
    Edge.MUTED: lines.WARN,
    Edge.HELD: lines.SOFT,
    Edge.AWAY: lines.SOFT,
    Edge.LOST: lines.BAD,
}
_DOTTED_EDGES = (Edge.HELD, Edge.AWAY, Edge.LOST)


@dataclass(frozen=True, slots=True)
class Pen:
    """How cards are drawn.

    Attributes:
        drawing: of voices, as the terminal can show it.
        framed: in borders.
        voice_rows: the height of voices in frames.
        airy: with empty lines in frames.
    """

    drawing: Drawing
    framed: bool
    voice_rows: int = 1
    airy: bool = False

    @property
    def ascii_only(self) -> bool:
        """Whether symbols are shown in ASCII."""
        return self.drawing == "ascii"


def card(face: Face, voice: Voice, width: int, pen: Pen) -> list[Content]:
    """Return a card; all of one call are of the same height.

    Args:
        face: whose.
        voice: what is drawn of it.
        width: cells.
        pen: how to draw.
    """
    sounds = face.edge in (Edge.HEARD, Edge.SILENT)
    level = decibels(voice.level if sounds else _SILENCE)
    if not pen.framed:
        return _open_card(face, voice, level, width, pen)
    room = width - 2
    letters = initials.large(initials.initials(face.person), ascii_only=pen.ascii_only)
    said = [_beside_letters(face, letters[row], room, last=row > 0) for row in range(len(letters))]
    sound = [
        lines.line(" ", (row, _voice_style(face)), " ")
        for row in voice.lines(max(4, room - 2), pen.voice_rows, pen.drawing)
    ]
    rows = [*said, *sound, _below(face, level, room)]
    if pen.airy:
        rows = [" " * room, *said, " " * room, *rows[len(said) :]]
    return _framed(face, rows, width)


def height(pen: Pen) -> int:
    """Return how many lines a card has."""
    if not pen.framed:
        return _OPEN
    return initials.HEIGHT + pen.voice_rows + 3 + (2 if pen.airy else 0)


@lru_cache(maxsize=256)
def _beside_letters(face: Face, letters: str, room: int, *, last: bool) -> Content:
    word = (face.word, _word_style(face)) if last else ""
    left = lines.line("  ", lines.column(letters, initials.CELLS, "bold $key"), "  ")
    return lines.line(left, word).truncate(room, ellipsis=True, pad=True)


def _word_style(face: Face) -> str:
    return "" if face.edge is Edge.SILENT else f"bold {_STYLES[face.edge]}"


def _voice_style(face: Face) -> str:
    return lines.GOOD if face.edge is Edge.HEARD else lines.SOFT


@lru_cache(maxsize=256)
def _below(face: Face, level: str, room: int) -> Content:
    device = lines.column(face.device, room - 3 - _LEVEL_CELLS, lines.SOFT)
    return lines.line(" ", device, " ", f"{level:>{_LEVEL_CELLS}}", " ")


def _framed(face: Face, rows: Sequence[Content | str], width: int) -> list[Content]:
    top, bottom = _top_and_bottom(face, width)
    side = _side(face)
    return [top, *(lines.line(side, row, side) for row in rows), bottom]


@lru_cache(maxsize=256)
def _top_and_bottom(face: Face, width: int) -> tuple[Content, Content]:
    along, style = "┄" if face.edge in _DOTTED_EDGES else "─", _edge_style(face)
    title = lines.text(face.name, lines.STRONG).truncate(max(1, width - 6), ellipsis=True)
    rest = along * (width - 5 - title.cell_length)
    top = lines.line((f"╭{along} ", style), title, (f" {rest}╮", style))
    return top, lines.line((f"╰{along * (width - 2)}╯", style))


def _edge_style(face: Face) -> str:
    return "$rule" if face.edge is Edge.SILENT else _STYLES[face.edge]


def _open_card(face: Face, voice: Voice, level: str, width: int, pen: Pen) -> list[Content]:
    """Return a card of three lines without a frame."""
    beside = width - initials.CELLS - 4
    above, before, below = _around_voice(face, level, beside, ascii_only=pen.ascii_only)
    [sound] = voice.lines(max(4, beside), 1, pen.drawing)
    return [above, lines.line(before, (sound, _voice_style(face))), below]


@lru_cache(maxsize=256)
def _around_voice(
    face: Face, level: str, room: int, *, ascii_only: bool
) -> tuple[Content, Content, Content]:
    """Return what stands above a voice, before it and below it."""
    word = lines.text(face.word, _word_style(face)).truncate(room - 2)
    name = lines.column(face.name, room - word.cell_length - 1, lines.STRONG)
    upper, lower = initials.large(initials.initials(face.person), ascii_only=ascii_only)
    heads = [
        lines.line(_side(face), " ", lines.column(letters, initials.CELLS, "bold $key"), "  ")
        for letters in (upper, lower, "")
    ]
    below = _below(face, level, room + 2)[1:-1]
    return lines.line(heads[0], name, " ", word), heads[1], lines.line(heads[2], below)


def _side(face: Face) -> tuple[str, str]:
    return "┊" if face.edge in _DOTTED_EDGES else "│", _edge_style(face)


def tile(face: Face, voice: Voice, width: int, pen: Pen) -> list[Content]:
    """Return what stands of one of many: initials, name, state and a small voice."""
    room = width - (3 if pen.framed else 4)
    head, word = _tile_words(face, room, framed=pen.framed)
    small = room - word.cell_length - 1
    sound = voice.lines(small, 1, pen.drawing)[0] if small >= 2 else " " * small
    tail = lines.line(word, " ", (sound, _voice_style(face)))
    if pen.framed:
        return _framed(face, [lines.line(" ", tail)], width)
    return [lines.line(_side(face), " ", row, "  ") for row in (head, tail)]


@lru_cache(maxsize=256)
def _tile_words(face: Face, room: int, *, framed: bool) -> tuple[Content, Content]:
    """Return what stands above a small voice, and before it."""
    letters = initials.initials(face.person)
    head = lines.line((letters, "bold $key"), " " if letters else "")
    name = lines.text(face.name, lines.STRONG)
    word = lines.text(face.word, _word_style(face)).truncate(room, ellipsis=True)
    if framed:
        return Content(), lines.line(head, word).truncate(room - 1, ellipsis=True)
    return lines.line(head, name).truncate(room, ellipsis=True, pad=True), word


def tile_height(pen: Pen) -> int:
    """Return how many lines a tile has."""
    return 3 if pen.framed else 2


def first_name(name: str) -> str:
    """Return the first word of a name in at most six cells."""
    words = lines.text(name).plain.split(" ")
    return lines.text(words[0]).truncate(_SHORT_NAME - 1, ellipsis=True).plain


def one_line(face: Face, level: float, width: int) -> Content:
    """Return a person in one line, for windows without room for a card."""
    name = lines.column(first_name(face.name), _SHORT_NAME + 1, lines.STRONG)
    sounds = face.edge in (Edge.HEARD, Edge.SILENT)
    shown = level if sounds else -100.0
    row = lines.line(" ", name, bar(shown, 10), f"{decibels(shown):<8}")
    return lines.line(row, lines.text(face.word)).truncate(width, ellipsis=True)
