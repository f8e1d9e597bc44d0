import itertools

import msgspec
import pytest

from tests.support.fake_engine import (
    CALL_ID,
    CAPABILITIES,
    HOSTILE,
    NOW,
    active_call,
    person,
    ready,
    said,
)
from tests.tui.conftest import Start
from tui_call.control import actions
from tui_call.control.lines import Meters, Statistics
from tui_call.control.views import NoteView, SettingView
from tui_call.tui.screens.keys import KeysScreen

IN_CALL = ready(call=active_call())


async def test_one_glance(start: Start) -> None:
    async with start(IN_CALL) as it:
        it.engine.push(Meters(-18, -31, speaking=True))
        it.engine.push(Statistics(delay_ms=84, loss=0.004, jitter_ms=6))
        first = it.text.splitlines()[0]
        assert first.startswith(" ⛨ E2EE compared       Grace Hopper")
        assert "00:12:41   MIC ON    good ▂▄▆█" in first
        await it.until(lambda: "delay 84 ms   loss 0.4 %   jitter 6 ms" in it.text)
        it.time.passes(1.0)
        it.engine.push(Meters(-60, -100))
        await it.until(lambda: "-18 dB" in it.text)
        you, voices, devices = it.text.splitlines()[3:6]
        assert all(words in you for words in ("▄▀▄ █", "you", "▄▀▀ █ █", "Grace Hopper"))
        assert "═ ⛨ ═" in voices
        assert all(words in devices for words in ("Blue Yeti", "HD 450", "-31 dB"))


async def test_a_voice_is_drawn_by_a_cursor_that_walks_and_nothing_else_moves(start: Start) -> None:
    async with start(IN_CALL) as it:
        drawn: list[str] = []
        for level in (-100, -10, -10, -30, -10, -10):
            it.time.passes(0.125)
            it.engine.push(Meters(level, -100, speaking=level > -50))
            await it.settle()
            drawn.append(it.text.splitlines()[4][:40])
        cells = [
            {at for at, pair in enumerate(zip(one, other, strict=True)) if pair[0] != pair[1]}
            for one, other in itertools.pairwise(drawn)
        ]
        assert all(max(changed) - min(changed) < 3 for changed in cells)
        silent = [row.count("⣀") for row in drawn]
        assert silent[-1] < silent[1], "what was drawn stays"
        await it.press("enter", "escape")
        assert it.text.splitlines()[4][:40] == drawn[-1], "also while the table stood there"
        assert max(cells[0]) < max(cells[-1])


@pytest.mark.parametrize(
    ("fields", "words", "border"),
    [
        ({}, "listening", "╭─ Grace"),
        ({"silent": True}, "muted", "╭─ Grace"),
        ({"holding": True, "microphone": "held"}, "HOLDS YOU", "╭┄ Grace"),
        ({"on_hold": True, "microphone": "held"}, "ON HOLD", "╭┄ Grace"),
    ],
)
async def test_a_card_says_what_somebody_does(
    start: Start, fields: dict[str, object], words: str, border: str
) -> None:
    async with start(ready(call=active_call(**fields)), size=(120, 40)) as it:
        assert words in it.text
        assert border in it.text


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({}, "══ ⛨ ══"),
        ({"shield": said("SH_SEEN")}, "╌╌ ⛨ ╌╌"),
        ({"shield": said("SH_NEW")}, "╌╌ ⛨ ╌╌"),
        ({"quality": "lost"}, "╌╌ ✖ ╌╌"),
    ],
)
async def test_the_line_between_the_cards_is_the_key(
    start: Start, fields: dict[str, object], line: str
) -> None:
    async with start(ready(call=active_call(**fields))) as it:
        assert line in it.text


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_stage_in_ascii(start: Start, size: tuple[int, int]) -> None:
    plain = SettingView("ui.glyphs", "", "choice", "ascii", "unicode", "client.toml")
    async with start(ready(call=active_call(), settings=(plain,)), size=size) as it:
        it.engine.push(Meters(-10, -100, speaking=True))
        await it.until(lambda: it.app.meters.speaking)
        assert it.text.isascii()
        assert "AL" in it.text
        assert "== E ==" in it.text


