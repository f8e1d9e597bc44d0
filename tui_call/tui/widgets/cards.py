"""The cards of a call: who, what they do, their voice; in frames where there is room for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from textual.content import Content

from tui_call.tui import lines
from tui_call.tui.widgets import initials
from tui_call.tui.widgets.levels import bar, decibels
from tui_call.tui.widgets.participants import Edge, Participant
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


def card(participant: Participant, voice: Voice, width: int, pen: Pen) -> list[Content]:
    """Return a card; all of one call are of the same height.

    Args:
        participant: whose.
        voice: what is drawn of it.
        width: cells.
        pen: how to draw.
    """
    sounds = participant.edge in (Edge.HEARD, Edge.SILENT)
    level = decibels(voice.level if sounds else _SILENCE)
    if not pen.framed:
        return _open_card(participant, voice, level, width, pen)
    room = width - 2
    letters = initials.large(initials.initials(participant.person), ascii_only=pen.ascii_only)
    said = [
        _beside_letters(participant, letters[row], room, last=row > 0)
        for row in range(len(letters))
    ]
    sound = [
        lines.line(" ", (row, _voice_style(participant)), " ")
        for row in voice.lines(max(4, room - 2), pen.voice_rows, pen.drawing)
    ]
    rows = [*said, *sound, _below(participant, level, room)]
    if pen.airy:
        rows = [" " * room, *said, " " * room, *rows[len(said) :]]
    return _framed(participant, rows, width)


def height(pen: Pen) -> int:
    """Return how many lines a card has."""
    if not pen.framed:
        return _OPEN
    return initials.HEIGHT + pen.voice_rows + 3 + (2 if pen.airy else 0)


@lru_cache(maxsize=256)
def _beside_letters(participant: Participant, letters: str, room: int, *, last: bool) -> Content:
    word = (participant.word, _word_style(participant)) if last else ""
    left = lines.line("  ", lines.column(letters, initials.CELLS, "bold $key"), "  ")
    return lines.line(left, word).truncate(room, ellipsis=True, pad=True)


def _word_style(participant: Participant) -> str:
    return "" if participant.edge is Edge.SILENT else f"bold {_STYLES[participant.edge]}"


def _voice_style(participant: Participant) -> str:
    return lines.GOOD if participant.edge is Edge.HEARD else lines.SOFT


@lru_cache(maxsize=256)
def _below(participant: Participant, level: str, room: int) -> Content:
    device = lines.column(participant.device, room - 3 - _LEVEL_CELLS, lines.SOFT)
    return lines.line(" ", device, " ", f"{level:>{_LEVEL_CELLS}}", " ")


def _framed(participant: Participant, rows: Sequence[Content | str], width: int) -> list[Content]:
    top, bottom = _top_and_bottom(participant, width)
    side = _side(participant)
    return [top, *(lines.line(side, row, side) for row in rows), bottom]


@lru_cache(maxsize=256)
def _top_and_bottom(participant: Participant, width: int) -> tuple[Content, Content]:
    along, style = "┄" if participant.edge in _DOTTED_EDGES else "─", _edge_style(participant)
    title = lines.text(participant.name, lines.STRONG).truncate(max(1, width - 6), ellipsis=True)
    rest = along * (width - 5 - title.cell_length)
    top = lines.line((f"╭{along} ", style), title, (f" {rest}╮", style))
    return top, lines.line((f"╰{along * (width - 2)}╯", style))


def _edge_style(participant: Participant) -> str:
    return "$rule" if participant.edge is Edge.SILENT else _STYLES[participant.edge]


def _open_card(
    participant: Participant, voice: Voice, level: str, width: int, pen: Pen
) -> list[Content]:
    """Return a card of three lines without a frame."""
    beside = width - initials.CELLS - 4
    above, before, below = _around_voice(participant, level, beside, ascii_only=pen.ascii_only)
    [sound] = voice.lines(max(4, beside), 1, pen.drawing)
    return [above, lines.line(before, (sound, _voice_style(participant))), below]


@lru_cache(maxsize=256)
def _around_voice(
    participant: Participant, level: str, room: int, *, ascii_only: bool
) -> tuple[Content, Content, Content]:
    """Return what stands above a voice, before it and below it."""
    word = lines.text(participant.word, _word_style(participant)).truncate(room - 2)
    name = lines.column(participant.name, room - word.cell_length - 1, lines.STRONG)
    upper, lower = initials.large(initials.initials(participant.person), ascii_only=ascii_only)
    heads = [
        lines.line(
            _side(participant), " ", lines.column(letters, initials.CELLS, "bold $key"), "  "
        )
        for letters in (upper, lower, "")
    ]
    below = _below(participant, level, room + 2)[1:-1]
    return lines.line(heads[0], name, " ", word), heads[1], lines.line(heads[2], below)


def _side(participant: Participant) -> tuple[str, str]:
    return "┊" if participant.edge in _DOTTED_EDGES else "│", _edge_style(participant)


def tile(participant: Participant, voice: Voice, width: int, pen: Pen) -> list[Content]:
    """Return what stands of one of many: initials, name, state and a small voice."""
    room = width - (3 if pen.framed else 4)
    head, word = _tile_words(participant, room, framed=pen.framed)
    small = room - word.cell_length - 1
    sound = voice.lines(small, 1, pen.drawing)[0] if small >= 2 else " " * small
    tail = lines.line(word, " ", (sound, _voice_style(participant)))
    if pen.framed:
        return _framed(participant, [lines.line(" ", tail)], width)
    return [lines.line(_side(participant), " ", row, "  ") for row in (head, tail)]


@lru_cache(maxsize=256)
def _tile_words(participant: Participant, room: int, *, framed: bool) -> tuple[Content, Content]:
    """Return what stands above a small voice, and before it."""
    letters = initials.initials(participant.person)
    head = lines.line((letters, "bold $key"), " " if letters else "")
    name = lines.text(participant.name, lines.STRONG)
    word = lines.text(participant.word, _word_style(participant)).truncate(room, ellipsis=True)
    if framed:
        return Content(), lines.line(head, word).truncate(room - 1, ellipsis=True)
    return lines.line(head, name).truncate(room, ellipsis=True, pad=True), word


def tile_height(pen: Pen) -> int:
    """Return how many lines a tile has."""
    return 3 if pen.framed else 2


def first_name(name: str, most: int = _SHORT_NAME - 1) -> str:
    """Return the first word of a name in at most so many cells."""
    words = lines.text(name).plain.split(" ")
    return lines.text(words[0]).truncate(most, ellipsis=True).plain


def one_line(participant: Participant, level: float, width: int) -> Content:
    """Return a person in one line, for windows without room for a card."""
    name = lines.column(first_name(participant.name), _SHORT_NAME + 1, lines.STRONG)
    sounds = participant.edge in (Edge.HEARD, Edge.SILENT)
    shown = level if sounds else -100.0
    row = lines.line(" ", name, bar(shown, 10), f"{decibels(shown):<8}")
    return lines.line(row, lines.text(participant.word)).truncate(width, ellipsis=True)
