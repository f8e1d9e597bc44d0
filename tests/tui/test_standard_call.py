"""A standard call on the screen: who can hear it, who is in it, and the keys that move people."""

import re
from typing import Any

import msgspec
import pytest
from pytest_textual_snapshot import SVGImageExtension
from syrupy.assertion import SnapshotAssertion

from tests.support.fake_engine import (
    CALL_ID,
    GRACE,
    HOSTILE,
    NOW,
    PEOPLE,
    active_call,
    person,
    ready,
    ringing_call,
    said,
)
from tests.support.fake_standard_calls import (
    ALAN,
    ALAN_IN,
    GRACE_IN,
    KATHERINE_IN,
    crowd,
    member,
    standard_call,
)
from tests.tui.conftest import Running, Start
from tui_call.control import actions
from tui_call.control.lines import Meters
from tui_call.control.views import (
    CallView,
    EncryptionView,
    KeptView,
    MemberView,
    NoteView,
    OwnDeviceView,
    ServiceView,
)
from tui_call.tui.screens.roster import RosterScreen

OTHER_ID, THIRD_ID = "33" * 16, "44" * 16
OF_FOUR = ready(call=standard_call(GRACE_IN, ALAN_IN, KATHERINE_IN))
OF_TWO = ready(call=standard_call(GRACE_IN, why_standard=said("Y_ASKED", "own")))


def rows_with(it: Running, words: str) -> list[str]:
    return [row for row in it.text.splitlines() if words in row]


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_it_says_who_can_hear_why_and_who_is_here(
    start: Start, size: tuple[int, int]
) -> None:
    async with start(OF_FOUR, size=size) as it:
        first, second, third = it.text.splitlines()[:3]
        assert first.startswith(" ○ NOT E2EE")
        assert " + 2 others" in first
        assert "the bridge of acme can hear everybody" in second
        assert "Not E2EE: more than two people" in third
        assert rows_with(it, "○ bridge of acme")
        for name in ("you", "Grace Hopper", "Alan Turing", "Katherine Johnson"):
            assert rows_with(it, name)
        assert "muted" in it.text
        assert "⛨" not in it.text


@pytest.mark.parametrize("kept", [None, KeptView("aa" * 16, "Grace Hopper", NOW)])
async def test_a_small_window_says_how_many_more_are_here(
    start: Start, kept: KeptView | None
) -> None:
    call = standard_call(GRACE_IN, ALAN_IN, KATHERINE_IN, recording=kept, transcript=kept)
    async with start(ready(call=call), size=(60, 15)) as it:
        first = it.text.splitlines()[0]
        assert re.search(r" Grace.* \+ ?2 ", first), first


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"state": "ringing"}, "ringing"),
        ({"state": "joining"}, "joining"),
        ({"state": "lost"}, "LOST CONNECTION"),
        ({"state": "gone"}, "has left"),
        ({"holding": True}, "ON HOLD"),
        ({"waits": True}, "hears music"),
        ({"apart": True}, "speaks apart"),
    ],
)
async def test_a_card_says_where_somebody_stands(
    start: Start, fields: dict[str, Any], words: str
) -> None:
    call = standard_call(GRACE_IN, member(ALAN, 2, **fields))
    async with start(ready(call=call), size=(120, 40)) as it:
        assert words in it.text
        assert "╭┄ Alan Turing" in it.text


async def test_whose_voice_is_heard_is_told_by_the_number_of_the_member(start: Start) -> None:
    async with start(OF_FOUR) as it:
        it.engine.push(Meters(-100, -20, peer_speaking=True, voices={2: -20.0}))
        await it.until(lambda: "speaking" in it.text)
        [spoken] = rows_with(it, "speaking")
        assert spoken.index("Alan Turing") < spoken.index("speaking") < spoken.index("Katherine")


@pytest.mark.parametrize("size", [(80, 24), (100, 30), (140, 45)])
async def test_there_is_a_tile_for_each_of_sixteen(start: Start, size: tuple[int, int]) -> None:
    async with start(ready(call=crowd(16)), size=size) as it:
        assert it.text.count("PN ") == 15
        assert it.text.count("listening") == 15
        assert "Off in this call" in it.text


