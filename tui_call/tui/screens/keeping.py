"""What is kept of a call: starting and stopping it."""

from collections.abc import Callable, Mapping

from tui_call.control import actions
from tui_call.control.views import CallView
from tui_call.sentences import text_of
from tui_call.tui.screens.dialogs import Choice, Choose
from tui_call.tui.store import Store

_HOW = (
    Choice("mix", "Mix", text_of("T_RECORD_HOW", "mix")),
    Choice("tracks", "Mix and tracks", text_of("T_RECORD_HOW", "tracks")),
)


def record(store: Store, call: CallView) -> None:
    """Stop recording, or ask what to record and start."""
    if call.recording is not None:
        store.send(actions.RecordCall(on=False, call=call.id))
        return

    def chosen(how: str | None) -> None:
        if how:
            store.send(actions.RecordCall(on=True, tracks=how == "tracks", call=call.id))

    store.push_screen(Choose(text_of("T_RECORD_ASK"), [text_of("T_RECORD_ABOUT")], _HOW), chosen)


def transcribe(store: Store, call: CallView) -> None:
    """Start the transcript, or stop it."""
    store.send(actions.Transcribe(on=call.transcript is None, call=call.id))


KEEPS: Mapping[str, Callable[[Store, CallView], None]] = {
    "record": record,
    "transcript": transcribe,
}
"""By the name of the capability."""
