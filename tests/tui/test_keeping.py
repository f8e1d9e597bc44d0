"""What is kept of a call on the screen: started, seen by all, agreed to or refused, stopped."""

from typing import Any

import msgspec
import pytest
from pytest_textual_snapshot import SVGImageExtension
from syrupy.assertion import SnapshotAssertion

from tests.support.fake_engine import CALL_ID, NOW, active_call, ready, ringing_call
from tests.support.fake_standard_calls import (
    ALAN_IN,
    GRACE_IN,
    KATHERINE_IN,
    able,
    standard_call,
)
from tests.tui.conftest import Running, Start
from tui_call.control import actions
from tui_call.control.views import CallView, KeptView
from tui_call.tui.screens.consent import ConsentScreen
from tui_call.tui.screens.waiting import WaitingScreen

BY_GRACE = KeptView("aa" * 16, "Grace Hopper", NOW - 60)
BY_RULE = KeptView("aa" * 16, "", NOW - 60)
TRANSCRIPT = KeptView("bb" * 16, "Alan Turing", NOW - 30)


def kept(**fields: Any) -> CallView:
    """Return a call of four in which recording and transcript may be begun."""
    given = {"capabilities": able("record", "captions", "transcript")}
    return standard_call(GRACE_IN, ALAN_IN, KATHERINE_IN, **{**given, **fields})


def rows_with(it: Running, words: str) -> list[str]:
    return [row for row in it.text.splitlines() if words in row]


@pytest.mark.parametrize("size", [(60, 15), (80, 24), (120, 40)])
async def test_while_it_is_recorded_it_says_by_whom_and_since_when(
    start: Start, size: tuple[int, int]
) -> None:
    call = kept(recording=BY_GRACE, transcript=TRANSCRIPT, own_kept="kept")
    async with start(ready(call=call), size=size) as it:
        assert it.text.splitlines()[0].startswith(" ○ NOT E2EE  REC TXT ")
        assert "MIC ON" in it.text.splitlines()[0]
        [row] = rows_with(it, "Recording ON, started by Grace Hopper 14:00.")
        assert row.rstrip().endswith(("r Stop", "r Stop  │"))
        assert rows_with(it, "Transcript ON, started by Alan Turing 14:00.")
        it.engine.change(call=kept())
        await it.settle()
        assert "REC" not in it.text
        assert "started by" not in it.text


async def test_before_anything_is_kept_nothing_is_marked(start: Start) -> None:
    begins = msgspec.structs.replace(BY_GRACE, starting=True)
    async with start(ready(call=kept(recording=begins))) as it:
        assert "REC" not in it.text.splitlines()[0]
        assert "Recording is being started by Grace Hopper." in it.text


@pytest.mark.parametrize(
    ("own", "words"), [("refused", "14:00. Not of you."), ("kept", "14:00."), ("", "14:00.")]
)
async def test_who_is_not_in_it_is_told_so(start: Start, own: str, words: str) -> None:
    async with start(ready(call=kept(recording=BY_GRACE, own_kept=own))) as it:
        [row] = rows_with(it, "started by")
        assert row.split("r Stop")[0].rstrip().endswith(words)


async def test_the_starter_sees_of_whom_nothing_is_kept(start: Start) -> None:
    members = (
        msgspec.structs.replace(GRACE_IN, kept="asked"),
        msgspec.structs.replace(ALAN_IN, kept="refused"),
        msgspec.structs.replace(KATHERINE_IN, kept="kept"),
    )
    call = kept(members=members, recording=BY_GRACE, own_kept="kept")
    async with start(ready(call=call)) as it:
        [row] = rows_with(it, "started by")
        assert "14:00. Not of Grace, Alan." in row


async def test_a_name_is_whole_where_there_is_room(start: Start) -> None:
    members = (msgspec.structs.replace(KATHERINE_IN, kept="refused"), GRACE_IN)
    recording = msgspec.structs.replace(BY_GRACE, tracks=True)
    call = kept(members=members, recording=recording, own_kept="kept")
    async with start(ready(call=call)) as it:
        [row] = rows_with(it, "ON by")
        assert "ON by Grace Hopper 14:00. Not of Katherine." in row


