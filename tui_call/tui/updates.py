"""What is drawn and written of a screen of which a part has changed.

Textual 8.2 asks every widget for all its lines, and writes a widget's line from its beginning to
the last cell that changed. A level meter moves a few cells far in its line ten times a second,
and each colour takes forty bytes.
"""

from collections.abc import Iterable

from rich.console import Console, RenderableType
from rich.control import Control
from textual._compositor import ChopsUpdate, Compositor
from textual.geometry import Region
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

from tui_call.tui.themed import ThemedApp


class PartCompositor(Compositor):
    """Asks only those widgets that are seen where something changed."""

    _part: Region | None = None

    @property
    def visible_widgets(self) -> dict[Widget, tuple[Region, Region]]:
        """The widgets that are seen, with their places, from front to back.

        While a part is drawn, those that are seen in it, each cut to its rows; who fills the part
        hides all behind it.
        """
        places, part = super().visible_widgets, self._part
        if part is None:
            return places
        rows = Region(0, part.y, self.size.width, part.height)
        found: dict[Widget, tuple[Region, Region]] = {}
        for widget, (region, clip) in places.items():
            seen = region.intersection(clip)
            if part.overlaps(seen):
                found[widget] = region, clip.intersection(rows)
                if seen.contains_region(part):
                    break
        return found

    def _get_renders(
        self, crop: Region | None = None
    ) -> Iterable[tuple[Region, Region, list[Strip]]]:
        self._part = crop
        try:
            yield from super()._get_renders(crop)
        finally:
            self._part = None


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


class PartialApp(ThemedApp[str]):
    """An application that writes only the cells that changed."""

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        if isinstance(renderable, ChopsUpdate):
            renderable = CellsUpdate(renderable.chops, renderable.spans, renderable.chop_ends)
        super()._display(screen, renderable)  # pyright: ignore[reportUnknownMemberType]
