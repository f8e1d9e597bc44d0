"""Where a note is typed: what was not taken comes back."""

from collections.abc import Callable

from textual.widgets import Input

from tui_call.control.actions import Note
from tui_call.sentences import text_of
from tui_call.tui.store import Refusal, store_of

_LONGEST = 1000


class NoteField(Input):
    """Sends what is typed as a note in a call.

    Args:
        call_id: returns the id of the call that is shown.
    """

    def __init__(self, call_id: Callable[[], str]) -> None:
        super().__init__(
            placeholder=text_of("T_NOTE_FIELD"), compact=True, max_length=_LONGEST, id="note"
        )
        self._call_id = call_id

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Send it, and let the next one be typed meanwhile."""
        event.stop()
        text = event.value.strip()
        self.value = ""
        if text:
            self.run_worker(self._send(text, self._call_id()), group="actions")

    async def _send(self, text: str, call_id: str) -> None:
        store = store_of(self)
        answer = await store.ask(Note(text, call=call_id))
        if not isinstance(answer, Refusal):
            return
        store.explain(answer.sentence)
        if self._call_id() == call_id:  # a note is meant for nobody else
            self.value = f"{text} {self.value}".rstrip()
            self.cursor_position = len(self.value)
