"""Who is in the call: what each does, at which device, since when, and who added them."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual.content import Content
from textual.widget import Widget

from tui_call.control.actions import AgreeToBeKept
from tui_call.control.views import CallView, MemberView, Snapshot
from tui_call.foreign_text import cell_width
from tui_call.sentences import text_of
from tui_call.tui import lines, moments
from tui_call.tui.kept_marks import may_answer
from tui_call.tui.keymap import bindings
from tui_call.tui.screens import call_moves
from tui_call.tui.screens.base import BaseScreen
from tui_call.tui.widgets.participants import OWN, participants
from tui_call.tui.widgets.rows import Row, Rows
from tui_call.tui.widgets.voices import is_voice

_WORD_CELLS, _GAP_CELLS, _MARK_CELLS, _TIME_CELLS = 16, 2, 25, 8
_OTHER_CELLS = 95
"""Of the columns beside the marks, where these are as wide as they like."""


class RosterScreen(BaseScreen):
    """A row a person, the one here first."""

    where = "roster"
    name_shown = "Who is in the call"
    BINDINGS: ClassVar = [*bindings("roster")]

    def body(self) -> Iterable[Widget]:
        """The list."""
        yield Rows(id="roster")

    def on_mount(self) -> None:
        """Follow who speaks too."""
        super().on_mount()
        self.watch(self.store, "meters", self._measured, init=False)

    def _measured(self) -> None:
        if self.is_current and self.store.snapshot is not None:
            self.show(self.store.snapshot)

    def show(self, snapshot: Snapshot) -> None:
        """List everybody; close when the call is over."""
        call = snapshot.front
        if call is None or call.phase == "ended":
            if self.is_on_top:
                self.dismiss()
            return
        meters = self.store.meters
        heard = {number for number, level in meters.voices.items() if is_voice(level)}
        if meters.speaking:
            heard.add(OWN)
        if call.kind == "e2ee" and meters.peer_speaking:
            heard.add(call.member.number)
        own, *others = participants(call, snapshot, heard)
        marks = _marks(call)
        widths = _widths(self.row_cells, max(map(cell_width, marks), default=0))
        told, *kept = marks or [""] * (len(call.members) + 2)
        cells = [("you", own.word, kept[0], own.device, "")]
        cells += [
            (member.name, participant.word, mark, participant.device, self._came(member))
            for member, participant, mark in zip(call.members, others, kept[1:], strict=True)
        ]
        keys = ("", *(member.account for member in call.members))
        rows = [Row(key, _line(row, widths)) for key, row in zip(keys, cells, strict=True)]
        header = _line(("who", "does", told, "at", "since"), widths).plain
        self.query_one(Rows).fill(rows, header=header)

    def _came(self, member: MemberView) -> str:
        """Return since when somebody is here, and who added them."""
        parts: list[str] = []
        if member.since:
            parts.append(moments.clock(member.since, self.store.clocks.zone))
        if member.added_by:
            parts.append(text_of("T_ADDED_BY", who=member.added_by))
        return ", ".join(parts)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer to add where that works, and to the person here to be kept or not to be."""
        if action == "add":
            return _may_add(self.call)
        if action == "agree":
            return may_answer(self.call, yes=parameters == (True,))
        return super().check_action(action, parameters)

    # Keys

    def action_add(self) -> None:
        """Add people."""
        if self.call is not None:
            call_moves.add(self.store, self.call)

    def action_agree(self, yes: bool) -> None:
        """Say that one may be kept, or that one may not be; the last word counts."""
        self.store.send(AgreeToBeKept(yes, call=self.call_id))

    def action_back(self) -> None:
        """Close the reason line, then go back to the call."""
        if not self.close_strip():
            self.dismiss()


def _may_add(call: CallView | None) -> bool:
    return call is not None and any(view.name == "add" and view.on for view in call.capabilities)


def _marks(call: CallView) -> list[str]:
    """Return the column of what is kept of whom and who reads it, with its head; [] for none."""
    anything = call.recording or call.transcript or call.captions
    captions = (member.captions or not member.captioned for member in call.members)
    if not (anything or any(captions)):
        return []
    by_rule = call.recording is not None and not call.recording.by
    others = (
        _mark(member.kept, by_rule=by_rule, captions=member.captions, captioned=member.captioned)
        for member in call.members
    )
    own = _mark(call.own_kept, by_rule=by_rule, captions=call.captions)
    return [text_of("T_KEPT_COLUMN"), own, *others]


def _mark(kept: str, *, by_rule: bool, captions: bool, captioned: bool = True) -> str:
    """Return whether somebody is kept, and shows captions or is in none.

    What a rule keeps has everybody in it, whatever they say to a transcript beside it.
    """
    said = [text_of("T_KEPT_MARK", "kept" if by_rule else kept)] if kept else []
    said += [text_of("T_KEPT_MARK", "captions")] if captions else []
    said += [] if captioned else [text_of("T_KEPT_MARK", "uncaptioned")]
    return ", ".join(said)


def _widths(room: int, marked: int) -> tuple[int, ...]:
    """Return how wide the columns are, each with a cell behind it; 0 for those without room.

    Args:
        room: cells of a row.
        marked: those of the longest mark, 0 where there are none.
    """
    first = max(12, room * (25 if marked else 28) // 100)
    most = min(max(_MARK_CELLS, room - _OTHER_CELLS), room - first - _WORD_CELLS)
    marks = min(marked + _GAP_CELLS, most) if marked else 0
    third = room * 20 // 100 if room >= (85 + marks if marks else 70) else 0
    rest = max(0, room - first - _WORD_CELLS - marks - third)
    return first, _WORD_CELLS, marks, third, rest + 1 if rest >= _TIME_CELLS else 0


def _line(cells: Sequence[str], widths: Sequence[int]) -> Content:
    """Return the line of somebody: name, what they do, what is kept, device, since when."""
    styles = (lines.STRONG, "", "", lines.SOFT, lines.SOFT)
    parts: list[Content] = []
    for cell, width, style in zip(cells, widths, styles, strict=True):
        parts += [lines.column(cell, width - 1, style), Content(" " * min(width, 1))]
    return lines.line(*parts)
