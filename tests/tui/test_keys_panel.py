import msgspec
import pytest

from tests.support.fake_engine import (
    CALL_ID,
    CODE,
    GRACE,
    NEW_KEY,
    NOW,
    PEOPLE,
    active_call,
    person,
    ready,
    said,
)
from tests.tui.conftest import Start
from tui_call.control import actions
from tui_call.sentences import text_of
from tui_call.tui.screens.call import CallScreen

IN_CALL = ready(call=active_call())


async def test_both_read_their_half(start: Start) -> None:
    async with start(IN_CALL, "v") as it:
        assert "you read             4821   9930   1274" in it.text
        assert "Grace Hopper reads   8853   0021" in it.text
    callee = active_call(code=msgspec.structs.replace(CODE, caller=False))
    async with start(ready(call=callee), "v") as it:
        assert "Grace Hopper reads   4821   9930   1274" in it.text
        assert "you read             8853   0021" in it.text


async def test_forms_follow_each_other(start: Start) -> None:
    async with start(IN_CALL, "v", "f") as it:
        assert "anchor   velvet   orbit" in it.text
        await it.press("f")
        assert "🐶" in it.text
        assert "rocket" in it.text
        await it.press("f")
        assert "01234  56789  01234   you" in it.text
        assert "98765  43210  98765   Grace Hopper" in it.text
        assert "▀" in it.text
        await it.press("f")
        assert "4821   9930   1274" in it.text


async def test_how_many_forms_are_enough_is_read_on_a_small_terminal(start: Start) -> None:
    async with start(IN_CALL, "v", size=(60, 15)) as it:
        assert "Both screens must show the same.  One form is enough." in it.text


@pytest.mark.parametrize("size", [(80, 24), (60, 15), (40, 12)])
async def test_the_way_out_is_among_the_keys_however_many_there_are(
    start: Start, size: tuple[int, int]
) -> None:
    matched = msgspec.structs.replace(GRACE, undo_until=NOW + 99)
    async with start(ready(call=active_call(matched)), "v", "n", size=size) as it:
        assert text_of("T_DIFFER_END") in it.text
        assert "esc Later" in it.text
        assert "? Help" in it.text


async def test_no_pictures_on_a_narrow_terminal(start: Start) -> None:
    async with start(IN_CALL, "v", "f", "f", size=(70, 20)) as it:
        assert "Too narrow for the picture code" in it.text
        assert "4821   9930   1274" in it.text


async def test_a_match_counts_after_two_seconds(start: Start) -> None:
    async with start(IN_CALL, "v", "f", "y") as it:
        assert it.engine.actions == []
        assert "this key works after 2 seconds" in it.text
        it.time.passes(2.0)
        await it.press("y")
        assert it.engine.actions == [
            actions.Compare("match", "words", code=CODE.digits, call=CALL_ID)
        ]
        words = said("G_MATCH", peer="Grace Hopper")
        undone_by = it.time.wall + 10
        peer = msgspec.structs.replace(GRACE, undo_until=undone_by)
        it.engine.change_call(compare=words, person=peer)
        await it.settle()
        assert "Compared. Later calls with Grace Hopper check" in it.text
        assert "u Undo" in it.text
        await it.press("f", "f")
        assert "Compared. Later calls with Grace Hopper check" in it.text
        await it.press("f", "f")
        await it.press("u")
        assert it.engine.actions[-1] == actions.Compare("undo", "words", call=CALL_ID)
        it.time.passes(10)
        await it.press("u")
        assert len(it.engine.actions) == 2


async def test_differing_is_said_twice(start: Start) -> None:
    async with start(IN_CALL, "v", "n") as it:
        assert "! They differ? This ends the call and marks Grace Hopper." in it.text
        assert it.engine.actions == []
        await it.press("escape", "n")
        assert it.engine.actions == []
        await it.press("n")
        assert it.engine.actions == [
            actions.Compare("differ", "digits", code=CODE.digits, call=CALL_ID)
        ]
        assert isinstance(it.app.screen, CallScreen)


async def test_typing_what_was_heard_compares_here(start: Start) -> None:
    async with start(IN_CALL, "v", "t") as it:
        await it.type("88530022")
        await it.press("enter")
        assert "Group 5 is not the same." in it.text
        await it.press("t")
        await it.type("8853 0021")
        await it.press("enter")
        assert "What you typed matches your code." in it.text
        assert it.engine.actions == []


async def test_later_says_nothing(start: Start) -> None:
    async with start(IN_CALL, "v", "escape") as it:
        assert isinstance(it.app.screen, CallScreen)
        assert it.engine.actions == []


async def test_a_changed_key_is_accepted_after_looking(start: Start) -> None:
    async with start(ready(), "down", "down", "down", "v", "y") as it:
        assert "THE KEY CHANGED" in it.text
        assert "Often a new computer or a new set-up." in it.text
        assert "Ask Radia Perlman by another way." in it.text
        assert "2 more calls with a new key were" in it.text
        assert "77777  01234  56789" in it.text  # the digits of the new key, not of the old one
        assert it.engine.actions == []
        it.time.passes(2.0)
        await it.press("y")
        assert it.engine.actions == [actions.AcceptKey("radia@acme", NEW_KEY)]
        assert it.mode == "people"


