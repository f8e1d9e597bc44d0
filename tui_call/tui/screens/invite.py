"""Links that work once, for a friend or for another device, and the same as a picture."""

from collections.abc import Iterable
from typing import ClassVar

from textual.content import Content
from textual.widget import Widget

from tui_call.control.views import Snapshot
from tui_call.sentences import text_of
from tui_call.tui import lines, moments
from tui_call.tui.keymap import bindings
from tui_call.tui.screens.base import BaseScreen
from tui_call.tui.widgets.painted import TextBlock
from tui_call.tui.widgets.qr import qr_lines

_JOIN = "tui-call join LINK"


class InviteScreen(BaseScreen):
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
        yield TextBlock(self._words, id="page")

    def before(self, until: str) -> list[Content]:
        """Return what stands above the link."""
        return [
            lines.line(" ", lines.marked(text_of("T_INVITE", until=until), until)),
        ]

    def after(self) -> list[Content]:
        """Return what stands below it."""
        return [
            lines.line(" ", lines.marked(text_of("T_INVITE_THERE"), _JOIN)),
        ]

    def _words(self, width: int) -> list[Content]:
        clock = self.store.clocks
        until = moments.when(self._expires, clock.wall(), clock.zone)
        until = until if self._expires else text_of("T_INVITE_USED")
        link = self._link
        wide = max(20, width - 4)
        shown = [Content(f"   {link[at : at + wide]}") for at in range(0, len(link), wide)]
        said = [
            Content(""),
            *self.before(until),
            Content(""),
            *[row.stylize(lines.KEY) for row in shown],
            Content(""),
            *self.after(),
        ]
        if self.store.ascii_only:
            return said
        picture, above = qr_lines(link), len(said) + 5
        if len(picture) + above <= self.store.size.height and picture[0].cell_length + 4 <= width:
            return [*said, Content(""), *(lines.line("   ", row) for row in picture)]
        size = f"{picture[0].cell_length + 4}x{len(picture) + above}"
        hint = f" {text_of('T_INVITE_QR', size=size)}"
        return [*said, Content(""), lines.line((hint, lines.SOFT))]

    def action_close(self) -> None:
        """Go back."""
        self.dismiss()


class DeviceLinkScreen(InviteScreen):
    """Shows a link for one more device of the person here; closes when one was linked."""

    name_shown = "Link"

    def __init__(self, link: str, expires: float) -> None:
        super().__init__(link, expires)
        self._before: set[str] | None = None

    def before(self, until: str) -> list[Content]:
        """Say for whom it is."""
        return [
            lines.line(" ", lines.marked(text_of("T_LINK", until=until), until)),
        ]

    def after(self) -> list[Content]:
        """Say what to do there."""
        return [
            lines.line(" ", lines.marked(text_of("T_LINK_THERE"), _JOIN)),
            Content(" " + text_of("T_LINK_HERE")),
        ]

    def show(self, snapshot: Snapshot) -> None:
        """Close when another device than before is linked."""
        linked = {view.id for view in snapshot.me.devices if view.linked}
        if self._before is None:
            self._before = linked
        elif not linked <= self._before:
            self.dismiss()
