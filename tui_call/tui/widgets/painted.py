"""Widgets that paint lines of content, in ASCII where the terminal wants it."""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import ClassVar, Self

from rich.segment import Segment
from textual.content import Content
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from tui_call.tui import glyphs, lines
from tui_call.tui.cells import changed
from tui_call.tui.store import Store, store_of


class Painted(Widget):
    """A widget whose look is a function of its width.

    Attributes:
        fits_its_room: it paints fewer lines where there is no room for all.
    """

    fits_its_room: ClassVar[bool] = False

    _drawn: tuple[Size, Sequence[Content]] = (Size(), ())
    _stale = True

    @property
    def store(self) -> Store:
        """The application's state."""
        return store_of(self)

    @abstractmethod
    def paint(self, width: int, height: int) -> Sequence[Content]:
        """Return the lines to show.

        Args:
            width: cells.
            height: lines there is room for, 0 while it is not known.
        """

    def render(self) -> Content:
        """Return the lines as one content, for whoever selects in it."""
        return lines.paragraph(*self._painted())

    def render_line(self, y: int) -> Strip:
        """Return one line; the others may have stayed as they are."""
        rows = self._painted()
        if self.text_selection is not None:
            return super().render_line(y)
        style = self.visual_style
        if y >= len(rows):
            return Strip.blank(self.size.width, style.rich_style)
        parts = rows[y].render(style, end="")
        if not self.allow_select:
            return Strip([Segment(text, part.rich_style) for text, part in parts])
        x, segments = 0, list[Segment]()
        for text, part in parts:
            segments.append(Segment(text, part.rich_style_with_offset(x, y)))
            x += len(text)
        return Strip(segments)

    def _painted(self) -> Sequence[Content]:
        """Return the lines for the size of now, painted once until they are out of date."""
        size, rows = self._drawn
        if self._stale or size != self.size:
            rows = self._in_glyphs(self.paint(self.size.width, self.size.height))
            self._drawn, self._stale = (self.size, rows), False
        return rows

    def _in_glyphs(self, rows: Sequence[Content]) -> Sequence[Content]:
        return [glyphs.in_ascii(row) for row in rows] if self.store.ascii_only else rows

    def refresh(
        self,
        *regions: Region,
        repaint: bool = True,
        layout: bool = False,
        recompose: bool = False,
    ) -> Self:
        """Paint again; what was painted before is out of date."""
        self._stale = True
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def renew(self) -> None:
        """Paint again what changed; lay the screen out anew if the number of lines changed."""
        size, before = self._drawn
        if self.is_mounted and not self.size.height and not self.paint(self.size.width, 0):
            return  # it shows nothing, and has nothing to show
        if size != self.size or not self.is_mounted:
            self.refresh(layout=self.is_mounted and self._follows_its_lines)
            return
        now = self._in_glyphs(self.paint(*size))
        if self._follows_its_lines and self._wanted(size.width, now) != self.content_size.height:
            self.refresh(layout=True)
        elif len(now) != len(before):
            self.refresh()
        else:
            self._renew_cells(before, now)

    def _renew_cells(self, before: Sequence[Content], now: Sequence[Content]) -> None:
        regions = [
            Region(start, y, end - start, 1)
            for y, rows in enumerate(zip(before, now, strict=True))
            for start, end in changed(*rows)
        ]
        if regions:
            self.refresh(*regions)
            self._drawn, self._stale = (self.size, now), False

    @property
    def _follows_its_lines(self) -> bool:
        height = self.styles.height
        return height is not None and height.is_auto

    def _wanted(self, width: int, painted: Sequence[Content]) -> int:
        """Return how many lines there would be with room for all."""
        return len(self.paint(width, 0)) if self.fits_its_room else len(painted)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """Return as many lines as there are, for `height: auto`."""
        return len(self.paint(width, 0))


class TextBlock(Painted):
    """Lines that a function gives for a width; nothing is shown while there are none."""

    def __init__(
        self,
        source: Callable[[int], Sequence[Content]],
        id: str | None = None,  # noqa: A002
    ) -> None:
        super().__init__(id=id)
        self._source = source

    def paint(self, width: int, height: int) -> Sequence[Content]:  # noqa: ARG002
        """Ask the function."""
        return self._source(width)


class Feed(TextBlock):
    """Lines of which one end is shown when there is not room for all.

    Attributes:
        newest: the last lines are shown, not the first ones.
    """

    newest = True
    fits_its_room = True

    def paint(self, width: int, height: int) -> Sequence[Content]:
        """Return as many lines as there is room for."""
        rows = self._source(width)
        if not height:
            return rows
        return rows[-height:] if self.newest else rows[:height]
