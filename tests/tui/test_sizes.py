"""What a window that grows and shrinks does to a screen: nothing that the person chose changes."""

import pytest
from textual.widgets import Input

from tests.support.fake_engine import active_call, ready
from tests.tui.conftest import Running, Start
from tui_call.control.messages import Snapshot
from tui_call.tui.widgets.rows import Rows

SIZES = ((60, 15), (120, 40), (38, 9), (60, 15), (30, 8), (80, 24))


def chosen(it: Running) -> tuple[object, list[object]]:
    field = it.app.focused
    typed = [field.value] if isinstance(field, Input) else []
    return field, [*typed, *(rows.chosen for rows in it.app.screen.query(Rows))]


@pytest.mark.parametrize(
    ("snapshot", "keys"),
    [
        (ready(), ("down", "down")),
        (ready(), ("2", "down")),
        (ready(), ("3", "down", "down")),
        (ready(), ("3", "d", "down")),
        (ready(), ("question_mark", "down")),
        (ready(), ("3", "enter", "down")),
        (ready(), ("plus", "g", "r")),
        (ready(), ("slash", "r")),
        (ready(call=active_call()), ("down", "down")),
        (ready(call=active_call()), ("right", "down")),
        (ready(call=active_call()), ("n", "h")),
    ],
    ids=["people", "calls", "settings", "devices", "help", "question", "field", "search",
         "on", "off", "note"],
)  # fmt: skip
async def test_focus_and_choice_outlive_a_small_window(
    start: Start, snapshot: Snapshot, keys: tuple[str, ...]
) -> None:
    async with start(snapshot, *keys) as it:
        before = chosen(it)
        for size in SIZES:
            await it.pilot.resize_terminal(*size)
            await it.settle()
        assert chosen(it) == before
