"""Keys that arrive in one go: pasted where the terminal does not mark it, or held up on the way."""

import os
from threading import Event

import pytest
from textual import events
from textual.command import CommandPalette
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message
from textual.widgets import Input

from tests.support.fake_engine import CALL_ID, PEOPLE, active_call, new, ready
from tests.tui.conftest import Start
from tui_call.control import actions
from tui_call.control.views import MeView, Snapshot
from tui_call.tui.screens.dialogs import TypeLine


class Keyboard(LinuxDriver):
    """Reads bytes as those of a terminal; ends at the key q."""

    def __init__(self, sent: bytes) -> None:
        self.fileno, writing = os.pipe()
        os.write(writing, sent)
        os.close(writing)
        self.exit_event = Event()
        self.keys: list[str | None] = []
        self._debug = False

    def process_message(self, message: Message) -> None:
        if isinstance(message, events.Key):
            self.keys.append(message.character)
            if message.character == "q":
                self.exit_event.set()

    def read(self) -> list[str | None]:
        self.run_input_thread()
        os.close(self.fileno)
        return self.keys


def test_a_byte_that_is_no_text_is_a_key_like_others() -> None:
    assert Keyboard(b"caf\xe9 \xc3\xa9q").read() == [*"caf\ufffd éq"]


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
        assert it.engine.actions == [actions.AddContact("cbob@acme")]


async def test_enter_takes_what_the_palette_finds_for_all_that_was_typed(start: Start) -> None:
    async with start(ready()) as it:
        await it.at_once("colon", *"stop the engine", "enter")
        assert not isinstance(it.app.screen, CommandPalette)
        assert it.engine.actions == [actions.Stop()]


async def test_each_line_of_several_notes_is_sent(start: Start) -> None:
    async with start(ready(call=active_call())) as it:
        await it.at_once("n", *"one", "enter", *"two", "backspace", "enter")
        assert it.engine.actions == [
            actions.Note("one", call=CALL_ID),
            actions.Note("tw", call=CALL_ID),
        ]


async def test_keys_of_screens_that_follow_each_other(start: Start) -> None:
    async with start(ready()) as it:
        await it.at_once("3", "slash", *"calm", "enter", "enter")
        assert it.engine.actions == [actions.ChangeSetting("ui.calm", "true")]


# Keys for a screen that is gone


async def test_enter_twice_at_a_locked_profile_calls_nobody(start: Start) -> None:
    locked = ready(me=MeView("locked", "default", protection="passphrase"), people=())
    async with start(locked) as it:
        await it.at_once(*"secret", "enter", "enter")
        assert it.engine.actions == [actions.Unlock("secret")]
        it.engine.change(me=ready().me, people=PEOPLE)
        await it.settle()
        await it.at_once("enter", "c", "space", "q")
        assert it.mode == "people"
        assert "Keys work after a moment without typing." in it.text
        await it.press("enter")
        assert it.engine.actions[1:] == [actions.Call("grace@acme")]


async def test_a_key_held_down_in_a_question_does_nothing_behind_it(start: Start) -> None:
    async with start(ready(), "b") as it:
        await it.at_once(*["enter"] * 20)
        assert it.mode == "people"
        assert it.engine.actions == []
        await it.at_once("down")  # other keys work at once
        await it.press("enter")
        assert it.engine.actions == [actions.Call("alan@acme")]


async def test_lines_after_the_one_that_a_question_took_are_no_commands(start: Start) -> None:
    async with start(ready()) as it:
        await it.at_once("plus", *"bob@acme", "enter", *"cq and call me", "enter")
        assert it.engine.actions == [actions.AddContact("bob@acme")]
        assert it.app.is_running


async def test_enter_twice_finds_a_lost_engine_and_calls_nobody(start: Start) -> None:
    async with start(ready()) as it:
        it.engine.die()
        await it.settle()
        await it.wake()
        await it.at_once("enter")
        await it.until(lambda: it.mode == "people")
        await it.at_once("enter")
        assert it.engine.actions == []


async def test_a_verdict_pressed_once_more_opens_nothing(start: Start) -> None:
    async with start(ready(call=active_call()), "v") as it:
        await it.at_once("n", "n", "n", "n")
        assert [type(action) for action in it.engine.actions] == [actions.Compare]
        assert not isinstance(it.app.focused, Input)


async def test_each_step_of_welcome_is_answered_by_an_enter_of_its_own(start: Start) -> None:
    async with start(new()) as it:
        await it.at_once(*"Ada", "enter", "enter", "enter", "enter")
        assert "on or off?" in it.text
        assert it.engine.actions == []


async def test_keys_that_leave_or_mute_never_sleep(start: Start) -> None:
    async with start(ready()) as it:
        it.engine.change(call=active_call())
        await it.settle()
        await it.at_once("m", "ctrl+o", "ctrl+x")
        assert it.engine.actions == [actions.Mute(call=CALL_ID), actions.HangUp(call=CALL_ID)]


async def test_the_key_that_led_to_a_screen_goes_on_being_named(start: Start) -> None:
    async with start(ready()) as it:
        await it.at_once("3")
        assert "3 Settings" in it.text
