"""Keys that arrive in one go: pasted where the terminal does not mark it, or held up on the way."""

import pytest
from textual.command import CommandPalette
from textual.widgets import Input

from tests.support.fake_engine import active_call, new, ready
from tests.tui.conftest import Start
from tui_call.control import messages
from tui_call.control.messages import Snapshot
from tui_call.tui.screens.dialogs import TypeLine

EDITED = ("a", "b", "c", "backspace", "backspace", "d", "home", "x", "delete", "end", "y")


@pytest.mark.parametrize(
    ("snapshot", "to_the_field"),
    [
        (new(), ()),
        (ready(), ("slash",)),
        (ready(), ("plus",)),
        (ready(), ("colon",)),
        (ready(), ("3", "slash")),
        (ready(call=active_call()), ("n",)),
    ],
    ids=["name", "search", "question", "palette", "search elsewhere", "note"],
)
async def test_editing_keys_keep_their_place_among_letters(
    start: Start, snapshot: Snapshot, to_the_field: tuple[str, ...]
) -> None:
    async with start(snapshot) as it:
        await it.at_once(*to_the_field, *EDITED)
        assert isinstance(it.app.focused, Input)
        assert it.app.focused.value == "xdy"


async def test_a_line_is_typed_into_the_question_that_its_first_key_opens(start: Start) -> None:
    async with start(ready()) as it:
        await it.at_once("plus", *"cbob@acme", "enter")
        assert not isinstance(it.app.screen, TypeLine)
        assert it.engine.actions == [messages.AddContact("cbob@acme")]


async def test_enter_takes_what_the_palette_finds_for_all_that_was_typed(start: Start) -> None:
    async with start(ready()) as it:
        await it.at_once("colon", *"stop the engine", "enter")
        assert not isinstance(it.app.screen, CommandPalette)
        assert it.engine.actions == [messages.Stop()]


async def test_each_line_of_several_notes_is_sent(start: Start) -> None:
    async with start(ready(call=active_call())) as it:
        await it.at_once("n", *"one", "enter", *"two", "backspace", "enter")
        assert it.engine.actions == [messages.Note("one"), messages.Note("tw")]


async def test_keys_of_screens_that_follow_each_other(start: Start) -> None:
    async with start(ready()) as it:
        await it.at_once("3", "slash", *"calm", "enter", "enter")
        assert it.engine.actions == [messages.ChangeSetting("ui.calm", "true")]
