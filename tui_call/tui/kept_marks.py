"""What is kept of a call, and the mark of it that stands beside a shield or a past call."""

from collections.abc import Mapping
from typing import Literal

from tui_call.control.views import CallView, KeptView

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
