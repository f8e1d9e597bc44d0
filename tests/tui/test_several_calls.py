"""Several calls on the screen: the one in front whole, the others a line each, and `w`."""

import msgspec
import pytest
from pytest_textual_snapshot import SVGImageExtension
from syrupy.assertion import SnapshotAssertion
from textual import events
from textual.widgets import Input

from tests.support.fake_engine import (
    CALL_ID,
    CODE,
    GRACE,
    HOSTILE,
    NOW,
    PEOPLE,
    SETTINGS,
    active_call,
    person,
    ready,
    ringing_call,
    said,
)
from tests.support.fake_standard_calls import member
from tests.tui.conftest import Running, Start
from tui_call.control import actions
from tui_call.control.views import CallView, EventView, NoteView, PersonView
from tui_call.tui.screens.call import CallScreen
from tui_call.tui.screens.consent import ConsentScreen
from tui_call.tui.screens.keys import KeysScreen
from tui_call.tui.screens.waiting import WaitingScreen

ALAN, RADIA = PEOPLE[1], PEOPLE[3]
HELD_ID, WAITING_ID = "11" * 16, "22" * 16


def held(peer: PersonView = ALAN, **fields: object) -> CallView:
    given = {"id": HELD_ID, "place": "held", "on_hold": True, "microphone": "held"}
    return active_call(peer, **{**given, "shield": said("SH_SEEN"), "started": NOW - 90, **fields})


def waits(peer: PersonView = RADIA, **fields: object) -> CallView:
    return ringing_call(peer, **{"id": WAITING_ID, "place": "waiting", **fields})


def both(*others: CallView) -> dict[str, tuple[CallView, ...]]:
    return {"calls": (active_call(), *others)}


async def show(it: Running, *calls: CallView) -> None:
    it.engine.change(calls=calls)
    await it.settle()


async def test_a_caller_beside_a_call_is_a_line_and_takes_no_key(start: Start) -> None:
    async with start(ready(calls=(active_call(),)), "n", "h") as it:
        await show(it, active_call(), waits())
        assert it.mode == "call"
        assert isinstance(it.app.focused, Input)
        banner = it.text.splitlines()[1]
        assert "⛨ E2EE compared" in banner
        assert "Radia Perlman" in banner
        assert "CALLS YOU TOO" in banner
        await it.press("a", "d", "enter")
        assert it.engine.actions == [actions.Note("had", call=CALL_ID)]


async def test_w_looks_and_its_keys_wake_late(start: Start) -> None:
    async with start(ready(**both(waits())), "w") as it:
        assert isinstance(it.app.screen, WaitingScreen)
        assert "Radia Perlman calls you too" in it.text
        assert it.app.focused is None
        await it.at_once("escape", "w", "a")  # the keys sleep, whatever brought the panel up
        assert it.engine.actions == []
        it.app.post_message(events.Paste("aed"))
        await it.settle()
        await it.at_once("e")
        assert it.engine.actions == []
        it.time.passes(1.0)
        await it.press("a")
        assert it.engine.actions == [actions.Answer(call=WAITING_ID, front="hold")]
        assert isinstance(it.app.screen, CallScreen)


@pytest.mark.parametrize(
    ("key", "order"),
    [
        ("e", actions.Answer(call=WAITING_ID, front="end")),
        ("d", actions.Decline(call=WAITING_ID)),
        ("escape", None),
    ],
)
async def test_other_ways_out_of_the_panel(
    start: Start, key: str, order: actions.Action | None
) -> None:
    async with start(ready(**both(waits())), "w", key) as it:
        assert it.engine.actions == ([order] if order else [])
        assert isinstance(it.app.screen, CallScreen)


async def test_a_caller_who_gives_up_closes_the_panel(start: Start) -> None:
    async with start(ready(**both(waits())), "w") as it:
        await show(it, active_call())
        assert isinstance(it.app.screen, CallScreen)
        assert said("N_CALL_OVER").text in it.text
        await it.press("a", "e")
        assert it.engine.actions == []


async def test_w_swaps_with_the_one_other_call(start: Start) -> None:
    async with start(ready(**both(held()))) as it:
        line = it.text.splitlines()[1]
        assert all(words in line for words in ("Alan Turing", "01:30  ON HOLD", "w Swap"))
        await it.press("w")
        assert it.engine.actions == [actions.Swap(call=HELD_ID)]
        await show(it, held(place="front", on_hold=False), active_call(place="held", on_hold=True))
        assert "Alan Turing" in it.text.splitlines()[0]
        assert "Grace Hopper" in it.text.splitlines()[1]


