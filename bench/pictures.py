"""`python -m bench.pictures`: draws in docs/ what the last `python -m bench` found.

PESQ against loss, and delay over time with an outage of 200 ms; ours and that of a stock call.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from bench.calls import Figures, Network, OverTime
from bench.table import CLEAN, LOSSES, OUTAGE

FIGURES = Path(__file__).parent / "figures.json"
DOCS = Path(__file__).parent.parent / "docs"

Points = Sequence[tuple[float, float]]

_WIDTH, _HEIGHT = 640, 360
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 24, 44, 52
_GAP_SECONDS = 0.5
_COLOURS = {"tui-call": "#1a7f5a", "stock aiortc": "#b4541a"}
_STYLE = (
    "text{font:14px sans-serif;fill:#222}line{stroke:#ddd}"
    "polyline{fill:none;stroke-width:2.5;stroke-linejoin:round}"
)


def write_figures(ours: Mapping[Network, Figures], stock: Mapping[Network, Figures]) -> None:
    """Write down what the pictures show."""
    levels = {0: CLEAN, **LOSSES}
    found = {
        name: {
            "pesq": [(loss, calls[network].pesq) for loss, network in levels.items()],
            "outage": calls[OUTAGE].over_time,
        }
        for name, calls in (("tui-call", ours), ("stock aiortc", stock))
    }
    FIGURES.write_text(json.dumps(found, indent=1) + "\n")


def pesq_against_loss(found: Mapping[str, Points]) -> str:
    """Return an SVG of percent lost and PESQ for each kind of call."""
    picture = _Picture("PESQ (wide band) against loss", "lost datagrams, %", (0, 30), (1, 4.5))
    picture.axes(range(0, 31, 10), (1, 2, 3, 4))
    for rank, (name, points) in enumerate(found.items()):
        picture.curve(name, [points], rank, dots=True)
    return picture.svg()


def delay_over_time(found: Mapping[str, OverTime]) -> str:
    """Return an SVG of seconds and milliseconds of delay for each kind of call."""
    latest = max(start for points in found.values() for start, _ in points)
    longest = max(late for points in found.values() for _, late in points)
    top = 100 * (int(longest) // 100 + 1)
    title = "Delay from mouth to ear, ms; held up for 200 ms after seven seconds"
    picture = _Picture(title, "seconds", (0, latest), (0, top))
    picture.axes(range(0, int(latest) + 1, 2), range(0, top + 1, 100))
    for rank, (name, points) in enumerate(found.items()):
        picture.curve(name, _pieces(points), rank)
    return picture.svg()


def _pieces(points: Points) -> list[Points]:
    """Cut a curve where there is nothing for a while."""
    pieces: list[list[tuple[float, float]]] = []
    for point in points:
        if not pieces or point[0] - pieces[-1][-1][0] > _GAP_SECONDS:
            pieces.append([])
        pieces[-1].append(point)
    return list[Points](pieces)


class _Picture:
    """Curves in a frame, drawn by hand: two pictures need no library for plotting."""

    def __init__(
        self, title: str, across: str, xs: tuple[float, float], ys: tuple[float, float]
    ) -> None:
        self._x = _scale(xs, _LEFT, _WIDTH - _RIGHT)
        self._y = _scale(ys, _HEIGHT - _BOTTOM, _TOP)
        self._parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}">',
            f"<title>{title}</title><style>{_STYLE}</style>",
            f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>',
            f'<text x="{_LEFT}" y="26">{title}</text>',
            f'<text x="{_WIDTH - _RIGHT}" y="{_HEIGHT - 10}" text-anchor="end">{across}</text>',
        ]

    def axes(self, xs: Sequence[float], ys: Sequence[float]) -> None:
        for value in xs:
            x = self._x(value)
            self._line(x, _TOP, x, _HEIGHT - _BOTTOM)
            self._text(x, _HEIGHT - _BOTTOM + 20, f"{value:g}", "middle")
        for value in ys:
            y = self._y(value)
            self._line(_LEFT, y, _WIDTH - _RIGHT, y)
            self._text(_LEFT - 8, y + 5, f"{value:g}", "end")

    def curve(self, name: str, pieces: Sequence[Points], rank: int, *, dots: bool = False) -> None:
        colour = _COLOURS[name]
        for piece in pieces:
            places = [(self._x(x), self._y(y)) for x, y in piece]
            drawn = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
            self._parts.append(f'<polyline points="{drawn}" stroke="{colour}"/>')
            if dots:
                self._parts += [
                    f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>' for x, y in places
                ]
        x, y = _LEFT + 16, _HEIGHT - 10
        x += 130 * rank
        self._parts.append(f'<circle cx="{x}" cy="{y - 5}" r="5" fill="{colour}"/>')
        self._text(x + 12, y, name, "start")

    def svg(self) -> str:
        return "\n".join([*self._parts, "</svg>", ""])

    def _line(self, x1: float, y1: float, x2: float, y2: float) -> None:
        self._parts.append(f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>')

    def _text(self, x: float, y: float, text: str, anchor: str) -> None:
        self._parts.append(f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{text}</text>')


def _scale(values: tuple[float, float], first: float, last: float) -> Callable[[float], float]:
    low, high = values
    return lambda value: first + (value - low) / (high - low) * (last - first)


def main() -> None:
    """Draw both."""
    found = json.loads(FIGURES.read_text())
    pesq = {name: [tuple(point) for point in one["pesq"]] for name, one in found.items()}
    outage = {name: tuple(map(tuple, one["outage"])) for name, one in found.items()}
    (DOCS / "pesq-loss.svg").write_text(pesq_against_loss(pesq))
    (DOCS / "delay-outage.svg").write_text(delay_over_time(outage))


if __name__ == "__main__":
    main()
