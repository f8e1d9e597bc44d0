"""Who is in the call: what each does, at which device, since when, and who added them."""

from collections.abc import Iterable
from datetime import tzinfo
from typing import ClassVar

from textual.content import Content
from textual.widget import Widget

from tui_call.control.actions import AgreeToBeKept
from tui_call.control.views import CallView, MemberView, Snapshot
from tui_call.sentences import text_of
from tui_call.tui import lines, moments
from tui_call.tui.kept_marks import may_answer
from tui_call.tui.keymap import bindings
from tui_call.tui.screens import call_moves
from tui_call.tui.screens.base import BaseScreen
from tui_call.tui.widgets.participants import OWN, participants
from tui_call.tui.widgets.rows import Row, Rows
from tui_call.tui.widgets.voices import is_voice

_WORD_CELLS, _MARK_CELLS, _TIME_CELLS = 16, 25, 8


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
        width = self.size.width
        told = _told(call)
        mark = _mark(call.own_kept, captions=call.captions)
        rows = [Row("", _line("you", own.word, own.device, "", width, told and mark))]
        for member, participant in zip(call.members, others, strict=True):
            about = _came(member, self.store.clocks.zone)
            mark = _mark(member.kept, captions=member.captions, captioned=member.captioned)
            cells = (member.name, participant.word, participant.device, about)
            rows.append(Row(member.account, _line(*cells, width, told and mark)))
        header = _line("who", "does", "at", "since", width, told).plain
        self.query_one(Rows).fill(rows, header=header)

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


def _came(member: MemberView, zone: tzinfo | None) -> str:
    parts: list[str] = []
    if member.since:
        parts.append(moments.clock(member.since, zone))
    if member.added_by:
        parts.append(text_of("T_ADDED_BY", who=member.added_by))
    return ", ".join(parts)


def _told(call: CallView) -> str:
    """Return what heads the column of what is kept of whom and who reads it, "" for none."""
    anything = call.recording or call.transcript or call.captions
    captions = (member.captions or not member.captioned for member in call.members)
    return text_of("T_KEPT_COLUMN") if anything or any(captions) else ""


def _mark(kept: str, *, captions: bool, captioned: bool = True) -> str:
    """Return whether somebody is kept, and shows captions or is in none."""
    said = [text_of("T_KEPT_MARK", kept)] if kept else []
    said += [text_of("T_KEPT_MARK", "captions")] if captions else []
    said += [] if captioned else [text_of("T_KEPT_MARK", "uncaptioned")]
    return ", ".join(said) or " "


def _line(name: str, word: str, device: str, about: str, width: int, mark: str = "") -> Content:
    room = max(20, width - 4)
    first = max(12, room * (25 if mark else 28) // 100)
    marks = min(_MARK_CELLS, room - first - _WORD_CELLS) if mark else 0
    third = room * 20 // 100 if room >= (110 if mark else 70) else 0
    rest = max(0, room - first - _WORD_CELLS - marks - third)
    rest = rest if rest >= _TIME_CELLS else 0
    return lines.line(
        lines.column(name, first - 1, lines.STRONG),
        " ",
        lines.column(word, _WORD_CELLS),
        lines.column(mark, marks),
        lines.column(device, third, lines.SOFT),
        lines.column(about, rest, lines.SOFT),
    )