async def test_a_narrow_window_says_the_same_of_the_person_in_fewer_words(start: Start) -> None:
    recording = msgspec.structs.replace(BY_GRACE, tracks=True)
    call = kept(recording=recording, own_kept="refused")
    async with start(ready(call=call), size=(60, 15)) as it:
        [row] = rows_with(it, "ON by")
        assert "ON by Grace Hopper 14:00. Not of you." in row
        assert row.rstrip().endswith("r Stop")


async def test_the_time_goes_on_beside_a_question(start: Start) -> None:
    async with start(ready(call=kept()), "r") as it:
        before = it.text.splitlines()[0]
        it.time.passes(5)
        await it.until(lambda: it.text.splitlines()[0] != before)


async def test_a_narrow_roster_leaves_out_a_time_that_it_has_no_room_for(start: Start) -> None:
    call = kept(recording=BY_GRACE, own_kept="kept")
    async with start(ready(call=call), "u", size=(60, 15)) as it:
        assert "who" in it.text
        assert " s…" not in it.text


async def test_beside_what_is_kept_the_roster_says_who_added_whom(start: Start) -> None:
    call = kept(recording=BY_GRACE, own_kept="kept")
    async with start(ready(call=call), "u", size=(80, 24)) as it:
        [alan] = rows_with(it, "Alan Turing")
        assert "13:56:01, by Grace Hopper" in alan


async def test_the_list_of_what_a_call_may_do_says_what_is_on(start: Start) -> None:
    async with start(ready(call=kept(recording=BY_GRACE)), "enter") as it:
        [row] = rows_with(it, "Stop recording ")
        assert "ON, started by Grace Hopper 14:00" in row


async def test_what_is_kept_stands_with_its_key_once(start: Start) -> None:
    call = kept(recording=BY_GRACE)
    async with start(ready(call=call), size=(120, 40)) as it:
        assert it.text.count("r Stop") == 1
        assert "t Captions   T Transcript" in it.text
        assert "R Recordings" in it.text.splitlines()[-1]


async def test_the_roster_says_of_whom_it_is_and_who_reads_captions(start: Start) -> None:
    members = (
        msgspec.structs.replace(GRACE_IN, kept="kept", captions=True),
        msgspec.structs.replace(ALAN_IN, kept="refused"),
        msgspec.structs.replace(KATHERINE_IN, kept="asked", captioned=False),
    )
    call = kept(members=members, recording=BY_GRACE, own_kept="kept")
    async with start(ready(call=call), "u") as it:
        for name, words in (
            ("you", "  kept  "),
            ("Grace Hopper ", "kept, reads captions"),
            ("Alan Turing", "not kept"),
            ("Katherine", "asked, not captioned"),
        ):
            assert [row for row in rows_with(it, name) if words in row]
        it.engine.change(call=msgspec.structs.replace(call, own_kept="refused", captions=True))
        await it.until(lambda: "not kept, reads captions  " in it.text)
        it.engine.change(call=kept())
        await it.settle()
        assert "kept" not in it.text


@pytest.mark.parametrize(
    ("size", "words"),
    [((80, 24), "kept, reads captions, n… 13"), ((140, 40), "reads captions, not captioned  ")],
)
async def test_a_long_mark_in_the_roster_runs_into_nothing(
    start: Start, size: tuple[int, int], words: str
) -> None:
    grace = msgspec.structs.replace(GRACE_IN, kept="kept", captions=True, captioned=False)
    call = kept(members=(grace, ALAN_IN), recording=BY_GRACE, own_kept="kept")
    async with start(ready(call=call), "u", size=size) as it:
        [row] = rows_with(it, "reads captions")
        assert words in row


# Starting and stopping


