"""What is off in a call says why, and what works is used, by its key or from the list."""

from tests.support.fake_engine import (
    CALL_ID,
    CAPABILITIES,
    active_call,
    ready,
    said,
)
from tests.tui.conftest import Start
from tui_call.control import actions
from tui_call.control.views import CapabilityView, Snapshot
from tui_call.tui.screens.devices import DevicesScreen
from tui_call.tui.screens.keys import KeysScreen

IN_CALL = ready(call=active_call())
CLOSED = {
    "r": "Recording is off",
    "t": "Captions are off",
    "T": "Transcript is off",
    "x": "Transfer is off",
    "X": "Asking first is off",
    "p": "Park is off",
    "g": "Merge is off",
    "plus": "Adding people is off",
    "H": "Hand over is off",
}


async def test_what_is_off_says_why_and_who_decided(start: Start) -> None:
    async with start(IN_CALL) as it:
        for key, sentence in CLOSED.items():
            await it.press(key)
            assert f"! {sentence}" in it.text
            assert "l Leave E2EE for this" in it.text
            await it.press("i")
            assert "decided by: The kind of this call: E2EE." in it.text
            await it.press("escape")
            assert f"! {sentence}" not in it.text
            assert it.mode == "call"
        assert it.engine.actions == []


async def test_what_is_on_does_it(start: Start) -> None:
    async with start(IN_CALL, "m", "h", "ctrl+o", "ctrl+x") as it:
        assert it.engine.actions == [
            actions.Mute(call=CALL_ID),
            actions.Hold(call=CALL_ID),
            actions.Mute(call=CALL_ID),
            actions.HangUp(call=CALL_ID),
        ]
        await it.press("v")
        assert isinstance(it.app.screen, KeysScreen)
        await it.press("escape", "d")
        assert isinstance(it.app.screen, DevicesScreen)


async def test_rows_do_what_their_keys_do(start: Start) -> None:
    async with start(IN_CALL, "enter") as it:
        assert "off  needs a third listener" in it.text
        await it.press("down", "enter")
        assert "! Captions are off" in it.text
        await it.press("escape", "home", "enter")
        assert it.engine.actions == [actions.Mute(call=CALL_ID)]
        assert "off  needs" not in it.text


async def test_what_comes_later_is_used_by_its_name(start: Start) -> None:
    capabilities = (*CAPABILITIES[:6], CapabilityView("video", "Video", on=True))
    call = active_call(capabilities=capabilities)
    async with start(ready(call=call), "enter", "end", "enter") as it:
        assert it.engine.actions == [actions.UseCapability("video", call=CALL_ID)]


async def test_no_microphone_is_a_reason_too(start: Start) -> None:
    reason = said("N_MIC", peer="Grace Hopper")
    mute = CapabilityView(
        "mute",
        "Mute",
        on=False,
        short="no microphone",
        reason=reason,
        decided_by=said("SRC_DEVICE"),
    )
    call = active_call(microphone="none", capabilities=(mute, *CAPABILITIES[1:]))
    async with start(ready(call=call)) as it:
        assert "NO MIC" in it.text.splitlines()[0]
        assert "Off in an E2EE call: mute, record, " in it.text
        await it.press("enter")
        assert "off  no microphone" in it.text
        await it.press("escape", "space", "m")
        assert "! No microphone: you can listen." in it.text
        assert "d Devices" in it.text
        assert it.engine.actions == []


async def test_a_small_terminal_lists_reasons_behind_enter(start: Start) -> None:
    async with start(IN_CALL, size=(60, 15)) as it:
        assert " Off in E2EE (9): record, captions, transcript, transfer," in it.text
        assert "Only your two devices have the keys.\n" in it.text.replace(" " * 10, "\n")
        await it.press("enter")
        assert "off  needs a third listener" in it.text
        await it.press("enter")
        assert "! Recording is off" in it.text
        await it.press("escape", "escape")
        assert "Off in E2EE (9)" in it.text


async def test_what_was_said_to_be_off_goes_when_it_works(start: Start) -> None:
    def call(phase: str, *off: str) -> Snapshot:
        reason = said("N_NOTYET")
        views = tuple(
            CapabilityView(view.name, view.label, on=False, reason=reason)
            if view.name in off
            else view
            for view in CAPABILITIES
        )
        return ready(call=active_call(phase=phase, capabilities=views))

    async with start(call("connecting", "hold", "notes"), "h") as it:
        assert "! Not yet: this works as soon as the call is connected." in it.text
        it.engine.change(calls=call("active", "notes").calls)
        await it.settle()
        assert "Not yet" in it.text, "it is so of notes"
        it.engine.change(calls=call("active").calls)
        await it.settle()
        assert "Not yet" not in it.text


async def test_news_stay_when_something_else_begins_to_work(start: Start) -> None:
    off = CapabilityView("hold", "Hold", on=False, reason=said("N_NOTYET"))
    async with start(ready(call=active_call(capabilities=(off,)))) as it:
        it.app.explain(said("G_SERVICE"))
        await it.settle()
        it.engine.change(call=active_call())
        await it.settle()
        assert "Service away." in it.text
