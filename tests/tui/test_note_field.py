"""A note that is typed in a call: nothing of it is lost."""

import asyncio

import pytest
from textual.widgets import Input

from tests.support.fake_engine import CALL_ID, FakeEngine, active_call, ready, said
from tests.tui.conftest import Running, Start
from tui_call.control import actions
from tui_call.control.actions import Action
from tui_call.control.lines import Result

IN_CALL = ready(call=active_call())
TOO_LONG = said("O_NOTE_LONG", n=900)


def field(it: Running) -> Input:
    return it.app.screen.query_one("#note", Input)


async def test_a_note_that_is_refused_comes_back_to_be_shortened(start: Start) -> None:
    async with start(IN_CALL) as it:
        it.engine.refuse(actions.Note, "invalid", TOO_LONG)
        await it.press("n", *"long", "enter")
        assert it.engine.actions == [actions.Note("long", call=CALL_ID)]
        await it.until(lambda: field(it).value == "long")
        assert TOO_LONG.text in it.text
        it.engine.refusals.clear()
        await it.press("backspace", "enter")
        assert it.engine.actions[1:] == [actions.Note("lon", call=CALL_ID)]
        assert field(it).value == ""


async def test_what_is_typed_while_a_note_is_refused_stands_behind_it(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = asyncio.Event()
    command = FakeEngine.command

    async def late(self: FakeEngine, action: Action) -> Result:
        await answers.wait()
        return await command(self, action)

    async with start(IN_CALL, "n") as it:
        monkeypatch.setattr(FakeEngine, "command", late)
        it.engine.refuse(actions.Note, "invalid", TOO_LONG)
        await it.press(*"one", "enter", *"two")
        assert field(it).value == "two"
        answers.set()
        await it.until(lambda: field(it).value == "one two")


async def test_a_refused_note_is_put_into_no_other_call(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = asyncio.Event()

    async def late(_: FakeEngine, action: Action) -> Result:
        await answers.wait()
        raise it.engine.refusals[type(action)]

    async with start(IN_CALL, "n") as it:
        monkeypatch.setattr(FakeEngine, "command", late)
        it.engine.refuse(actions.Note, "invalid", TOO_LONG)
        await it.press(*"one", "enter")
        it.engine.change(call=active_call(id="b1" * 16))
        await it.settle()
        answers.set()
        await it.until(lambda: TOO_LONG.text in it.text)
        assert field(it).value == ""