async def test_a_wide_window_keeps_what_belongs_together_in_its_middle(start: Start) -> None:
    async with start(IN_CALL, size=(200, 40)) as it:
        rows = [row for row in it.text.splitlines() if row.strip()]
        assert {row[:30].strip() for row in rows} == {row[170:].strip() for row in rows} == {""}
        assert rows[0][30:].startswith(" ⛨ E2EE compared")


async def test_figures_and_notes_take_the_place_of_events(start: Start) -> None:
    notes = (NoteView(NOW - 5, False, HOSTILE[:60]),)
    async with start(ready(call=active_call(notes=notes)), "f") as it:
        for delay in (60.0, 90.0):
            it.engine.push(Statistics(packet_sizes=(211,), delay_ms=delay, sending_copies=(1, 3)))
            await it.settle()
        assert "── Figures" in it.text
        assert "211 B" in it.text
        assert "▃▄ to 90 ms" in it.text
        assert "copies 1, 3" in it.text
        assert "mouth to ear     90 ms" in it.text
        await it.press("f")
        assert "── Events" in it.text
        await it.press("n", *"hi", "space", "m", "enter")
        assert it.engine.actions == [actions.Note("hi m", call=CALL_ID)]
        assert "[@click=app.quit]Mallory" in it.text
        await it.press("escape")
        assert "── Events" in it.text


async def test_an_e2ee_call_without_notes_says_who_reads_them(start: Start) -> None:
    async with start(IN_CALL, "n") as it:
        assert "Notes are sealed like the sound; only the two of you see them." in it.text


async def test_a_call_that_is_over_says_how_it_was(start: Start) -> None:
    async with start(IN_CALL) as it:
        figures = Statistics(delay_ms=84, concealed=0.0042, frames_recovered=7, frames_sent=500)
        it.engine.push(figures)
        it.engine.change_call(phase="ended")
        await it.settle()
        assert "84 ms from mouth to ear, 0.4 % made up, 7 lost frames repaired" in it.text


async def test_figures_of_the_call_before_are_not_shown_as_those_of_the_next(start: Start) -> None:
    async with start(IN_CALL) as it:
        it.engine.push(Statistics(delay_ms=84, frames_sent=500))
        await it.settle()
        it.engine.change_call(id="another", phase="ended")
        await it.settle()
        assert "is over" in it.text
        assert "mouth to ear" not in it.text


async def test_ending_from_a_text_field_takes_two_presses(start: Start) -> None:
    async with start(IN_CALL, "n", "ctrl+x") as it:
        assert it.engine.actions == []
        assert "once more" in it.text
        it.time.passes(2.1)
        await it.press("ctrl+x")
        assert it.engine.actions == []
        it.time.passes(1.0)
        await it.press("ctrl+x")
        assert it.engine.actions == [actions.HangUp(call=CALL_ID)]


async def test_space_talks_only_while_muted(start: Start) -> None:
    async with start(IN_CALL, "space") as it:
        assert it.engine.actions == []
        assert "space Talk" not in it.text
        it.engine.change_call(microphone="muted", muted=True)
        await it.settle()
        assert "space Talk" in it.text
        await it.press("space")
        assert it.engine.actions == [actions.Mute(on=False, call=CALL_ID)]
        it.engine.change_call(microphone="on", muted=False)
        await it.settle()
        it.time.passes(0.8)
        it.app._talk_tick()
        assert "space Talk" in it.text, "pressed once more it closes the microphone again"
        await it.press("space")
        assert it.engine.actions[-1] == actions.Mute(on=True, call=CALL_ID)


async def test_letting_go_of_space_closes_the_microphone(start: Start) -> None:
    async with start(ready(call=active_call(microphone="muted", muted=True)), "space") as it:
        it.time.passes(0.5)
        await it.press("space")
        it.time.passes(0.3)
        it.app._talk_tick()
        await it.settle()
        assert it.engine.actions == [
            actions.Mute(on=False, call=CALL_ID),
            actions.Mute(on=True, call=CALL_ID),
        ]


