"""What a window that grows and shrinks does to a screen: nothing that the person chose changes."""

import pytest
from textual.widgets import Input

from tests.support.fake_engine import active_call, ready
from tests.support.fake_standard_calls import standard_call
from tests.tui.conftest import Running, Start
from tui_call.control.views import MeView, Snapshot
from tui_call.tui.screens.help import HelpScreen
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
        (ready(call=active_call()), ("enter", "down", "down")),
        (ready(call=active_call()), ("n", "h")),
    ],
    ids=["people", "calls", "settings", "devices", "help", "question", "field", "search",
         "table", "note"],
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


async def test_help_shows_every_word_in_a_small_window(start: Start) -> None:
    async with start(ready(), "question_mark", size=(60, 15)) as it:
        shown = {it.text}
        for _ in range(12):
            await it.press("pagedown")
            shown.add(it.text)
        assert any("Why E2EE calls are on or off, and who" in text for text in shown)
        assert any(" decided" in text for text in shown)
        assert not any("…" in text for text in shown)


@pytest.mark.parametrize(
    ("snapshot", "keys"),
    [
        (ready(), ()),
        (ready(), ("2",)),
        (ready(), ("3",)),
        (ready(), ("3", "enter")),
        (ready(), ("question_mark",)),
        (ready(call=standard_call()), ("u",)),
    ],
    ids=["people", "calls", "settings", "question", "help", "roster"],
)
async def test_a_window_wider_than_a_screen_gets_shows_all_of_it(
    start: Start, snapshot: Snapshot, keys: tuple[str, ...]
) -> None:
    async with start(snapshot, *keys, size=(200, 45)) as it:
        wide = [row.strip() for row in it.text.splitlines()]
        await it.pilot.resize_terminal(140, 45)
        await it.settle()
        assert wide == [row.strip() for row in it.text.splitlines()]


@pytest.mark.parametrize("size", [(60, 15), (80, 24), (120, 40)])
@pytest.mark.parametrize("keys", [("b",), ("3", "enter"), ("plus",)], ids=["yes", "row", "field"])
async def test_a_question_names_four_keys_and_help_opens_from_it(
    start: Start, size: tuple[int, int], keys: tuple[str, ...]
) -> None:
    async with start(ready(), *keys, size=size) as it:
        question, last = it.app.screen, it.text.splitlines()[-1]
        assert "Help" in last
        assert len([hint for hint in last.strip().split("  ") if hint.strip()]) == 4
        await it.press("f1")
        assert isinstance(it.app.screen, HelpScreen)
        await it.press("escape")
        assert it.app.screen is question


async def test_a_locked_profile_says_all_in_a_small_window(start: Start) -> None:
    locked = ready(me=MeView("locked", "default", protection="passphrase"))
    async with start(locked, size=(60, 15)) as it:
        assert "begins anew." in it.text