async def test_a_note_of_who_is_held_is_said_in_the_reason_line(start: Start) -> None:
    before = NoteView(NOW - 9, mine=False, text="read before", number=1)
    fresh = NoteView(NOW, mine=False, text="back in [b]five[/b]", number=2)
    own = NoteView(NOW, mine=True, text="fine", number=3)
    third = NoteView(NOW, mine=False, text="me too", number=4, by="Radia")
    async with start(ready(**both(held(notes=(before,))))) as it:
        await show(it, active_call(), held(notes=(before, fresh)))
        assert "Note from Alan Turing: back in [b]five[/b]" in it.text
        assert "read before" not in it.text
        await it.press("escape")
        await show(it, active_call(), held(notes=(before, fresh, own)))
        assert "Note from" not in it.text
        await show(it, active_call(), held(notes=(before, fresh, own, third)))
        assert "Note from Radia: me too" in it.text


async def test_who_is_held_and_does_not_leave_e2ee_is_named_in_the_reason_line(
    start: Start,
) -> None:
    waiting_for = held(question=said("G_LEAVE_WAIT", "on hold", peer="Alan Turing"), asks=True)
    no = said("G_LEAVE_NO", "refused by peer, on hold", peer="Alan Turing")
    over = held(events=(*waiting_for.events, EventView(NOW, no, 99)))
    async with start(ready(**both(waiting_for))) as it:
        await it.until(lambda: isinstance(it.app.screen, ConsentScreen))
        await show(it, active_call(), over)
        assert isinstance(it.app.screen, CallScreen)
        assert "Alan Turing said no. The call with Alan Turing stays E2EE, and on hold." in it.text
        await it.press("escape")
        await show(it, active_call(muted=True), over)
        assert "said no" not in it.text


async def test_w_asks_which_of_several(start: Start) -> None:
    second = held(RADIA, id=WAITING_ID, on_hold=True, shield=said("SH_COMPARED", date="14 Aug"))
    async with start(ready(**both(held(), second)), "w") as it:
        assert "Which call?" in it.text
        rows = [row for row in it.text.splitlines() if "E2EE" in row][-2:]
        assert {row.index("ON HOLD") - row.index("E2EE") for row in rows} == {20}
        await it.press("down", "enter")
        assert it.engine.actions == [actions.Swap(call=WAITING_ID)]


async def test_a_call_that_comes_back_to_the_front_stays_held_until_w(start: Start) -> None:
    async with start(ready(**both(held()))) as it:
        over = active_call(
            phase="ended",
            place="over",
            ended=NOW,
            end_reason=said("G_ENDED", dur="1:00", who="You"),
        )
        await show(it, held(place="front"), over)
        assert "You hung up." in it.text
        assert "Alan Turing is still on hold and hears nothing." in it.text
        assert "w Go back" in it.text
        assert it.engine.actions == [actions.DismissCall(call=CALL_ID)]
        await show(it, held(place="front"))
        await it.press("w")
        assert it.engine.actions[1:] == [actions.Hold(on=False, call=HELD_ID)]
        assert "still on hold" in it.text
        await show(it, held(place="front", on_hold=False, microphone="on"))
        assert "still on hold" not in it.text


@pytest.mark.parametrize(
    ("behind", "beside", "still"),
    [
        ((), "hears nothing meanwhile", "Alan Turing is still on hold and hears nothing."),
        ((ALAN,), "hears music meanwhile", "Alan Turing is still on hold and hears music."),
        ((ALAN, RADIA), "You hold the call", "You still hold this call: nobody hears you."),
    ],
    ids=["E2EE", "standard", "of three"],
)
async def test_what_the_others_hear_meanwhile_is_said(
    start: Start, behind: tuple[PersonView, ...], beside: str, still: str
) -> None:
    members = tuple(member(one, number) for number, one in enumerate(behind, 1))
    call = msgspec.structs.replace(held(), kind="standard", members=members) if behind else held()
    front = msgspec.structs.replace(call, place="front")
    async with start(ready(calls=(front, waits())), "w") as it:
        assert beside in it.text
    async with start(ready(calls=(active_call(), call))) as it:
        reason = said("G_ENDED", dur="1:00", who="You")
        over = active_call(phase="ended", place="over", end_reason=reason)
        await show(it, front, over)
        assert still in it.text


async def test_ending_twice_quickly_ends_one_call(start: Start) -> None:
    async with start(ready(**both(held()))) as it:
        await it.at_once("ctrl+x")
        await show(it, held(place="front"))
        it.time.passes(0.5)
        await it.at_once("ctrl+x")
        assert it.engine.actions == [actions.HangUp(call=CALL_ID)]
        assert said("C_OTHER_IN_FRONT").text in it.text
        it.time.passes(1.0)
        await it.at_once("ctrl+x")
        assert it.engine.actions[1:] == [actions.HangUp(call=HELD_ID)]