@pytest.mark.parametrize(
    ("keys", "order"),
    [
        (("r", "enter"), actions.RecordCall(True, call=CALL_ID)),
        (("r", "down", "enter"), actions.RecordCall(True, tracks=True, call=CALL_ID)),
        (("r", "escape"), None),
        (("T",), actions.Transcribe(True, call=CALL_ID)),
    ],
)
async def test_keys_start_recording_and_transcript(
    start: Start, keys: tuple[str, ...], order: actions.Action | None
) -> None:
    async with start(ready(call=kept()), *keys) as it:
        assert it.engine.actions == ([order] if order else [])


async def test_the_same_keys_stop_them(start: Start) -> None:
    call = kept(recording=BY_GRACE, transcript=TRANSCRIPT)
    async with start(ready(call=call), "r", "T") as it:
        assert it.engine.actions == [
            actions.RecordCall(False, call=CALL_ID),
            actions.Transcribe(False, call=CALL_ID),
        ]


async def test_what_is_recorded_by_rule_offers_nobody_to_stop_it(start: Start) -> None:
    async with start(ready(call=kept(recording=BY_RULE, own_kept="kept"))) as it:
        assert "Recording ON by rule since 14:00, nobody stops it." in it.text
        assert "Stop" not in it.text
        it.engine.refuse(actions.RecordCall, "not_allowed", "Nobody can.")
        await it.press("r")
        assert "Nobody can." in it.text


async def test_a_rule_keeps_also_who_says_no_to_a_transcript_beside_it(start: Start) -> None:
    members = (msgspec.structs.replace(ALAN_IN, kept="refused"),)
    call = kept(members=members, recording=BY_RULE, transcript=TRANSCRIPT, own_kept="kept")
    async with start(ready(call=call)) as it:
        [row] = rows_with(it, "by rule since")
        assert "Not of" not in row
        await it.press("u")
        *_, row = rows_with(it, "Alan Turing")
        assert "  kept" in row
        assert "not kept" not in row


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("r", "Recording is off: only your two devices have the sound."),
        ("T", "Transcript is off: the bridge would have to hear the call."),
    ],
)
async def test_in_an_e2ee_call_each_key_says_why_not(start: Start, key: str, words: str) -> None:
    async with start(ready(call=active_call()), key) as it:
        assert words in it.text
        assert "l Leave E2EE for this" in it.text
        assert it.engine.actions == []


# The question


@pytest.mark.parametrize(("key", "agrees"), [("y", True), ("n", False)])
async def test_who_is_asked_agrees_or_refuses(start: Start, key: str, agrees: bool) -> None:
    async with start(ready(call=kept())) as it:
        it.engine.change(call=kept(recording=BY_GRACE, own_kept="asked"))
        asks = "Grace Hopper wants to record. You may refuse, or leave."
        await it.until(lambda: asks in it.text)
        await it.at_once("enter", "y", "n")
        assert it.engine.actions == [], "what is still typed is no answer"
        await it.press("enter", "space")
        assert "y Agree  n Refuse" in it.text
        await it.press(key)
        await it.until(lambda: actions.AgreeToBeKept(agrees, call=CALL_ID) in it.engine.actions)
        own = "kept" if agrees else "refused"
        it.engine.change(call=kept(recording=BY_GRACE, own_kept=own))
        await it.settle()
        assert not isinstance(it.app.screen, ConsentScreen)


async def test_while_it_is_asked_the_call_is_seen_and_can_be_left(start: Start) -> None:
    asked = kept(transcript=TRANSCRIPT, own_kept="asked")
    async with start(ready(call=asked)) as it:
        assert "Alan Turing wants a transcript. You may refuse, or leave." in it.text
        assert it.text.splitlines()[0].startswith(" ○ NOT E2EE  TXT")
        assert "ctrl+x End" in it.text
        await it.press("ctrl+x")
        assert it.engine.actions == [actions.HangUp(call=CALL_ID)]


async def test_while_it_is_asked_the_microphone_and_who_calls_too_can_be_seen_to(
    start: Start,
) -> None:
    asked = kept(recording=BY_GRACE, own_kept="asked")
    async with start(ready(call=asked)) as it:
        assert "m Mute" in it.text.splitlines()[-1]
        assert "w Look" not in it.text
        it.engine.change(calls=(asked, ringing_call(id="cc" * 16, place="waiting")))
        await it.settle()
        assert "w Look" in it.text.splitlines()[-1]
        await it.press("m")
        assert it.engine.actions == [actions.Mute(call=CALL_ID)]
        await it.press("w")
        assert isinstance(it.app.screen, WaitingScreen)
        await it.press("a")
        assert it.engine.actions[-1] == actions.Answer(call="cc" * 16, front="hold")
        assert isinstance(it.app.screen, ConsentScreen)


