import dataclasses

import pytest
from msgspec.structs import replace

from tests.support.fake_engine import (
    CALL_ID,
    GRACE,
    HISTORY,
    NOW,
    FakeEngine,
    active_call,
    ready,
    said,
)
from tests.tui.conftest import Running, Start, Time
from tui_call.control import actions
from tui_call.control.client import EngineUnreachable
from tui_call.control.launch import ProcessFailed
from tui_call.control.views import (
    DevicesView,
    EventView,
    HistoryView,
    PastMemberView,
    SentenceView,
    ServiceView,
    SettingView,
)
from tui_call.sentences import sentence
from tui_call.tui import store
from tui_call.tui.app import TuiCallApp
from tui_call.tui.screens.devices import DevicesScreen

IN_CALL = ready(call=active_call())


@pytest.mark.parametrize("key", ["q", "ctrl+c"])
async def test_leaving_without_a_call(start: Start, key: str) -> None:
    async with start(ready(), key) as it:
        assert it.app.return_value == ""
        assert it.engine.closed
        assert it.engine.actions == []


async def test_leaving_with_a_call_asks_and_lets_it_run(start: Start) -> None:
    async with start(IN_CALL, "q") as it:
        assert "── Leave tui-call?" in it.text
        for keys in (("ctrl+q", "enter"), ("q", "escape")):
            await it.press(*keys)
            assert "── Leave tui-call?" not in it.text
            assert it.app.return_value is None
        await it.press("q", "down", "enter")
        assert it.app.return_value == sentence("G_DETACH").text
        assert it.engine.closed
        assert it.engine.actions == []


async def test_leaving_can_end_the_call(start: Start) -> None:
    async with start(IN_CALL, "ctrl+q", "down", "down", "enter") as it:
        assert it.engine.actions == [actions.HangUp(call=CALL_ID, whole=True)]
        assert it.app.return_value == ""
        assert it.engine.closed


async def test_a_lost_engine_leaves_no_old_state(start: Start) -> None:
    async with start(IN_CALL) as it:
        it.engine.die()
        await it.settle()
        assert it.text.startswith(" ? NO ENGINE")
        assert "This screen lost the engine. The call may still be running." in it.text
        for old in ("E2EE compared", "MIC ON", "Grace"):
            assert old not in it.text
        await it.press("1", "2", "3", "m", "space", "ctrl+x")
        assert it.mode == "engine"
        await it.press("0")
        await it.settle()
        assert it.mode == "call"
        assert "MIC ON" in it.text


async def test_an_engine_that_does_not_start_says_why(time: Time) -> None:
    engine = FakeEngine(ready())
    tries = 0

    async def attach() -> FakeEngine:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise ProcessFailed("engine", reason="the disk is full \x1b[31m.")
        return await engine.attach()

    app = TuiCallApp(attach, time.clocks)
    async with app.run_test() as pilot:
        await pilot.pause()
        await pilot.pause()
        assert app.trouble == "The engine did not start: the disk is full [31m."
        await pilot.press("enter")
        await pilot.pause()
        assert app.current_mode == "people"


async def test_a_slow_engine_is_seen(start: Start) -> None:
    async with start(IN_CALL) as it:
        it.engine.pulse = "slow"
        it.app._tick()
        await it.settle()
        assert "engine slow" in it.text.splitlines()[0]


async def test_a_service_that_is_away_is_seen(start: Start) -> None:
    async with start(ready(service=ServiceView("away", problem=said("G_SERVICE")))) as it:
        assert "service away" in it.text.splitlines()[0]


async def test_notices_are_told_once(start: Start) -> None:
    notices = (EventView(NOW - 5, said("G_SERVICE_BACK")),)
    async with start(ready(notices=notices)) as it:
        assert "! Service back." in it.text
        await it.press("escape")
        it.engine.change(people=(GRACE,))
        await it.settle()
        assert "! Service back." not in it.text


async def test_of_several_mistakes_in_a_file_one_is_told_and_all_are_listed(start: Start) -> None:
    mistakes = [
        dataclasses.replace(
            said("G_CONFIG_VALUE", file="client.toml", n=2, key="e2ee.calls"), why="Use: on."
        ),
        said("G_CONFIG", file="client.toml", n=3, key="e2ee.colour"),
        said("G_CONFIG", file="client.toml", n=4, key="ui.size"),
    ]
    notices = tuple(EventView(NOW - 5 + at, words) for at, words in enumerate(mistakes))
    async with start(ready(notices=notices)) as it:
        assert "! client.toml line 2: e2ee.calls has a wrong value. The default is used." in it.text
        assert "+2 more, in Settings. Use: on." in it.text
        await it.press("3")
        for line in ("line 2: e2ee.calls", "Use: on.", "line 3: e2ee.colour", "line 4: ui.size"):
            assert line in it.text