async def test_letters_of_a_note_are_no_keys_for_the_call_that_came(start: Start) -> None:
    async with start(ready(**both(held())), "n", "h", "i") as it:
        await show(it, held(place="front"))
        await it.at_once("m", "h", "enter")
        assert it.engine.actions == []


async def test_what_is_still_typed_of_a_note_is_no_key_when_the_call_ends(start: Start) -> None:
    async with start(ready(calls=(active_call(),)), "n", "h", "i") as it:
        over = said("G_ENDED", dur="1:00", who="Grace")
        await show(it, active_call(phase="ended", place="over", ended=NOW, end_reason=over))
        assert not isinstance(it.app.focused, Input)
        assert it.app.screen.query_one("#note", Input).value == "hi"
        await it.at_once("c")
        assert it.engine.actions == []
        it.time.passes(1.0)
        await it.at_once("c")
        assert it.engine.actions == [actions.Call("grace@acme")]


async def test_of_a_call_that_was_none_nothing_is_over(start: Start) -> None:
    busy = active_call(phase="ended", place="over", started=0, ended=NOW)
    async with start(ready(calls=(busy,)), "0") as it:
        assert "No call with Grace Hopper came about." in it.text
        assert "is over" not in it.text


async def test_the_code_stays_with_its_call(start: Start) -> None:
    async with start(ready(**both(held())), "1", "v") as it:
        await it.press("escape", "0", "v")
        assert isinstance(it.app.screen, KeysScreen)
        assert "Keys with Grace Hopper" in it.text
        it.time.passes(3.0)
        await it.press("y")
        order = actions.Compare("match", "digits", code=CODE.digits, call=CALL_ID)
        assert it.engine.actions == [order]
        await show(it, held(place="front", on_hold=False), active_call(place="held"))
        assert isinstance(it.app.screen, CallScreen)


async def test_what_a_key_opened_is_closed_again_in_its_own_call(start: Start) -> None:
    async with start(ready(calls=(active_call(muted=True, microphone="muted"), held()))) as it:
        await it.press("space")
        await it.settle()
        assert it.engine.actions == [actions.Mute(on=False, call=CALL_ID)]
        await show(it, held(place="front", on_hold=False), active_call(place="held", on_hold=True))
        assert it.engine.actions[1:] == [actions.Mute(on=True, call=CALL_ID)]


async def test_leaving_counts_the_calls_and_ends_each(start: Start) -> None:
    async with start(ready(**both(held())), "q") as it:
        assert "2 calls are on." in it.text
        await it.press("down", "down", "enter")
        await it.until(lambda: len(it.engine.actions) == 2)
        assert it.engine.actions == [
            actions.HangUp(call=CALL_ID, whole=True), actions.HangUp(call=HELD_ID, whole=True),
        ]  # fmt: skip


@pytest.mark.parametrize("size", [(60, 15), (38, 9), (30, 24)])
async def test_small_windows_say_who_waits(start: Start, size: tuple[int, int]) -> None:
    async with start(ready(**both(waits(), held())), size=size) as it:
        assert "Radia" in "\n".join(it.text.splitlines()[:2])
        await it.press("w")
        assert isinstance(it.app.screen, WaitingScreen)


async def test_one_line_leads_to_the_call_on_hold(start: Start) -> None:
    async with start(ready(**both(held())), size=(39, 9)) as it:
        line = it.text.splitlines()[0]
        assert all(words in line for words in ("E2EE compared", "MIC ON", "w Swap"))
        await it.press("w")
        assert it.engine.actions == [actions.Swap(call=HELD_ID)]


async def test_two_calls_with_hostile_names(start: Start, snapshot: SnapshotAssertion) -> None:
    picture = snapshot.use_extension(SVGImageExtension)
    hostile = person(HOSTILE, devices=(HOSTILE,))
    async with start(ready(**both(waits(hostile), held(hostile)))) as it:
        for columns, rows in ((140, 45), (80, 24), (60, 15)):
            await it.pilot.resize_terminal(columns, rows)
            await it.settle()
            assert it.app.export_screenshot() == picture(name=f"call-{columns}x{rows}")
        await it.press("w")
        for columns, rows in ((80, 24), (60, 15)):
            await it.pilot.resize_terminal(columns, rows)
            await it.settle()
            assert it.app.export_screenshot() == picture(name=f"waiting-{columns}x{rows}")


async def test_lines_in_ascii(start: Start) -> None:
    glyphs = next(view for view in SETTINGS if view.key == "ui.glyphs")
    settings = (msgspec.structs.replace(glyphs, value="ascii"),)
    async with start(ready(settings=settings, calls=(active_call(), waits(GRACE)))) as it:
        assert it.text.splitlines()[1].isascii()