async def test_what_was_said_may_be_changed_where_it_is_listed(start: Start) -> None:
    async with start(ready(call=kept(recording=BY_GRACE, own_kept="asked"))) as it:
        assert "It can be changed later in the call: its roster lists who is kept." in it.text
        it.engine.change(call=kept(recording=BY_GRACE, own_kept="kept"))
        await it.settle()
        await it.press("u")
        assert "n Keep me out" in it.text
        assert "y Keep me too" not in it.text
        await it.press("y", "n")
        it.engine.change(call=kept(recording=BY_GRACE, own_kept="refused"))
        await it.settle()
        assert "n Keep me out" not in it.text
        await it.press("n", "y")
        assert it.engine.actions == [
            actions.AgreeToBeKept(False, call=CALL_ID),
            actions.AgreeToBeKept(True, call=CALL_ID),
        ]


@pytest.mark.parametrize("recording", [None, BY_RULE])
async def test_where_nobody_asks_there_is_nothing_to_answer(
    start: Start, recording: KeptView | None
) -> None:
    own = "kept" if recording else ""
    async with start(ready(call=kept(recording=recording, own_kept=own)), "u", "y", "n") as it:
        assert "Keep me" not in it.text
        assert it.engine.actions == []


async def test_who_is_asked_for_two_things_at_once_reads_both(start: Start) -> None:
    call = kept(recording=BY_GRACE, transcript=TRANSCRIPT, own_kept="asked")
    async with start(ready(call=call)) as it:
        assert "Grace Hopper wants to record, Alan Turing to transcribe. You may refuse." in it.text


async def test_who_began_it_and_came_back_is_asked_as_such(start: Start) -> None:
    mine = msgspec.structs.replace(TRANSCRIPT, by="you", mine=True)
    async with start(ready(call=kept(transcript=mine, own_kept="asked"))) as it:
        assert "You began to keep this call. May what you say be kept again?" in it.text
        it.engine.change(call=kept(recording=BY_GRACE, transcript=mine, own_kept="asked"))
        await it.settle()
        assert "Grace Hopper wants to record. You may refuse, or leave." in it.text


async def test_a_question_that_was_answered_elsewhere_goes(start: Start) -> None:
    async with start(ready(call=kept(recording=BY_GRACE, own_kept="asked"))) as it:
        assert isinstance(it.app.screen, ConsentScreen)
        it.engine.change(call=kept())
        await it.settle()
        assert not isinstance(it.app.screen, ConsentScreen)
        again = msgspec.structs.replace(BY_GRACE, id="cc" * 16)
        it.engine.change(call=kept(recording=again, own_kept="asked"))
        await it.until(lambda: isinstance(it.app.screen, ConsentScreen))


async def test_pictures(start: Start, snapshot: SnapshotAssertion) -> None:
    picture = snapshot.use_extension(SVGImageExtension)
    asked = kept(recording=BY_GRACE, transcript=TRANSCRIPT, own_kept="asked")
    async with start(ready(call=kept(recording=BY_GRACE, transcript=TRANSCRIPT))) as it:
        for columns, rows in ((120, 40), (80, 24), (60, 15)):
            await it.pilot.resize_terminal(columns, rows)
            await it.settle()
            assert it.app.export_screenshot() == picture(name=f"recorded-{columns}x{rows}")
        await it.pilot.resize_terminal(80, 24)
        it.engine.change(call=asked)
        await it.until(lambda: isinstance(it.app.screen, ConsentScreen))
        await it.settle()
        await it.wake()
        await it.until(lambda: "y Agree" in it.text)
        await it.settle()
        assert it.app.export_screenshot() == picture(name="asked-80x24")
