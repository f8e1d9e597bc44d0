import msgspec

from tests.support.fake_engine import CODE, PEOPLE, active_call, ready, said
from tests.tui.conftest import Start
from tui_call.control import messages
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
        assert "01234  56789  01234  56789" in it.text
        assert "▀" in it.text
        await it.press("f")
        assert "4821   9930   1274" in it.text


async def test_no_pictures_on_a_narrow_terminal(start: Start) -> None:
    async with start(IN_CALL, "v", "f", "f", size=(70, 20)) as it:
        assert "Too narrow for the picture code" in it.text
        assert "4821   9930   1274" in it.text


async def test_a_match_counts_after_two_seconds(start: Start) -> None:
    async with start(IN_CALL, "v", "f", "y") as it:
        assert it.engine.actions == []
        assert "this key works after two seconds" in it.text
        it.time.passes(2.0)
        await it.press("y")
        assert it.engine.actions == [messages.Compare("match", "words")]
        words = said("G_MATCH", peer="Grace Hopper")
        it.engine.change_call(compare=words, undo_until=it.time.wall + 10)
        await it.settle()
        assert "Compared. Later calls with Grace Hopper check" in it.text
        assert "u Undo" in it.text
        await it.press("f", "f")
        assert "Compared. Later calls with Grace Hopper check" in it.text
        await it.press("f", "f")
        await it.press("u")
        assert it.engine.actions[-1] == messages.Compare("undo", "words")
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
        assert it.engine.actions == [messages.Compare("differ", "digits")]
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
        assert it.engine.actions == []
        it.time.passes(2.0)
        await it.press("y")
        assert it.engine.actions == [messages.AcceptKey("radia@acme")]
        assert it.mode == "people"


async def test_a_known_key_offers_no_verdict(start: Start) -> None:
    async with start(ready(people=PEOPLE[:1]), "v") as it:
        it.time.passes(5)
        await it.press("y", "n", "t", "u", "f")
        assert it.engine.actions == []
        assert "They match" not in it.text


async def test_a_person_without_a_key(start: Start) -> None:
    async with start(ready(people=PEOPLE[2:3]), "v") as it:
        assert "No key of this person is known yet." in it.text