async def test_the_tile_of_who_speaks_comes_first_and_stays_for_a_while(start: Start) -> None:
    def first(it: Running) -> str:
        return it.text.splitlines()[4].split("│")[1]

    async with start(ready(call=crowd(6))) as it:
        it.engine.push(Meters(-100, -20, voices={4: -20.0}))
        await it.until(lambda: "speaking" in it.text)
        speaking = it.text.splitlines()[5].split("│")[1]
        assert "speaking" in speaking
        it.time.passes(1.0)
        it.engine.push(Meters(-100, -20, voices={2: -20.0}))
        await it.settle()
        assert "speaking" not in it.text.splitlines()[5].split("│")[1], "nobody else yet"
        it.time.passes(2.0)
        it.engine.push(Meters(-100, -20, voices={2: -21.0}))
        await it.until(lambda: "speaking" in it.text.splitlines()[5].split("│")[1])
        assert "PN" in first(it)


async def test_the_roster_says_who_came_when_and_by_whom(start: Start) -> None:
    async with start(OF_FOUR, "u") as it:
        assert isinstance(it.app.screen, RosterScreen)
        [alan] = rows_with(it, "Alan Turing")
        assert all(words in alan for words in ("listening", "laptop", "13:56:01, by Grace"))
        assert "desk phone" in rows_with(it, "Grace Hopper ")[0]
        it.engine.change(call=standard_call(GRACE_IN, member(ALAN, 2, state="lost")))
        await it.settle()
        assert "LOST CONNECTION" in rows_with(it, "Alan Turing")[0]
        await it.press("escape")
        assert it.mode == "call"
        assert not isinstance(it.app.screen, RosterScreen)


async def test_the_roster_says_that_one_speaks_oneself(start: Start) -> None:
    async with start(OF_TWO, "u") as it:
        assert "silent" in rows_with(it, " you ")[0]
        it.engine.push(Meters(-18, -100, speaking=True))
        await it.until(lambda: "speaking" in rows_with(it, " you ")[0])


async def test_a_small_window_shows_some_and_leads_to_all(start: Start) -> None:
    async with start(ready(call=crowd(16)), size=(60, 15)) as it:
        assert "+13 more, u" in it.text
        await it.press("u")
        assert len(rows_with(it, "Person")) > 9


# Moving people


async def test_people_are_found_while_one_types(start: Start) -> None:
    async with start(OF_TWO, "x") as it:
        assert "Grace Hopper hears ringing and sees to whom" in it.text
        assert not rows_with(it, "> Grace")
        assert rows_with(it, "Alan Turing")
        await it.press(*"kath")
        assert not rows_with(it, "Alan Turing")
        await it.press("enter")
        assert it.engine.actions == [actions.Transfer("katherine@acme", call=CALL_ID)]


async def test_who_is_in_no_list_is_meant_by_a_whole_address(start: Start) -> None:
    async with start(OF_TWO, "plus", *"eve") as it:
        assert "Nobody by that name here" in it.text
        await it.press("enter")
        assert it.engine.actions == []
        await it.press("at", *"acme", "enter")
        assert it.engine.actions == [actions.Add("eve@acme", call=CALL_ID)]


async def test_in_a_large_organisation_the_service_looks_too(start: Start) -> None:
    large = msgspec.structs.replace(OF_TWO, service=ServiceView("online", more_people=True))
    async with start(large, "x", *"que") as it:
        await it.until(lambda: actions.FindPeople("que") in it.engine.actions)
        found = person("Quentin", account="quentin@acme")
        it.engine.change(people=(*PEOPLE, found))
        await it.until(lambda: bool(rows_with(it, "> Quentin")))


@pytest.mark.parametrize(
    ("keys", "order"),
    [
        (("X", "down", "enter"), actions.Transfer("echo@acme", ask=True, call=CALL_ID)),
        (("plus", "enter"), actions.Add("alan@acme", call=CALL_ID)),
        (("p",), actions.Park(call=CALL_ID)),
        (("g",), actions.Merge(call=CALL_ID)),
        (("H",), actions.HandOver(call=CALL_ID)),
        (("x", "escape"), None),
    ],
)
async def test_a_key_for_each_way_to_move_a_call(
    start: Start, keys: tuple[str, ...], order: actions.Action | None
) -> None:
    async with start(OF_TWO, *keys) as it:
        assert it.engine.actions == ([order] if order else [])


