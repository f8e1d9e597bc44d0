"""Widgets that paint lines of content, in ASCII where the terminal wants it."""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import cast

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from tui_call.tui import glyphs, lines
from tui_call.tui.store import Store


class Painted(Widget):
    """A widget whose look is a function of its width."""

    @property
    def store(self) -> Store:
        """The application's state."""
        return cast("Store", self.app)

    @abstractmethod
    def paint(self, width: int, height: int) -> Sequence[Content]:
        """Return the lines to show.

        Args:
            width: cells.
            height: lines there is room for, 0 while it is not known.
        """

    def render(self) -> Content:
        """Return the lines as one content."""
        content = lines.paragraph(*self.paint(self.size.width, self.size.height))
        return glyphs.in_ascii(content) if self.store.ascii_only else content

    def renew(self) -> None:
        """Paint again; lay the screen out anew only if the number of lines changed."""
        height = self.styles.height
        taller = height is not None and height.is_auto and self.is_mounted
        self.refresh(
            layout=taller and len(self.paint(self.size.width, 0)) != self.content_size.height
        )

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """Return as many lines as there are, for `height: auto`."""
        return len(self.paint(width, 0))


class Block(Painted):
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


class Feed(Block):
    """Lines of which one end is shown when there is not room for all.

    Attributes:
        newest: the last lines are shown, not the first ones.
    """

    newest = True

    def paint(self, width: int, height: int) -> Sequence[Content]:
        """Return as many lines as there is room for."""
        rows = self._source(width)
        if not height:
            return rows
        return rows[-height:] if self.newest else rows[:height]
