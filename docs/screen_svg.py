"""A screen of the application as SVG that looks the same in every viewer.

Textual's own export names a font on a server, which pages that show pictures do not load, and the
font in its place has other widths. Here letters are set word by word at their column, symbols in
the middle of their cells, and blocks and rules are drawn as shapes, so nothing depends on a font.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from rich.cells import cell_len
from rich.color import ColorType
from rich.segment import Segment
from rich.style import Style
from textual.app import App

CELL = (9, 20)
_FONT_SIZE = 15
_BASELINE = 15
_MARGIN = 10
_FONTS = "'DejaVu Sans Mono', ui-monospace, Menlo, Consolas, 'Liberation Mono', monospace"
_FOREGROUND, _BACKGROUND = "#e0e0e0", "#121212"

# Where shapes lie in their cell, as shares of it: left, top, width, height.
_BLOCKS = {"▀": (0.0, 0.0, 1.0, 0.5)}
_BLOCKS |= {block: (0, 1 - n / 8, 1, n / 8) for n, block in enumerate("▁▂▃▄▅▆▇█", 1)}
_BLOCKS |= {block: (0, 0, n / 8, 1) for n, block in enumerate("▏▎▍▌▋▊▉", 1)}
_BLOCKS |= {"▕": (7 / 8, 0, 1 / 8, 1), "▐": (0.5, 0, 0.5, 1), "▔": (0, 0, 1, 1 / 8)}
_BLOCKS |= {"─": (0, 0.47, 1, 0.06), "│": (0.44, 0, 0.12, 1)}
_SHADES = {"░": 0.25, "▒": 0.5, "▓": 0.75}
# Few fonts have a shield: its outline and cross, from the upper left corner of its cell.
# So do corners and dashes, which have to meet the lines of the next cell.
_STROKES = {
    "⛨": "M.5 5.5L4.5 4l4 1.5V10c0 3-2 5-4 6-2-1-4-3-4-6zM4.5 6.5V13M2 9h5",
    "╭": "M4.5 20V15Q4.5 10 9 10",
    "╮": "M0 10Q4.5 10 4.5 15V20",
    "╰": "M4.5 0V5Q4.5 10 9 10",
    "╯": "M0 10Q4.5 10 4.5 5V0",
    "═": "M0 8.5H9M0 11.5H9",
    "╌": "M.5 10H3.5M5.5 10H8.5",
    "┄": "M.5 10h2M3.5 10h2M6.5 10h2",
    "┊": "M4.5 1v3M4.5 6v3M4.5 11v3M4.5 16v3",
}
_BRAILLE = "[\u2800-\u28ff]"
# Where the dots of braille lie in their cell, by the bits of its characters.
_DOTS = [(2, 2), (2, 7), (2, 12), (6, 2), (6, 7), (6, 12), (2, 17), (6, 17)]

_PART = re.compile(
    rf"(?P<shape>[{''.join([*_BLOCKS, *_SHADES])}])(?P=shape)*"
    rf"|(?P<braille>{_BRAILLE}+)"
    r"|(?P<words>[!-~]+(?: [!-~]+)*)"
    r"|(?P<symbol>\S)"
)


@dataclass(frozen=True, slots=True)
class _Look:
    colour: str
    background: str
    bold: bool
    underline: bool


def screen_svg(app: App[Any], title: str) -> str:
    """Return what an application shows, as SVG.

    Args:
        app: a running application, the one of this task.
        title: what the picture shows, for those who cannot see it.
    """
    rows = app.screen._compositor.render_strips()  # noqa: SLF001 - there is no public way
    columns = app.size.width
    width, height = columns * CELL[0] + 2 * _MARGIN, len(rows) * CELL[1] + 2 * _MARGIN
    ground = app.current_theme.background or _BACKGROUND
    drawn = "\n".join(
        element for number, row in enumerate(rows) for element in _row(row, number, ground)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img" aria-label="{escape(title)}">\n'
        f'<rect width="100%" height="100%" rx="8" fill="{ground}"/>\n'
        f'<g transform="translate({_MARGIN} {_MARGIN})" font-size="{_FONT_SIZE}" '
        f'font-family="{_FONTS}" xml:space="preserve">\n{drawn}\n</g>\n</svg>\n'
    )


def _row(row: Iterable[Segment], number: int, ground: str) -> Iterator[str]:
    letters: list[str] = []
    column = 0
    for text, look in _merged(row):
        width = cell_len(text)
        if look.background != ground:
            yield _rectangle(column, number, (0, 0, width, 1), look.background)
        if look.underline:
            letters.append(_rectangle(column, number, (0, 0.9, width, 0.05), look.colour))
        letters += _parts(text, column, number, look)
        column += width
    yield from letters


def _merged(row: Iterable[Segment]) -> list[tuple[str, _Look]]:
    """Return the parts of a row, those that look alike joined."""
    parts: list[tuple[str, _Look]] = []
    for text, style, control in row:
        look = _look(style or Style())
        if control or not text:
            continue
        if parts and parts[-1][1] == look:
            parts[-1] = (parts[-1][0] + text, look)
        else:
            parts.append((text, look))
    return parts


def _look(style: Style) -> _Look:
    colour, background = _hex(style.color, _FOREGROUND), _hex(style.bgcolor, _BACKGROUND)
    if style.reverse:
        colour, background = background, colour
    return _Look(colour, background, bool(style.bold), bool(style.underline))


def _hex(colour: Any, default: str) -> str:
    if colour is None or colour.type is ColorType.DEFAULT:
        return default
    return colour.get_truecolor().hex


def _parts(text: str, column: int, row: int, look: _Look) -> Iterator[str]:
    for found in _PART.finditer(text):
        at = column + cell_len(text[: found.start()])
        part = found.group()
        if part in _STROKES:
            place = f"translate({at * CELL[0]} {row * CELL[1]})"
            drawn = _STROKES[part]
            yield f'<path d="{drawn}" transform="{place}" fill="none" stroke="{look.colour}"/>'
        elif found["braille"]:
            yield _dots(part, at, row, look.colour)
        elif found["words"]:
            place = f'x="{at * CELL[0]}" textLength="{len(part) * CELL[0]}"'
            yield _text(part, place, row, look)
        elif found["symbol"]:
            middle = (at + cell_len(part) / 2) * CELL[0]
            yield _text(part, f'x="{middle:g}" text-anchor="middle"', row, look)
        else:
            yield from _shapes(part, at, row, look.colour)


def _shapes(part: str, column: int, row: int, colour: str) -> Iterator[str]:
    left, top, width, height = _BLOCKS.get(part[0], (0, 0, 1, 1))
    opacity = _SHADES.get(part[0], 1)
    if width == 1:
        yield _rectangle(column, row, (left, top, len(part), height), colour, opacity)
        return
    for at in range(column, column + len(part)):
        yield _rectangle(at, row, (left, top, width, height), colour, opacity)


def _dots(part: str, column: int, row: int, colour: str) -> str:
    path = "".join(
        f"M{(column + number) * CELL[0] + x} {row * CELL[1] + y}h2v2h-2z"
        for number, character in enumerate(part)
        for bit, (x, y) in enumerate(_DOTS)
        if (ord(character) - 0x2800) >> bit & 1
    )
    return f'<path d="{path}" fill="{colour}"/>'


def _text(part: str, place: str, row: int, look: _Look) -> str:
    weight = ' font-weight="bold"' if look.bold else ""
    y = row * CELL[1] + _BASELINE
    return f'<text {place} y="{y}" fill="{look.colour}"{weight}>{escape(part)}</text>'


def _rectangle(column: int, row: int, box: Sequence[float], colour: str, opacity: float = 1) -> str:
    left, top, width, height = box
    shown = "" if opacity == 1 else f' opacity="{opacity:g}"'
    return (
        f'<rect x="{(column + left) * CELL[0]:g}" y="{(row + top) * CELL[1]:g}" '
        f'width="{width * CELL[0]:g}" height="{height * CELL[1]:g}" fill="{colour}"{shown}'
        ' shape-rendering="crispEdges"/>'
    )