@pytest.mark.parametrize(
    ("recording", "on", "words"),
    [
        (KeptView("aa" * 16, "", NOW), True, "A call that is recorded by rule cannot go E2EE."),
        (KeptView("aa" * 16, "Grace", NOW), False, "E2EE calls are off"),
        (KeptView("aa" * 16, "Grace", NOW), True, "y asks Grace Hopper to go E2EE"),
    ],
)
async def test_going_e2ee_is_offered_where_nothing_known_here_rules_it_out(
    start: Start, recording: KeptView, on: bool, words: str
) -> None:
    call = msgspec.structs.replace(OF_TWO.calls[0], recording=recording)
    status = said("ON_SELF", policy="organisation") if on else said("OFF_SELF")
    encryption = EncryptionView(on=on, status=status, decided_by=said("SRC_SELF", file="x"))
    async with start(ready(call=call, encryption=encryption), "v") as it:
        assert words in it.text
        assert ("y Go E2EE" in it.text) == words.startswith("y ")
        await it.press("y")
        assert it.engine.actions == ([actions.GoE2EE(call=CALL_ID)] if "y asks" in words else [])


async def test_where_the_call_is_parked_is_said(start: Start) -> None:
    async with start(OF_TWO) as it:
        it.engine.results[actions.Park] = {"slot": 71}
        await it.press("p")
        assert "Parked at 71. P here or in People retrieves it." in it.text


@pytest.mark.parametrize(
    "parked", [(), ({"slot": 71, "by": "Grace", "people": ["Alan Turing", "Zoe"]},)]
)
@pytest.mark.parametrize("where", ["call", "people"])
async def test_what_is_parked_is_listed_and_retrieved(
    start: Start, where: str, parked: tuple[dict[str, Any], ...]
) -> None:
    async with start(OF_TWO if where == "call" else ready()) as it:
        rows = [{**row, "rings_at": NOW + 100} for row in parked]
        it.engine.results[actions.ListParked] = {"parked": rows}
        await it.press("P")
        if not parked:
            assert "Nothing is parked where you could retrieve it." in it.text
            return
        [row] = rows_with(it, "71 Alan Turing +1")
        assert "parked by Grace, rings back in 9" in row
        await it.press("enter")
        assert it.engine.actions == [actions.ListParked(), actions.Retrieve(71)]


async def test_of_several_other_calls_and_devices_one_is_chosen(start: Start) -> None:
    others = (
        active_call(PEOPLE[3], id=OTHER_ID, place="held", on_hold=True),
        active_call(PEOPLE[5], id=THIRD_ID, place="held", on_hold=True),
    )
    devices = tuple(
        OwnDeviceView(f"{number:032}", name, online=online, here=name == "here")
        for number, (name, online) in enumerate(
            [("here", True), ("desk", True), ("phone", True), ("attic", False)]
        )
    )
    me = msgspec.structs.replace(OF_TWO.me, devices=devices)
    async with start(ready(me=me, calls=(OF_TWO.calls[0], *others)), "g", "down", "enter") as it:
        assert it.engine.actions == [actions.Merge(THIRD_ID, call=CALL_ID)]
        await it.press("H")
        assert "attic" not in it.text
        await it.press("down", "enter")
        assert it.engine.actions[1:] == [actions.HandOver(devices[2].id, call=CALL_ID)]


async def test_after_asking_first_one_key_joins_them_and_one_comes_back(start: Start) -> None:
    asks = said("G_CONSULT", "own", who="Alan Turing", peer="Grace Hopper")
    call = standard_call(GRACE_IN, transfer=asks, consulting=True)
    async with start(ready(call=call)) as it:
        assert "Speaking with Alan Turing first. Grace Hopper is on hold." in it.text
        assert "ctrl+x Back" in it.text
        assert "x Join them" in it.text
        await it.press("x", "ctrl+x")
        assert it.engine.actions == [
            actions.CompleteTransfer(call=CALL_ID),
            actions.HangUp(call=CALL_ID),
        ]


async def test_who_leaves_while_asking_first_comes_back_to_nobody(start: Start) -> None:
    call = standard_call(GRACE_IN, consulting=True)
    async with start(ready(call=call), "q", "down", "down", "enter") as it:
        await it.until(lambda: it.engine.closed)
        assert it.engine.actions == [actions.HangUp(call=CALL_ID, whole=True)]