async def test_the_end_is_told_and_can_be_left_or_called_again(start: Start) -> None:
    async with start(IN_CALL, "v") as it:
        words = said("G_ENDED", dur="12:41", who="Grace Hopper")
        it.engine.change_call(phase="ended", ended=NOW, end_reason=words)
        await it.settle()
        assert "Call ended after 12:41. Grace Hopper hung up." in it.text
        assert "MIC ON" not in it.text
        await it.press("ctrl+x", "space", "m", "h")
        assert it.engine.actions == []
        await it.press("c", "escape")
        assert it.engine.actions == [actions.Call("grace@acme"), actions.DismissCall(call=CALL_ID)]
        it.engine.change(call=None)
        await it.settle()
        assert it.mode == "people"


async def test_after_codes_that_differ_the_way_on_is_the_keys(start: Start) -> None:
    async with start(IN_CALL) as it:
        words = said("SH_DIFFER", peer="Grace")
        it.engine.change_call(phase="ended", ended=NOW, end_reason=words, shield=words)
        await it.settle()
        assert "Codes with Grace differ" in it.text
        assert "Call again" not in it.text
        await it.press("c")
        assert it.engine.actions == []
        await it.press("v")
        assert "Key of Grace Hopper" in it.text


async def test_a_call_that_is_over_is_in_the_first_line_of_its_own_screen_only(
    start: Start,
) -> None:
    async with start(IN_CALL) as it:
        await it.press("1")
        assert "E2EE compared" in it.text.splitlines()[0]
        it.engine.change_call(
            phase="ended", ended=NOW, end_reason=said("G_ENDED", dur="1:00", who="You")
        )
        await it.settle()
        assert "E2EE compared" not in it.text.splitlines()[0]
        assert "00:12:41" not in it.text.splitlines()[0]


@pytest.mark.parametrize("held", ["on_hold", "holding"])
async def test_nothing_says_that_a_microphone_is_on_that_is_not_sent(
    start: Start, held: str
) -> None:
    call = active_call(microphone="held", **{held: True})
    async with start(ready(call=call)) as it:
        it.engine.push(Meters(-10, -20, speaking=True))
        await it.until(lambda: it.app.meters.speaking)
        assert "MIC ON" not in it.text
        assert "ON HOLD" in it.text.splitlines()[0]
        assert not [row for row in it.text.splitlines() if "you" in row and "speaking" in row]


async def test_before_the_sound_only_cancelling_is_offered(start: Start) -> None:
    reason = said("SH_SETUP", peer="Grace")
    off = tuple(
        msgspec.structs.replace(view, on=False, short="no keys yet", reason=reason)
        for view in CAPABILITIES
    )
    call = active_call(
        phase="ringing", started=0, shield=said("SH_RING", peer="Grace"), microphone="off",
        capabilities=off, code=None, quality="",
    )  # fmt: skip
    async with start(ready(call=call)) as it:
        assert "… ringing" in it.text
        assert "ctrl+x Cancel" in it.text
        assert "v Keys" not in it.text
        await it.press("v", "m", "space")
        assert "! Agreeing keys with Grace." in it.text
        assert it.engine.actions == []


async def test_the_call_bar_stays_on_every_screen_and_zero_leads_back(start: Start) -> None:
    async with start(IN_CALL) as it:
        for key in ("1", "2", "3"):
            await it.press(key)
            assert it.text.startswith(" ⛨ E2EE compared")
            assert "MIC ON" in it.text
        await it.press("0")
        assert it.mode == "call"
        await it.press("1", "m")
        assert it.engine.actions[-1] == actions.Mute(call=CALL_ID)


async def test_enter_on_the_shield_opens_the_keys_panel(start: Start) -> None:
    async with start(IN_CALL) as it:
        it.app.screen.query_one("TopBar").focus()
        await it.press("enter")
        assert isinstance(it.app.screen, KeysScreen)
        await it.press("escape")
        await it.pilot.click("TopBar")
        await it.settle()
        assert isinstance(it.app.screen, KeysScreen)


@pytest.mark.parametrize(
    ("words", "does"),
    [("h Hold", actions.Hold(call=CALL_ID)), ("ctrl+x End", actions.HangUp(call=CALL_ID))],
)
async def test_what_is_offered_can_be_clicked(
    start: Start, words: str, does: actions.Action
) -> None:
    async with start(IN_CALL) as it:
        rows = it.text.splitlines()
        y = next(at for at, row in enumerate(rows) if words in row)
        await it.pilot.click(offset=(rows[y].index(words), y))
        await it.settle()
        assert it.engine.actions == [does]


