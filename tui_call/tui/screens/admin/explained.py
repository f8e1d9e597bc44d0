"""What applies to a person and why, and what a call to another would be."""

from collections.abc import Iterable
from typing import ClassVar

from textual.widget import Widget

from tui_call.control.views import Snapshot
from tui_call.sentences import text_of
from tui_call.signaling.administration_answers import Explained
from tui_call.signaling.administration_rows import RuleRow
from tui_call.tui import lines
from tui_call.tui.admin_words import NOTHING, call_word
from tui_call.tui.keymap import bindings
from tui_call.tui.screens.admin.wording import applied_word
from tui_call.tui.screens.base import BaseScreen
from tui_call.tui.widgets.rows import Row, Rows

_RULE_CELLS = 34
_RESULTS = {"none": "none", "applies": "applies", "not_reached": "not reached"}


class ExplainedScreen(BaseScreen):
    """Every rule that was tried, and what a call would be.

    Args:
        explained: what the service said.
    """

    where = "page"
    name_shown = "Try a call"
    BINDINGS: ClassVar = [*bindings("page")]

    def __init__(self, explained: Explained) -> None:
        super().__init__()
        self._explained = explained

    def body(self) -> Iterable[Widget]:
        """One list."""
        yield Rows(id="explained")

    def show(self, snapshot: Snapshot) -> None:  # noqa: ARG002
        """List the call first, then the rules of each kind."""
        told, width = self._explained, self.row_cells
        rows: list[Row] = []
        if told.call is not None:
            rows.append(_heading(f"{told.account} calls {told.call.other}"))
            rows += [_row(line) for line in lines.wrapped(call_word(told.call), width, "")]
        for kind in told.kinds:
            rows.append(_heading(f"{kind.kind}: {applied_word(kind.applied)}"))
            for name, said in map(rule_words, kind.rules):
                rows.append(
                    _row(lines.line(lines.column(name, _RULE_CELLS), " ", lines.text(said)))
                )
        rows.append(_heading(told.account))
        rows.append(_row(lines.text(text_of("A_SETTING", setting=told.setting))))
        if told.client_too_old:
            rows.append(_row(lines.text(text_of("A_CLIENT_OLD", ver=told.client or NOTHING))))
        self.query_one(Rows).fill(
            [Row(str(at), row.made, row.heading) for at, row in enumerate(rows)]
        )

    def action_close(self) -> None:
        """Go back."""
        self.dismiss()


def rule_words(rule: RuleRow) -> tuple[str, str]:
    """Return a rule: of whom it is, and what it gave."""
    whose = rule.to if rule.to != "group" else f"group rank {rule.rank} {rule.group}"
    said = _RESULTS[rule.result]
    return whose, f"{rule.policy}: {said}" if rule.policy else said


def _heading(title: str) -> Row:
    return Row("", lines.text(title), heading=True)


def _row(content: lines.Content) -> Row:
    return Row("", content)
