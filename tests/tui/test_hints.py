"""The last lines of a screen cost little, however many keys work."""

import pytest
from textual.content import Content

from tests.support.fake_engine import active_call, ready
from tests.tui.conftest import Start
from tui_call.control.views import Snapshot
from tui_call.tui import keymap, lines
from tui_call.tui.widgets.hints import Hints


@pytest.mark.parametrize("snapshot", [ready(), ready(call=active_call())], ids=["people", "call"])
@pytest.mark.parametrize("width", [30, 60, 79, 120])
async def test_each_hint_is_made_once_a_paint(
    start: Start, snapshot: Snapshot, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[lines.Part] = []
    line = lines.line

    def counted(*parts: lines.Part) -> Content:
        made.extend(part for part in parts[:1] if isinstance(part, tuple) and part[1] == lines.KEY)
        return line(*parts)

    async with start(snapshot) as it:
        hints = it.app.screen.query_one(Hints)
        monkeypatch.setattr(lines, "line", counted)
        hints.paint(width, 0)
        monkeypatch.undo()
    assert len(made) == len(set(made)) > 0


def test_the_table_of_keys_is_gone_through_once_for_a_screen() -> None:
    assert keymap.table("people", "talk") is keymap.table("people", "talk")
