"""What is drawn and written of a screen of which a part has changed.

Textual 8.2 asks every widget for all its lines, and writes a widget's line from its beginning to
the last cell that changed. A level meter moves a few cells far in its line ten times a second,
and each colour takes forty bytes.
"""

from collections.abc import Iterable

from rich.console import Console, RenderableType
from rich.control import Control
from textual._compositor import ChopsUpdate, Compositor
from textual.app import App
from textual.geometry import Region
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget


class PartCompositor(Compositor):
    """Asks only those widgets that lie where something changed."""

    _rows: Region | None = None

    @property
    def visible_widgets(self) -> dict[Widget, tuple[Region, Region]]:
        """The widgets that are seen, with their places; while a part is drawn, only its rows."""
        places, rows = super().visible_widgets, self._rows
        if rows is None:
            return places
        return {
            widget: (region, clip.intersection(rows))
            for widget, (region, clip) in places.items()
            if rows.overlaps(region)
        }

    def _get_renders(
        self, crop: Region | None = None
    ) -> Iterable[tuple[Region, Region, list[Strip]]]:
        self._rows = crop and Region(0, crop.y, self.size.width, crop.height)
        try:
            yield from super()._get_renders(crop)
        finally:
            self._rows = None


class CellsUpdate(ChopsUpdate):
    """Writes the cells of its spans and no others."""

    def render_segments(self, console: Console) -> str:
        """Return what is written for each span: where it begins, then its cells."""
        written: list[str] = []
        for y, first, last in self.spans:
            for end, (start, strip) in zip(self.chop_ends[y], self.chops[y].items(), strict=False):
                left, right = max(start, first), min(end, last)
                if strip is not None and left < right:
                    written.append(Control.move_to(left, y).segment.text)
                    written.append(strip.crop(left - start, right - start).render(console))
        return "".join(written)


class PartialApp(App[str]):
    """An application that writes only the cells that changed."""

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        if isinstance(renderable, ChopsUpdate):
            renderable = CellsUpdate(renderable.chops, renderable.spans, renderable.chop_ends)
        super()._display(screen, renderable)  # pyright: ignore[reportUnknownMemberType]
