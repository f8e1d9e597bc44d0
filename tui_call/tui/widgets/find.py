"""The line with the search field, and what is found beside it."""

from collections.abc import Callable

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Input

from tui_call.tui import lines
from tui_call.tui.widgets.painted import TextBlock

_LONGEST = 64


class Find(Horizontal):
    """A field for a part of a name, reached by its key and left by Enter, Esc or an arrow.

    Args:
        placeholder: what can be found.
        counts: text at the right end of the line.
    """

    def __init__(self, placeholder: str, counts: Callable[[], str]) -> None:
        super().__init__()
        self.field = Input(
            placeholder=f"find: {placeholder}",
            compact=True,
            max_length=_LONGEST,
            select_on_focus=False,
        )
        self._counts = counts

    def compose(self) -> ComposeResult:
        """Slash, field, counts."""
        yield TextBlock(lambda _: [Content.styled(" /", lines.KEY)], id="slash")
        yield self.field
        yield TextBlock(self._beside, id="counts")

    def _beside(self, width: int) -> list[Content]:
        return [lines.text(self._counts(), lines.SOFT).right(width)]

    @property
    def words(self) -> str:
        """What is looked for, in lower case; "" finds everything."""
        return self.field.value.strip().casefold()

    def finds(self, *texts: str) -> bool:
        """Whether one of some texts holds what is looked for."""
        return any(self.words in text.casefold() for text in texts)

    def clear(self) -> bool:
        """Empty the field; False if it was empty."""
        was_full = bool(self.field.value)
        self.field.value = ""
        return was_full
