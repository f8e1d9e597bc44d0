"""Somebody calls beside a call. Keys wake late here as for an incoming call."""

from collections.abc import Iterable
from typing import ClassVar, Literal

from textual.content import Content
from textual.widget import Widget

from tui_call.control.actions import Answer, Decline
from tui_call.control.views import CallView, Snapshot
from tui_call.sentences import sentence
from tui_call.tui import glyphs, lines, several
from tui_call.tui.keymap import Key, bindings
from tui_call.tui.screens.base import BaseScreen
from tui_call.tui.screens.keys import KeysScreen
from tui_call.tui.store import lasting, ringing
from tui_call.tui.widgets.painted import TextBlock


class WaitingScreen(BaseScreen):
    """The call that waits. Nothing has the focus; a key counts after 0.8 s without any.

    Args:
        call_id: which call.
    """

    where = "waiting"
    name_shown = "Waiting call"
    AUTO_FOCUS = ""
    BINDINGS: ClassVar = [*bindings("waiting")]

    def __init__(self, call_id: str) -> None:
        super().__init__()
        self._call_id = call_id

    def body(self) -> Iterable[Widget]:
        """Who calls, and what becomes of the call in front."""
        yield TextBlock(self._words, id="page")

    def on_screen_resume(self) -> None:
        """All keys sleep first, whatever brought this screen up."""
        super().on_screen_resume()
        self.store.put_to_sleep()

    @property
    def waiting(self) -> CallView | None:
        """The call that waits, None when it does not any more."""
        call = several.found(self.store.snapshot, self._call_id)
        return call if call is not None and call.place == "waiting" else None

    def show(self, snapshot: Snapshot) -> None:  # noqa: ARG002
        """Close when the caller does not wait any more."""
        if self.waiting is None and self.is_on_top:
            self.dismiss()
            self.store.call_after_refresh(self.store.explain, sentence("N_CALL_OVER"))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer to end only a call that is on."""
        return self._is_on if action == "end" else super().check_action(action, parameters)

    def label(self, key: Key) -> str:
        """Name what the first key does where there is nobody to hold."""
        if key.id == "waiting.hold" and not self._is_on:
            return "Answer"
        return super().label(key)

    @property
    def _is_on(self) -> bool:
        return lasting(self.call) and not ringing(self.call)

    def _words(self, width: int) -> list[Content]:
        waits, front = self.waiting, self.call
        if waits is None:
            return []
        shield = glyphs.shield(waits.shield.label, self.store.ascii_only)
        rows = [
            Content(""),
            lines.line("   ", several.everybody(waits, width - 4, " calls you too", ", with ")),
            lines.line("   ", lines.text(waits.member.account, lines.SOFT)),
            Content(""),
            lines.line("   ", lines.text(shield, glyphs.shield_style(waits.shield.label))),
            *lines.wrapped(waits.shield.text, width, "   "),
            *(lines.wrapped(waits.why_standard.text, width, "   ") if waits.why_standard else []),
        ]
        if front is not None and self._is_on:
            said = several.while_held("G_ANSWER_BESIDE", front).text
            rows += [Content(""), *lines.wrapped(said, width, "   ", lines.SOFT)]
        return [row.truncate(width, ellipsis=True) for row in rows]

    # Keys

    def _answer(self, front: Literal["hold", "end"]) -> None:
        beside = front if self._is_on else ""
        self.store.send(Answer(call=self._call_id, front=beside))
        self.dismiss()

    def action_hold(self) -> None:
        """Hold the call in front and answer."""
        self._answer("hold")

    def action_end(self) -> None:
        """End the call in front and answer."""
        self._answer("end")

    def action_decline(self) -> None:
        """Decline; the call in front goes on."""
        self.store.send(Decline(call=self._call_id))
        self.dismiss()

    def action_keys(self) -> None:
        """Show the key of who calls."""
        if self.waiting is not None:
            self.store.push_screen(KeysScreen(self.waiting.member.account))

    def action_why(self) -> None:
        """Say why this call is end-to-end encrypted or not, then who decided."""
        if self.waiting is not None and self.waiting.why_standard is not None:
            self.explain(self.waiting.why_standard)
        elif not self.tell_who_decided() and self.store.snapshot is not None:
            encryption = self.store.snapshot.encryption
            self.explain(encryption.status, encryption.decided_by)

    def action_back(self) -> None:
        """Close the reason line, then go back; the caller goes on waiting."""
        if not self.close_strip():
            self.dismiss()