async def test_a_refusal_is_said_in_the_reason_line(start: Start) -> None:
    async with start(OF_TWO) as it:
        it.engine.refuse(actions.Park, "gate", said("N_NOSLOT"))
        await it.press("p")
        assert "! Park is off: no free park place." in it.text


async def test_what_may_not_be_kept_says_so_and_why(start: Start) -> None:
    async with start(OF_TWO, "r") as it:
        assert "! Recording is off: policy desk does not allow it." in it.text
        assert it.engine.actions == []


# Notes


async def test_without_notes_it_says_who_can_read_them(start: Start) -> None:
    async with start(OF_TWO, "n") as it:
        assert "Notes here are not E2EE: the service that passes them on can read them." in it.text
        await it.press(*"hi", "enter")
        assert it.engine.actions == [actions.Note("hi", call=CALL_ID)]


async def test_of_several_it_is_seen_who_wrote_a_note(start: Start) -> None:
    notes = (
        NoteView(NOW - 5, mine=False, text="at eight", number=1, by="Alan Turing"),
        NoteView(NOW - 4, mine=False, text=HOSTILE[:60], number=2, by="Katherine Johnson"),
        NoteView(NOW - 3, mine=True, text="fine", number=3),
        NoteView(NOW - 2, mine=False, text="at nine", number=4, by="Alan Kay"),
    )
    call = msgspec.structs.replace(OF_FOUR.calls[0], notes=notes)
    async with start(ready(call=call), "n") as it:
        for words, who in (
            ("Alan Turing: at eight", "Alan"),
            ("[@click=app.quit]Mallory", "Kathe…"),
            ("fine", "you"),
            ("Alan Kay: at nine", "Alan"),
        ):
            [row] = rows_with(it, words)
            assert f"  {who} " in row


# The kind of a call


def comes(**fields: Any) -> CallView:
    kind = {"kind": "standard", "shield": said("SH_STANDARD", org="acme")}
    why = said("Y_ASKED", "other side sees", peer="Grace Hopper")
    return ringing_call(GRACE, **{**kind, "why_standard": why, **fields})


async def test_a_caller_is_shown_with_the_reason_before_anybody_speaks(start: Start) -> None:
    async with start(ready(call=comes())) as it:
        assert it.mode == "incoming"
        assert "○ NOT E2EE" in it.text
        assert "the bridge of acme can hear" in it.text
        assert "Not E2EE: Grace Hopper asked for a standard call." in it.text
    beside = (active_call(PEOPLE[5]), comes(id=OTHER_ID, place="waiting"))
    async with start(ready(calls=beside)) as it:
        assert "○ NOT E2EE" in it.text.splitlines()[1]
        await it.press("w")
        assert "Not E2EE: Grace Hopper asked for a standard call." in it.text


# Foreign names


def hostile() -> tuple[MemberView, ...]:
    whom = person(HOSTILE, account="mallory@acme")
    return (member(whom, 1, device=HOSTILE, added_by=HOSTILE), ALAN_IN, KATHERINE_IN)


async def test_pictures(start: Start, snapshot: SnapshotAssertion) -> None:
    picture = snapshot.use_extension(SVGImageExtension)
    async with start(OF_FOUR) as it:
        it.engine.push(Meters(-18, -31, speaking=True, voices={1: -30.0}))
        await it.settle()
        for columns, rows in ((140, 45), (100, 30), (80, 24), (60, 15)):
            await it.pilot.resize_terminal(columns, rows)
            await it.settle()
            assert it.app.export_screenshot() == picture(name=f"four-{columns}x{rows}")
        it.engine.change(call=crowd(16))
        await it.settle()
        for columns, rows in ((140, 45), (80, 24)):
            await it.pilot.resize_terminal(columns, rows)
            await it.settle()
            assert it.app.export_screenshot() == picture(name=f"sixteen-{columns}x{rows}")


async def test_hostile_names(start: Start, snapshot: SnapshotAssertion) -> None:
    picture = snapshot.use_extension(SVGImageExtension)
    async with start(ready(call=standard_call(*hostile()))) as it:
        assert it.app.export_screenshot() == picture(name="hostile-call")
        await it.press("u")
        assert it.app.export_screenshot() == picture(name="hostile-roster")
        assert not {"\x1b", "\x9b", "\u202e", "\x07"} & set(it.text)
