"""An invite: a link that works once, and the same as a picture for a camera."""

from collections.abc import Iterable
from typing import ClassVar

from textual.content import Content
from textual.widget import Widget

from tui_call.tui import lines, moments
from tui_call.tui.keymap import bindings
from tui_call.tui.screens.base import Room
from tui_call.tui.widgets.painted import Block
from tui_call.tui.widgets.qr import qr_lines


class Invite(Room):
    """Shows one invite.

    Args:
        link: what the friend types or pastes.
        expires: Unix seconds.
    """

    where = "page"
    name_shown = "Invite"
    BINDINGS: ClassVar = [*bindings("page")]

    def __init__(self, link: str, expires: float) -> None:
        super().__init__()
        self._link = link
        self._expires = expires

    def body(self) -> Iterable[Widget]:
        """The link, whole, and its picture."""
        yield Block(self._words, id="page")

    def _words(self, width: int) -> list[Content]:
        clock = self.store.clocks
        until = moments.when(self._expires, clock.wall(), clock.zone)
        until = until if self._expires else "it is used"
        link = self._link
        wide = max(20, width - 4)
        shown = [Content(f"   {link[at : at + wide]}") for at in range(0, len(link), wide)]
        said = [
            Content(""),
            lines.line(" ", "Send this to one person. It works once, until ", (until, "bold"), "."),
            Content(""),
            *[row.stylize(lines.KEY) for row in shown],
            Content(""),
            lines.line(
                " They run ", ("tui-call join LINK", "bold"), ", or paste it on the Welcome screen."
            ),
        ]
        picture = qr_lines(link) if not self.store.ascii_only else []
        room = self.app.size.height - len(said) - 5
        if picture and len(picture) <= room and picture[0].cell_length + 4 <= width:
            return [*said, Content(""), *(lines.line("   ", row) for row in picture)]
        return said

    def action_close(self) -> None:
        """Go back."""
        self.dismiss()
