"""Why a call is not E2EE, who can hear it, and how to go E2EE."""

from collections.abc import Iterable
from typing import ClassVar

from textual.content import Content
from textual.widget import Widget

from tui_call.control.actions import GoE2EE
from tui_call.control.views import Snapshot
from tui_call.reasons import GateReason
from tui_call.sentences import text_of
from tui_call.tui import glyphs, lines
from tui_call.tui.keymap import bindings
from tui_call.tui.screens.base import BaseScreen
from tui_call.tui.widgets.painted import TextBlock


class WhyScreen(BaseScreen):
    """The standard call in front; `y` asks the only other person to go E2EE, where that can be."""

    where = "why"
    name_shown = "Not E2EE"
    AUTO_FOCUS = ""
    BINDINGS: ClassVar = [*bindings("why")]

    def body(self) -> Iterable[Widget]:
        """The words."""
        yield TextBlock(self._words, id="page")

    def show(self, snapshot: Snapshot) -> None:
        """Close when this is no standard call any more."""
        call = snapshot.front
        over = call is None or call.kind != "standard" or call.phase == "ended"
        if over and self.is_on_top:
            self.dismiss()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer to go E2EE where nothing that is known here rules it out."""
        if action == "go":
            return not self._ruled_out()
        return super().check_action(action, parameters)

    def _ruled_out(self) -> str:
        """Return why nobody can be asked to go E2EE, "" where that can be."""
        call, snapshot = self.call, self.store.snapshot
        if call is None or snapshot is None or len(call.members) > 1:
            return text_of("T_GO_NOT", "alone")
        if call.recording is not None and not call.recording.by:
            return text_of(GateReason.HEARD_BY_RULE)
        return "" if snapshot.encryption.on else snapshot.encryption.status.text

    def _words(self, width: int) -> list[Content]:
        call = self.call
        if call is None:
            return []
        shield = glyphs.shield(call.shield.label, self.store.ascii_only)
        reason = call.why_standard
        asks = text_of("T_GO_E2EE", key=self.key_of("why.go", "y"), peer=call.member.name)
        return [
            Content(""),
            lines.line("   ", lines.text(shield, glyphs.shield_style(call.shield.label))),
            *lines.wrapped(call.shield.text, width, "   "),
            Content(""),
            *(lines.wrapped(reason.text, width, "   ") if reason else []),
            *(lines.wrapped(reason.why, width, "   ") if reason and reason.why else []),
            Content(""),
            *lines.wrapped(self._ruled_out() or asks, width, "   "),
        ]

    # Keys

    def action_go(self) -> None:
        """Ask the other person to go E2EE; the call says how it waits, or why that cannot be."""
        self.store.send(GoE2EE(call=self.call_id))
        self.dismiss()

    def action_who(self) -> None:
        """Say who decided."""
        encryption = self.store.snapshot.encryption if self.store.snapshot else None
        if not self.tell_who_decided() and encryption is not None:
            self.explain(encryption.status, encryption.decided_by)

    def action_back(self) -> None:
        """Close the reason line, then go back to the call."""
        if not self.close_strip():
            self.dismiss()