async def test_a_remapped_key_is_shown_and_works(start: Start) -> None:
    view = SettingView("keys.call.record", "", "keys", "f5", "", "client.toml")
    mute = SettingView("keys.talk.mute", "", "keys", "f6", "", "client.toml")
    async with start(ready(call=active_call(), settings=(view, mute))) as it:
        assert "f6 Mute" in it.text
        await it.press("enter")
        assert "f5  Record" in it.text
        await it.press("escape", "r")
        assert "Recording is off" not in it.text
        await it.press("f5", "f6", "m")
        assert "Recording is off" in it.text
        assert it.engine.actions == [actions.Mute(call=CALL_ID)]


async def test_a_small_terminal_shows_the_first_figures(start: Start) -> None:
    async with start(IN_CALL, "f", size=(60, 15)) as it:
        it.engine.push(Statistics(delay_ms=90.0))
        await it.settle()
        assert "to 90 ms" in it.text
        assert "mouth to ear     90 ms" in it.text


async def test_a_small_terminal_says_whole_sentences(start: Start) -> None:
    async with start(IN_CALL, "x", size=(60, 15)) as it:
        said = " ".join(it.text.split())
        assert "! Transfer is off: the keys of this call cannot move to somebody else." in said
        await it.press("escape", "n")
        assert "only the two of you see them." in " ".join(it.text.split())


async def test_a_tiny_terminal_keeps_shield_and_microphone(start: Start) -> None:
    async with start(IN_CALL, size=(39, 9)) as it:
        first, *rest = it.text.splitlines()
        assert first.split() == ["⛨", "E2EE", "compared", "MIC", "ON"]
        assert not "".join(rest).strip()


async def test_a_hostile_peer_cannot_move_shield_or_microphone(start: Start) -> None:
    call = active_call(person(HOSTILE), notes=(NoteView(NOW, False, HOSTILE),))
    async with start(ready(call=call), "n") as it:
        for columns, rows in ((80, 24), (60, 15), (140, 45)):
            await it.pilot.resize_terminal(columns, rows)
            await it.settle()
            first = it.text.splitlines()[0]
            assert first.startswith(" ⛨ E2EE compared")
            assert "MIC ON" in first
            assert not {"\x1b", "\x9b", "\u202e", "\x07"} & set(it.text)


async def test_calm_meters_move_once_a_second(start: Start) -> None:
    calm = SettingView("ui.calm", "", "switch", "true", "false", "client.toml")
    async with start(ready(call=active_call(), settings=(calm,))) as it:
        it.engine.push(Meters(-10, -100))
        await it.until(lambda: it.app.meters.microphone == -10.0)
        it.engine.push(Meters(-20, -100))
        await it.settle()
        assert it.app.meters.microphone == -10.0
        it.time.passes(1.0)
        it.engine.push(Meters(-40, -100))
        await it.until(lambda: it.app.meters.microphone == -40.0)


async def test_pressing_once_more_is_asked_for_where_it_is_seen(start: Start) -> None:
    async with start(IN_CALL, "v", "t", "ctrl+x") as it:
        assert "Press it once more to end the call." in it.text
        it.time.passes(2.1)
        await it.press("escape", "escape", "colon", "ctrl+x")
        assert "Press it once more to end the call." in it.text
        assert it.engine.actions == []
        await it.press("ctrl+x")
        assert it.engine.actions == [actions.HangUp(call=CALL_ID)]


async def test_numbers_lead_to_their_screens_from_whatever_stands_on_them(start: Start) -> None:
    async with start(IN_CALL) as it:
        for to_panel, back, mode in (
            (("1", "v"), "1", "people"),
            (("3", "d"), "3", "settings"),
            (("2", "question_mark"), "2", "calls"),
            (("0", "v"), "0", "call"),
        ):
            await it.press(*to_panel)
            assert len(it.app.screen_stack) == 2
            await it.press(back)
            assert (it.mode, len(it.app.screen_stack)) == (mode, 1)
