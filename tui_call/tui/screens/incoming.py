"""Somebody calls. Keys wake late here: typing must not answer a call."""

from collections.abc import Iterable
from typing import ClassVar

from textual.content import Content
from textual.widget import Widget

from tui_call.control.actions import Answer, Decline, Silence
from tui_call.sentences import sentence, text_of
from tui_call.tui import glyphs, lines, several
from tui_call.tui.keymap import bindings
from tui_call.tui.screens.base import BaseScreen
from tui_call.tui.screens.keys import KeysScreen
from tui_call.tui.widgets.painted import TextBlock


class IncomingScreen(BaseScreen):
    """The ringing call. Nothing has the focus; a key counts after 0.8 s without any."""

    where = "incoming"
    name_shown = "Incoming call"
    AUTO_FOCUS = ""
    BINDINGS: ClassVar = [*bindings("incoming")]

    def body(self) -> Iterable[Widget]:
        """Who calls, and what kind of call it would be."""
        yield TextBlock(self._words, id="page")

    def on_screen_resume(self) -> None:
        """All keys sleep first, whatever brought this screen up."""
        super().on_screen_resume()
        self.store.put_to_sleep()

    def _words(self, width: int) -> list[Content]:
        call, snapshot = self.call, self.store.snapshot
        if call is None or snapshot is None:
            return []
        shield = glyphs.shield(call.shield.label, self.store.ascii_only)
        name = snapshot.devices.speaks or snapshot.devices.microphone
        opens = text_of("T_OPENS_NAMED", dev=name) if name else text_of("T_OPENS")
        rows = [
            Content(""),
            lines.line("   ", several.everybody(call, width - 4, " calls you", ", with ")),
            lines.line("   ", lines.text(call.member.account, lines.SOFT)),
            Content(""),
            lines.line("   ", lines.text(shield, glyphs.shield_style(call.shield.label))),
            *lines.wrapped(call.shield.text, width, "   "),
            *(lines.wrapped(call.why_standard.text, width, "   ") if call.why_standard else []),
            Content(""),
            *lines.wrapped(opens, width, "   ", lines.SOFT),
            *(lines.wrapped(sentence("G_SILENCED").text, width, "   ") if call.silenced else []),
        ]
        return [row.truncate(width, ellipsis=True) for row in rows]

    # Keys

    def action_answer(self) -> None:
        """Answer."""
        self.store.send(Answer(call=self.call_id))

    def action_answer_muted(self) -> None:
        """Answer with the microphone muted."""
        self.store.send(Answer(muted=True, call=self.call_id))

    def action_decline(self) -> None:
        """Decline."""
        self.store.send(Decline(call=self.call_id))

    def action_silence(self) -> None:
        """Close the reason line, or let it ring without a sound here."""
        if not self.close_strip():
            self.store.send(Silence(call=self.call_id))

    def action_keys(self) -> None:
        """Show the key of who calls."""
        if self.call is not None:
            self.store.push_screen(KeysScreen())

    def action_why(self) -> None:
        """Say why this call is end-to-end encrypted or not, then who decided."""
        if self.call is not None and self.call.why_standard is not None:
            self.explain(self.call.why_standard)
        elif not self.tell_who_decided() and self.store.snapshot is not None:
            encryption = self.store.snapshot.encryption
            self.explain(encryption.status, encryption.decided_by)