async def test_a_key_that_changes_while_it_is_looked_at_has_to_be_looked_at_again(
    start: Start,
) -> None:
    async with start(ready(), "down", "down", "down", "v") as it:
        it.time.passes(2.0)
        radia = msgspec.structs.replace(PEOPLE[3], offered_fingerprint="8" * 60)
        it.engine.change(people=(*PEOPLE[:3], radia, *PEOPLE[4:]))
        await it.settle()
        await it.press("y")
        assert it.engine.actions == []
        it.time.passes(2.0)
        await it.press("y")
        assert it.engine.actions == [actions.AcceptKey("radia@acme", "8" * 60)]


async def test_another_call_has_to_be_looked_at_again(start: Start) -> None:
    async with start(IN_CALL, "v", "n") as it:
        it.time.passes(2.0)
        it.engine.change_call(id="11" * 16, code=msgspec.structs.replace(CODE, digits="1 2 3 4 5"))
        await it.settle()
        await it.press("y", "n")
        assert it.engine.actions == []


async def test_no_match_before_anybody_can_speak(start: Start) -> None:
    async with start(ready(call=active_call(phase="ringing", started=0)), "v") as it:
        it.time.passes(5)
        await it.press("y")
        assert it.engine.actions == []
        assert "They match" not in it.text
        await it.press("n", "n")
        assert it.engine.actions == [
            actions.Compare("differ", "digits", code=CODE.digits, call=CALL_ID)
        ]


async def test_a_call_that_must_be_compared_says_so_with_the_seconds_left(start: Start) -> None:
    shield = said("SH_MUST_COMPARE", policy="finance-e2ee", n=93)
    must = active_call(shield=shield, compare_by=NOW + 93)
    async with start(ready(call=must)) as it:
        assert "⛨ E2EE COMPARE NOW" in it.text
        assert "Policy finance-e2ee: compare the code, or the call ends in 93 s." in it.text
        await it.press("v")
        assert "or the call ends in 93 s." in it.text


async def test_a_comparison_shows_its_age_in_the_call(start: Start) -> None:
    async with start(IN_CALL, "v") as it:
        assert "Compared on 14 Aug, 6 days ago, digits." in it.text


async def test_a_known_key_is_compared_in_person(start: Start) -> None:
    async with start(ready(people=PEOPLE[:1]), "v", "y") as it:
        assert it.engine.actions == []
        assert "Compared on 14 Aug, 6 days ago." in it.text
        it.time.passes(2)
        await it.press("t")
        await it.type("98765 43210 98765 43210 98765 43211")
        await it.press("enter")
        assert "Group 12 is not the same." in it.text
        await it.press("t")
        await it.type("98765-43210-98765-43210-98765-43210")
        await it.press("enter")
        assert "What you typed matches your code." in it.text
        await it.press("y")
        digits = GRACE.fingerprint
        assert it.engine.actions == [actions.Compare("match", "in person", "grace@acme", digits)]
        assert "Compared. Later calls with Grace Hopper check" in it.text
        grace = msgspec.structs.replace(GRACE, undo_until=it.time.wall + 10)
        it.engine.change(people=(grace,))
        await it.settle()
        await it.press("u")
        assert it.engine.actions[-1] == actions.Compare("undo", "in person", "grace@acme", digits)


async def test_a_differing_fingerprint_is_said_twice(start: Start) -> None:
    async with start(ready(people=PEOPLE[:1]), "v", "n") as it:
        assert "They differ? This marks Grace Hopper" in it.text
        assert it.engine.actions == []
        await it.press("n")
        digits = GRACE.fingerprint
        assert it.engine.actions == [actions.Compare("differ", "in person", "grace@acme", digits)]
        assert it.mode == "people"


async def test_codes_that_differed_are_mended_in_person(start: Start) -> None:
    grace = person("Grace Hopper", standing="differed", compared_how="")
    async with start(ready(people=(grace,)), "v") as it:
        assert "THE CODES DIFFERED on 14 Aug, 6 days ago." in it.text
        it.time.passes(2)
        await it.press("y")
        order = actions.Compare("match", "in person", "grace@acme", grace.fingerprint)
        assert it.engine.actions == [order]


async def test_the_new_key_is_what_typed_digits_are_held_against(start: Start) -> None:
    async with start(ready(people=PEOPLE[3:4]), "v", "t") as it:
        await it.type(NEW_KEY)
        await it.press("enter")
        assert "What you typed matches your code." in it.text


async def test_a_person_without_a_key(start: Start) -> None:
    async with start(ready(people=PEOPLE[2:3]), "v") as it:
        assert "No key of this person is known yet." in it.text
