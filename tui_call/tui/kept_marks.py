"""What is kept of a call, and the mark of it that stands beside a shield or a past call."""

from collections.abc import Mapping
from typing import Literal

from tui_call.control.views import CallView, KeptView
from tui_call.sentences import Sentence, sentence

Kind = Literal["recording", "transcript"]

MARKS: Mapping[Kind, str] = {"recording": "REC", "transcript": "TXT"}


def kept_of(call: CallView | None) -> list[tuple[Kind, KeptView]]:
    """Return what is being kept of a call, or begins to be."""
    if call is None or call.phase == "ended":
        return []
    found: list[tuple[Kind, KeptView | None]] = [
        ("recording", call.recording),
        ("transcript", call.transcript),
    ]
    return [(kind, view) for kind, view in found if view is not None]


def marks(call: CallView) -> str:
    """Return the marks of what is being kept of a call, "" before anything is."""
    return " ".join(MARKS[kind] for kind, view in kept_of(call) if not view.starting)


def asked_to_be_kept(call: CallView) -> tuple[KeptView, Sentence] | None:
    """Return for what the person here is asked whether they may be in it, and the question."""
    if call.own_kept != "asked":
        return None
    asked = [(view, sentence("G_REC_ASK", kind, who=view.by)) for kind, view in kept_of(call)]
    return asked[0] if asked else None