async def test_devices(start: Start) -> None:
    async with start(IN_CALL, "d") as it:
        assert isinstance(it.app.screen, DevicesScreen)
        assert "● in use   Blue Yeti" in it.text
        await it.press("home", "enter", *["down"] * 6, "enter", *["down"] * 2, "enter")
        assert it.engine.actions == [
            actions.LookForDevices(),
            actions.ChooseDevice("microphone", ""),
            actions.ChooseDevice("ring_device", ""),
            actions.ChooseDevice("ring_device", "Built-in Audio"),
        ]
        await it.press("escape")
        assert it.mode == "call"


async def test_a_device_that_was_pulled_is_still_shown_as_chosen(start: Start) -> None:
    pulled = DevicesView((), "Blue Yeti", "")
    async with start(ready(call=active_call(), devices=pulled), "d") as it:
        assert "● in use   Blue Yeti" in it.text


async def test_what_is_done_to_the_own_sound(start: Start) -> None:
    limit = said("N_HEADPHONES")
    views = tuple(
        SettingView(f"audio.{name}", "", "switch", value, value, "default", (), limited_by)
        for name, value, limited_by in (
            ("headphones", "true", None),
            ("echo_cancellation", "true", limit),
            ("gain_control", "false", None),
        )
    )
    async with start(ready(settings=views), "3", "d") as it:
        await it.press("end", "enter", "up", "enter", "up", "enter", "up", "enter")
        assert it.engine.actions == [
            actions.LookForDevices(),
            actions.HearYourself(on=True),
            actions.ChangeSetting("audio.gain_control", "true"),
            actions.ChangeSetting("audio.headphones", "false"),
        ]
        assert limit.text in it.text
        for row in ("on       Headphones", "off      Take echo out", "off      Hear yourself"):
            assert row in it.text
        it.engine.change(devices=DevicesView(hearing_yourself=True))
        await it.settle()
        assert "on       Hear yourself" in it.text
        await it.press("escape", "escape")
        assert it.engine.actions[-1] == actions.HearYourself(on=False)
        assert it.mode == "settings"


async def test_nothing_is_played_back_once_devices_are_left_by_any_key(start: Start) -> None:
    hearing = DevicesView(hearing_yourself=True)
    async with start(ready(devices=hearing), "3", "d", "1") as it:
        assert it.engine.actions[-1] == actions.HearYourself(on=False)


async def test_past_calls(start: Start) -> None:
    async with start(ready(), "2") as it:
        assert it.engine.actions == [actions.MarkMissedSeen()]
        assert "4 calls" in it.text
        assert "Grace Hopper stopped ringing. Kept as a missed call." in it.text
        await it.press("enter")
        assert "Kept as a missed call." not in it.text
        await it.press("f")
        assert "Alan" not in it.text
        await it.press("f", "down", "down", "c")
        assert it.engine.actions[-1] == actions.Call("alan@acme")
        it.engine.change(history=())
        await it.settle()
        assert "No calls yet." in it.text
        for key in ("Hide details", "Call back"):
            assert key not in it.text
        it.engine.change(history=HISTORY)


@pytest.mark.parametrize("size", [(60, 15), (80, 24)])
async def test_a_past_call_of_several_says_how_many_and_finds_each(
    start: Start, size: tuple[int, int]
) -> None:
    katherine = PastMemberView("katherine@acme", "Katherine Johnson")
    several = HistoryView(
        NOW - 60,
        (katherine, *HISTORY[0].members),
        "retrieved",
        20,
        said("G_ENDED", dur="0:20", who="You"),
    )
    async with start(ready(history=(several, *HISTORY)), "2", size=size) as it:
        [row] = [row for row in it.text.splitlines() if "retrieved" in row and "today" in row]
        assert "Katherine" in row
        assert " +1 " in row
        await it.press("slash", *"hopper", "enter")
        assert row in it.text
        if size == (60, 15):
            await it.press("enter")
        assert "── Katherine Johnson, Grace Hopper ──" in it.text
        assert "You retrieved it on 20 Aug" in it.text
        await it.press("c")
        assert "Ring 2 people" in it.text
        assert "Katherine Johnson, Grace Hopper" in it.text
        await it.press("enter")
        both = actions.Call("katherine@acme", others=("grace@acme",), standard=True)
        assert it.engine.actions[-1] == both


