import pytest
from textual.widgets import Input

from tests.support.fake_engine import new, ready, said
from tests.tui.conftest import Start
from tui_call.control import actions
from tui_call.control.actions import SetUp
from tui_call.control.lines import Meters
from tui_call.control.views import DevicesView, MeView
from tui_call.tui.screens.devices import DevicesScreen

LINK = f"tui-call://192.0.2.7:20443/join?code=c0de&pin={'p' * 43}"


async def test_three_steps(start: Start) -> None:
    async with start(new(), "enter") as it:
        assert "Type a name, any name." in it.text
        await it.type("Ada")
        await it.press("enter")
        assert "on or off?" in it.text
        await it.press("enter")
        assert it.engine.actions == [actions.ListenToMicrophone(True)]
        it.engine.push(Meters(-20, -100))
        await it.settle()
        assert "Your microphone works." in it.text
        await it.press("enter")
        assert it.engine.actions[-1] == SetUp("Ada", True)
        it.engine.change(me=MeView("ready", "default", "Ada", "ada@home"))
        await it.settle()
        assert it.mode == "people"


async def test_off_invite_and_going_back(start: Start) -> None:
    async with start(new()) as it:
        await it.type("Ada")
        await it.press("tab")
        await it.type(LINK)
        await it.press("enter", "down", "escape")
        assert "What is your name?" in it.text
        await it.press("enter", "down", "enter", "d")
        assert isinstance(it.app.screen, DevicesScreen)
        await it.press("escape", "enter")
        assert it.engine.actions[-1] == SetUp("Ada", False, LINK)


async def test_a_refused_invite_can_be_mended(start: Start) -> None:
    async with start(new()) as it:
        await it.type("Ada")
        await it.press("tab")
        await it.type(LINK)
        await it.press("enter", "enter")
        it.engine.refuse(SetUp, "invalid", "This invite was used already.")
        await it.press("enter")
        assert "This invite was used already." in it.text
        assert "What is your name?" in it.text
        assert it.app.focused is it.app.screen.query_one("#link")


@pytest.mark.parametrize("size", [(60, 15), (80, 24)])
async def test_a_damaged_link_is_said_before_the_next_question(
    start: Start, size: tuple[int, int]
) -> None:
    async with start(new(), size=size) as it:
        await it.type("Ada")
        await it.press("tab")
        for damaged in ("https://example.org/a", LINK[:-9], LINK.replace("join", "link")):
            await it.type(damaged)
            await it.press("enter")
            assert "What is your name?" in it.text
            assert damaged[-20:] in it.text
            assert f"That is no {'device' if '/link' in damaged else 'invite'} link." in it.text
            await it.press("ctrl+u")
        await it.press("enter")
        assert "on or off?" in it.text


async def test_no_answer_is_marked_because_another_question_was_answered_there(
    start: Start,
) -> None:
    async with start(new()) as it:
        await it.type("Ada")
        await it.press("enter", "down", "enter")
        it.engine.refuse(SetUp, "unavailable", said("N_KEYRING"))
        await it.press("enter")
        assert "> A passphrase" in it.text
        it.engine.refuse(SetUp, "unavailable", "Your personal service did not start.")
        await it.press("down", "enter")
        assert "> Nothing" in it.text, "what was chosen can be tried again"
        await it.press("escape", "escape")
        assert "> Off" in it.text
        it.engine.refuse(SetUp, "unavailable", said("N_KEYRING"))
        await it.press("up", "enter", "enter", "down", "escape", "escape")
        assert "> On" in it.text


async def test_without_a_keyring_a_passphrase_is_chosen(start: Start) -> None:
    async with start(new()) as it:
        await it.type("Ada")
        await it.press("enter", "enter")
        it.engine.refuse(SetUp, "unavailable", said("N_KEYRING"))
        await it.press("enter")
        assert "How shall your key be protected?" in it.text
        await it.press("enter")
        await it.type("short")
        await it.press("enter")
        assert "At least 8 characters" in it.text
        await it.type("er one")
        await it.press("enter")
        await it.type("something")
        await it.press("enter")
        assert "Those two were not the same. Begin again." in it.text
        assert "Choose a passphrase" in it.text
        for _ in range(2):
            assert isinstance(it.app.focused, Input)
            assert it.app.focused.value == ""
            await it.type("shorter one")
            await it.press("enter")
        assert it.engine.actions[-1] == SetUp("Ada", True, "", "passphrase", "shorter one")


async def test_an_unprotected_key_is_an_explicit_choice(start: Start) -> None:
    async with start(new()) as it:
        await it.type("Ada")
        await it.press("enter", "enter")
        it.engine.refuse(SetUp, "unavailable", said("N_KEYRING"))
        await it.press("enter", "down", "enter")
        assert it.engine.actions[-1] == SetUp("Ada", True, "", "plain")


async def test_no_microphone_is_no_obstacle(start: Start) -> None:
    devices = DevicesView(problem=said("N_AUDIOLIB"))
    async with start(new(devices=devices)) as it:
        await it.type("Ada")
        await it.press("enter", "enter")
        assert "PortAudio is missing" in it.text
        await it.press("enter")
        assert it.engine.actions[-1] == SetUp("Ada", True)


async def test_a_computer_without_a_microphone_is_not_waited_for(start: Start) -> None:
    async with start(new(devices=DevicesView()), size=(60, 15)) as it:
        await it.type("Ada")
        await it.press("enter", "enter")
        assert "No microphone is found. You can go on, and listen." in it.text
        assert "Nothing heard yet." not in it.text
        it.engine.change(devices=DevicesView(speaks="file hello.wav"))
        await it.settle()
        assert "Nothing heard yet." in it.text


async def test_a_locked_identity_asks_for_its_passphrase(start: Start) -> None:
    locked = ready(me=MeView("locked", "default", "Ada"))
    async with start(locked) as it:
        it.engine.refuse(actions.Unlock, "invalid", "That is not the passphrase.")
        await it.type("wrong")
        await it.press("enter")
        assert "That is not the passphrase." in it.text
        assert "wrong" not in it.text
        it.engine.refusals.clear()
        await it.type("right")
        await it.press("enter")
        assert it.engine.actions[-1] == actions.Unlock("right")
        it.engine.change(me=ready().me)
        await it.settle()
        assert it.mode == "people"


async def test_help_lists_only_keys_that_work_there(start: Start) -> None:
    async with start(new(), "f1", size=(100, 60)) as it:
        assert "To the next step" in it.text
        assert "Leave, also from a text field" in it.text
        assert "Show past calls" not in it.text
        assert "Call this person" not in it.text
        await it.press("escape")
        assert "What is your name?" in it.text
