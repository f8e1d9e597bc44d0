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
    asked = [(kind, view) for kind, view in kept_of(call) if view.by]
    if not asked:
        return None
    (kind, first), *others = [one for one in asked if not one[1].mine] or asked
    if first.mine:
        return first, sentence("G_REC_ASK", "own")
    what = kind if not others else "one for both" if others[0][1].by == first.by else "both"
    peer = others[0][1].by if others else ""
    return first, sentence("G_REC_ASK", what, who=first.by, peer=peer)


def may_answer(call: CallView | None, *, yes: bool) -> bool:
    """Tell whether the person here may say now that they are kept, or that they are not.

    What a rule keeps asks nobody. Who agreed may take it back also while nothing of them is kept,
    on hold or before the tone is over.
    """
    if call is None or all(not view.by for _, view in kept_of(call)):
        return False
    return call.own_kept in ("asked", "refused") if yes else call.own_kept != "refused"