async def test_the_key_line_says_whether_one_is_called_back_or_all(start: Start) -> None:
    several = replace(HISTORY[1], members=(*HISTORY[1].members, *HISTORY[2].members))
    async with start(ready(history=(several, HISTORY[3])), "2") as it:
        assert "c Call all back" in it.text
        await it.press("down")
        assert "c Call back" in it.text


async def test_a_list_that_shows_no_call_names_the_key_that_shows_all(start: Start) -> None:
    answered = tuple(call for call in HISTORY if call.direction != "missed")
    async with start(ready(history=answered), "2", "f") as it:
        assert "No missed calls. f shows all." in it.text
        await it.press("f", "slash", *"zzz")
        assert "No such calls. esc shows all." in it.text
        await it.press("escape")
        assert it.mode == "calls"
        assert "No such calls." not in it.text


async def test_help_lists_the_keys_of_the_place_first(start: Start) -> None:
    async with start(IN_CALL, "question_mark") as it:
        assert it.text.splitlines()[1].startswith("── Call ──")
        assert "Show and compare the code of this call" in it.text
        await it.press("end")
        assert "Connect to the engine" in it.text


async def test_the_palette_finds_commands_and_people(start: Start) -> None:
    async with start(IN_CALL, "colon") as it:
        await it.type("hold or")
        await it.until(lambda: "Call, key h" in it.text)
        await it.press("enter")
        await it.until(lambda: it.engine.actions == [actions.Hold(call=CALL_ID)])
        await it.press("ctrl+p")
        await it.type("call alan")
        await it.until(lambda: "Call Alan Turing" in it.text)
        await it.press("enter")
        await it.until(lambda: it.engine.actions[-1] == actions.Call("alan@acme"))


async def test_a_key_that_is_taken_away_is_told(start: Start) -> None:
    view = SettingView("keys.call.record", "", "keys", "h", "", "client.toml")
    async with start(ready(call=active_call(), settings=(view,))) as it:
        await it.until(lambda: "! Your keys leave none for this: Hold or resume." in it.text)


async def test_an_engine_that_was_told_to_end_is_not_taken_for_one_that_failed(
    start: Start,
) -> None:
    async with start(IN_CALL) as it:
        it.engine.die(told=True)
        await it.settle()
        assert it.text.startswith(" ? NO ENGINE")
        assert "The engine was told to end, and has hung up." in it.text
        assert "may still be running" not in it.text
        await it.press("q")
        assert not it.app.is_running


async def test_who_leaves_an_engine_that_is_lost_in_a_call_is_asked(start: Start) -> None:
    async with start(IN_CALL) as it:
        it.engine.die()
        await it.settle()
        await it.press("q")
        assert it.app.is_running
        assert "Leave tui-call?" in it.text
        await it.press("enter")
        assert it.app.is_running
        assert it.mode == "engine"
        await it.press("q", "down", "enter")
        assert not it.app.is_running


async def test_without_a_call_nobody_is_asked(start: Start) -> None:
    async with start(ready()) as it:
        it.engine.die()
        await it.settle()
        await it.press("q")
        assert not it.app.is_running


@pytest.mark.parametrize("told", [True, False])
async def test_an_engine_that_is_there_again_is_found_without_a_key(
    time: Time, told: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "_LOOK_AGAIN", 0.01)
    engine = FakeEngine(IN_CALL)
    there = False

    async def find() -> FakeEngine:
        if not there:
            raise EngineUnreachable
        return await engine.attach()

    app = TuiCallApp(engine.attach, time.clocks, find=find)
    async with app.run_test() as pilot:
        it = Running(app, engine, pilot, time)
        await it.until(lambda: app.link == "attached")
        engine.die(told=told)
        await it.until(lambda: app.link == ("ended" if told else "lost"))
        there, engine.ended = True, False
        await it.until(lambda: app.link == "attached")
        assert it.mode == "call"
        engine.change_call(microphone="muted")
        await it.settle()
        assert "MUTED" in it.text


@pytest.mark.parametrize(
    ("age", "label", "told"),
    [(10, "missed", True), (3600, "missed", False), (3600, "config", True)],
)
async def test_notices_of_long_ago_are_not_told_again(
    start: Start, age: float, label: str, told: bool
) -> None:
    notice = EventView(NOW - age, SentenceView("", label, "Something happened."))
    async with start(ready(notices=(notice,))) as it:
        assert ("Something happened." in it.text) == told


async def test_what_the_engine_does_not_have_of_the_environment_is_said(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = SettingView("audio.port", "", "choice", "devices", "devices", "default")
    monkeypatch.setenv("TUI_CALL_AUDIO__PORT", "silent")
    async with start(ready(settings=(port,))) as it:
        assert f"! {said('G_ENVIRONMENT').text}" in it.text
