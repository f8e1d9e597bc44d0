"""The draft as the lists and what is opened show it: a few lines above the keys."""

from textual.content import Content

from tui_call.sentences import text_of
from tui_call.tui import lines
from tui_call.tui.difference import Manner, difference, granted_groups
from tui_call.tui.screens.admin.draft import Draft

_MOST_LINES = 3


def draft_lines(draft: Draft, width: int) -> list[Content]:
    """Return what the draft would do in a few lines, nothing while there is none."""
    if not draft.operations:
        return []
    said = [text_of("T_DRAFT_TRIED")]
    if draft.outcome is not None:
        manner = Manner(what_if=True, asked=granted_groups(draft.operations))
        said = difference(draft.outcome, manner)
    title = text_of("T_DRAFT_TITLE")
    if len(said) > _MOST_LINES:
        said = [*said[: _MOST_LINES - 1], text_of("T_DRAFT_MORE", n=len(said) - _MOST_LINES + 1)]
    rows = [lines.line(" ", lines.text(one)).truncate(width, ellipsis=True) for one in said]
    return [lines.rule(width, title), *rows]
