"""Captions in a call: who says what, read in peace, searched, and never more than is asked for."""

from typing import Any

import msgspec
import pytest
from pytest_textual_snapshot import SVGImageExtension
from syrupy.assertion import SnapshotAssertion
from textual.geometry import Region

from tests.support.fake_engine import (
    CALL_ID,
    HOSTILE,
    NOW,
    active_call,
    person,
    ready,
    said,
)
from tests.support.fake_standard_calls import (
    ALAN_IN,
    GRACE_IN,
    KATHERINE_IN,
    able,
    crowd,
    member,
    standard_call,
)
from tests.tui.conftest import Running, Start
from tui_call.control import actions
from tui_call.control.lines import Caption
from tui_call.control.views import CallView, EventView, KeptView, SettingView, Snapshot
from tui_call.foreign_text import cell_width
from tui_call.tui.widgets.captions import CaptionLines

SAID = NOW + 10
NAMES = ("", "Grace Hopper", "Alan Turing", "Katherine Johnson")


def spoken(utterance: int, text: str, number: int = 1, **fields: Any) -> Caption:
    """Return something that was said to its end."""
    said_now: dict[str, Any] = {"revision": 1, "final": True, "at": SAID + utterance}
    given = {"call": CALL_ID, "name": NAMES[number], **said_now, **fields}
    return Caption(number=number, utterance=utterance, text=text, **given)


def captioned(**fields: Any) -> CallView:
    given = {"captions": True, "captions_language": "en", "capabilities": able("captions")}
    return standard_call(GRACE_IN, ALAN_IN, KATHERINE_IN, **{**given, **fields})


CAPTIONED = ready(call=captioned())
MANY = [spoken(number, f"Sentence {number}.", 1 + number % 3) for number in range(1, 41)]


async def reads(it: Running) -> None:
    """Ask for captions."""
    await it.press("t")
    it.engine.actions.clear()


async def hear(it: Running, *captions: Caption) -> None:
    """Ask for captions where that was not done; let some come, and wait until they are shown."""
    if not it.app.reads_captions:
        await reads(it)
    for caption in captions:
        it.engine.push(caption)
    it.time.passes(2)
    await it.settle()
    await it.until(lambda: captions[-1].text[:20] in it.text)


def shown(it: Running) -> list[str]:
    """Return the lines below the title of the captions."""
    rows = it.text.splitlines()
    [title] = [at for at, row in enumerate(rows) if "── Captions" in row]
    height = it.app.screen.query_one(CaptionLines).size.height
    return [row.rstrip() for row in rows[title + 1 : title + height]]


@pytest.mark.parametrize("size", [(60, 15), (80, 24), (120, 40)])
async def test_who_says_what_stands_below_the_stage(start: Start, size: tuple[int, int]) -> None:
    async with start(CAPTIONED, size=size) as it:
        await reads(it)
        assert "What is said stands here a moment later." in it.text
        await hear(
            it,
            spoken(1, "Let us move the review."),
            spoken(2, "Thursday is fine.", 2),
            spoken(3, "For me too.", 0),
        )
        assert "── Captions (English, from the bridge) ──" in it.text
        first, second, third = shown(it)[:3]
        assert first.startswith(" 14:01:12"), "when it was said, not when it came"
        assert first.split("  ", 1)[1].startswith("Grace   Let us move the review.")
        assert "Alan    Thursday is fine." in second
        assert "you     For me too." in third


async def test_the_newest_event_is_read_from_its_beginning_in_one_line(start: Start) -> None:
    own_word = said("G_REC_WITHOUT", "other side sees", peer="Katherine Johnson")
    events = (EventView(NOW - 9, said("G_SERVICE_BACK")), EventView(NOW, own_word))
    async with start(ready(call=captioned(events=events)), "t") as it:
        below = it.text.partition("── Events")[2].splitlines()[1]
        assert below.strip().startswith("14:01:01  From now on nothing")


async def test_what_may_still_change_is_softer_and_gives_way_to_what_was_meant(
    start: Start,
) -> None:
    async with start(CAPTIONED) as it:
        await hear(it, spoken(1, "I send the agenda tom", final=False, stable=17))
        assert "I send the agenda tom…" in it.text
        row = next(at for at, line in enumerate(it.text.splitlines()) if "I send" in line)
        [strip] = it.app.screen._compositor.render_strips()[row : row + 1]
        styles = {part.text.strip(): part.style for part in strip}
        assert styles["I send the agenda"] != styles["tom"]
        await hear(it, spoken(1, "I send the agenda tomorrow.", revision=2))
        await hear(it, spoken(1, "I send the", revision=1, final=False), spoken(2, "Fine.", 2))
        assert "I send the agenda tomorrow." in it.text
        assert it.text.count("I send") == 1


async def test_what_turns_out_to_be_no_words_goes_again(start: Start) -> None:
    async with start(CAPTIONED) as it:
        await hear(it, spoken(1, "You", final=False))
        await hear(it, spoken(1, "", revision=2), spoken(2, "Hello.", 2))
        assert "You" not in "".join(shown(it))


async def test_who_scrolled_back_reads_on_until_the_end_is_asked_for(start: Start) -> None:
    async with start(CAPTIONED) as it:
        await hear(it, *MANY)
        assert "Sentence 40." in shown(it)[-1]
        await it.press("up", "up", "pageup")
        before = shown(it)
        assert "Sentence 40." not in "".join(before)
        await it.press("down")
        read = shown(it)
        assert read[:-1] == before[1:]
        it.engine.push(spoken(41, "Sentence 41.", 2))
        it.time.passes(2)
        await it.settle()
        await it.until(lambda: "newer, end" in it.text)
        assert shown(it) == read
        await it.press("home")
        assert "Sentence 1." in shown(it)[0]
        await it.press("end")
        assert "Sentence 41." in shown(it)[-1]
        await hear(it, spoken(42, "Followed again."))
        assert "Followed again." in shown(it)[-1]


async def test_words_are_found_back_and_forth_and_marked(start: Start) -> None:
    async with start(CAPTIONED) as it:
        await hear(it, *MANY)
        await it.press("slash", *"sentence 3")
        await it.until(lambda: "11 of 11 found" in it.text)
        marked = [
            part.text
            for strip in it.app.screen._compositor.render_strips()
            for part in strip
            if part.style and part.style.reverse and "entence" in part.text
        ]
        assert "Sentence 3" in marked
        await it.press("enter", "up")
        assert "9 of 11 found" in it.text
        await it.press("down")
        assert "10 of 11 found" in it.text
        assert "Sentence 39." in "".join(shown(it))
        assert it.engine.actions == [], "no note was sent"
        await it.press("escape")
        assert "found" not in it.text
        assert it.mode == "call"


async def test_somebody_s_words_are_found_by_the_name(start: Start) -> None:
    async with start(CAPTIONED) as it:
        await hear(it, *MANY[:6])
        await it.press("slash", *"alan")
        await it.until(lambda: "2 of 2 found" in it.text)


async def test_a_key_shows_and_hides_them(start: Start) -> None:
    async with start(ready(call=captioned(captions=False)), "t") as it:
        assert it.engine.actions == [actions.ShowCaptions(True, call=CALL_ID)]
        it.engine.change(call=captioned())
        await it.until(lambda: "── Captions" in it.text)
        assert "t Hide captions" in it.text
        await it.press("t")
        assert it.engine.actions[1:] == [actions.ShowCaptions(False, call=CALL_ID)]
        assert "── Captions" not in it.text, "whoever else shows them here"


async def test_a_screen_that_shows_none_offers_to_show_them(start: Start) -> None:
    async with start(CAPTIONED) as it:
        assert "t Captions" in it.text
        assert "Hide" not in it.text, "another one, or a command, shows them"


async def test_nothing_is_kept_nowhere_while_a_transcript_keeps_it(start: Start) -> None:
    transcript = KeptView("bb" * 16, "Alan Turing", NOW)
    call = captioned(captions=True, transcript=transcript)
    async with start(ready(call=call), "t") as it:
        await it.until(lambda: "── Captions" in it.text)
        assert "The transcript keeps it." in it.text
        assert "nowhere" not in it.text


async def test_what_is_refused_is_not_shown(start: Start) -> None:
    async with start(CAPTIONED) as it:
        it.engine.refuse(actions.ShowCaptions, "not_allowed", said("N_ENGINE"))
        await it.press("t")
        assert said("N_ENGINE").text in it.text
        assert "── Captions" not in it.text


async def test_nothing_is_said_of_what_nobody_asked_to_see(start: Start) -> None:
    async with start(CAPTIONED) as it:
        it.engine.push(spoken(1, "Hello."))
        await it.settle()
        assert "Hello." not in it.text
        await it.press("slash", "up", "end")
        assert it.app.focused is None


async def test_why_there_are_none_is_a_sentence_with_a_key_that_tries_again(start: Start) -> None:
    fault = said("N_ENGINE_HUNG")
    async with start(CAPTIONED, "t") as it:
        it.engine.change(call=captioned(captions=False, captions_fault=fault))
        await it.settle()
        assert fault.text in it.text
        assert "t Try again" in it.text
        await it.press("t")
        assert it.engine.actions == 2 * [actions.ShowCaptions(True, call=CALL_ID)]


async def test_while_the_model_is_loaded_it_says_so(start: Start) -> None:
    async with start(ready(call=captioned(captions_loading=True)), "t") as it:
        assert "The speech model is being loaded." in it.text
        await hear(it, spoken(1, "Said meanwhile."))
        assert "being loaded" not in it.text


async def test_in_an_e2ee_call_it_says_why_there_are_none(start: Start) -> None:
    async with start(ready(call=active_call()), "t") as it:
        assert "Captions are off: the bridge would have to hear the call." in it.text
        assert it.engine.actions == []


async def test_another_call_has_words_of_its_own(start: Start) -> None:
    async with start(CAPTIONED) as it:
        await hear(it, *MANY)
        await it.press("up")
        it.engine.change(call=captioned(id="33" * 16, captions=False))
        await it.settle()
        assert "Sentence" not in it.text
        await reads(it)
        it.engine.change(call=captioned(id="33" * 16))
        await hear(it, spoken(1, "Elsewhere.", call="33" * 16))
        it.engine.push(spoken(41, "Too late.", call=CALL_ID))
        await it.settle()
        assert "Too late." not in it.text


@pytest.mark.parametrize("merged", [True, False])
async def test_they_go_on_in_the_call_into_which_this_one_was_merged(
    start: Start, merged: bool
) -> None:
    async with start(CAPTIONED) as it:
        await hear(it, *MANY[:3])
        if not merged:
            it.engine.change_call(phase="ended", ended=NOW)
            await it.settle()
        it.engine.change(call=captioned(id="33" * 16, was=(CALL_ID,) if merged else ()))
        await it.settle()
        it.engine.push(spoken(1, "Here too.", call="33" * 16))
        it.time.passes(2)
        await it.settle()
        assert ("Here too." in it.text) is merged
        assert ("Sentence 3." in it.text) is merged, "what was read of it stays"


async def test_two_with_one_first_name_are_told_apart(start: Start) -> None:
    kay = member(person("Alan Kay", account="kay@acme"), 3)
    call = captioned(members=(GRACE_IN, ALAN_IN, kay))
    async with start(ready(call=call)) as it:
        await hear(it, spoken(1, "Objects.", 3, name="Alan Kay"), spoken(2, "Machines.", 2))
        assert "Alan    Alan Kay: Objects." in it.text
        assert "Alan    Alan Turing: Machines." in it.text


async def test_they_leave_room_for_the_people_of_a_large_call(start: Start) -> None:
    many = msgspec.structs.replace(crowd(16), captions=True, capabilities=able("captions"))
    async with start(ready(call=many)) as it:
        await hear(it, *MANY)
        assert "+8 more, u" in it.text
        assert len(shown(it)) > 5


async def test_they_are_drawn_a_few_times_a_second_however_often_they_come(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with start(CAPTIONED) as it:
        await reads(it)
        lines = it.app.screen.query_one(CaptionLines)
        drawn: list[tuple[Region, ...]] = []
        refresh = lines.refresh

        def counted(*regions: Region, **options: Any) -> CaptionLines:
            drawn.append(regions)
            return refresh(*regions, **options)

        monkeypatch.setattr(lines, "refresh", counted)
        for revision in range(1, 100):
            it.engine.push(spoken(1, "word " * revision, revision=revision, final=False))
        await hear(it, spoken(1, "Done.", revision=100))
        assert 1 <= len(drawn) <= 3


async def test_who_scrolled_back_is_not_disturbed_by_what_is_heard_late(start: Start) -> None:
    async with start(CAPTIONED) as it:
        await hear(it, *(spoken(n, f"Sentence {n}.", began=float(n)) for n in range(1, 41)))
        await it.press("pageup")
        read = shown(it)
        for number, began in ((41, 0.5), (42, 39.5)):
            it.engine.push(spoken(number, f"Late, number {number}.", began=began))
        it.time.passes(2)
        await it.settle()
        await it.until(lambda: "newer, end" in it.text)
        assert shown(it) == read
        await it.press("home")
        assert "Late, number 41." in shown(it)[0]
        await it.press("end")
        assert [row.rpartition("  ")[2] for row in shown(it)[-3:]] == [
            "Sentence 39.", "Late, number 42.", "Sentence 40.",
        ]  # fmt: skip


async def test_what_was_said_before_they_were_hidden_is_found_when_they_are_shown_again(
    start: Start,
) -> None:
    async with start(CAPTIONED) as it:
        await hear(it, *MANY[:9])
        await it.press("t")
        assert "── Captions" not in it.text
        await it.press("t")
        await hear(it, spoken(10, "Sentence 10."))
        await it.press("slash", *"sentence 2")
        await it.until(lambda: "1 of 1 found" in it.text)
        assert "Sentence 2." in "".join(shown(it))


@pytest.mark.parametrize("size", [(60, 15), (80, 24)])
async def test_long_words_and_wide_ones_stay_within_the_window(
    start: Start, size: tuple[int, int]
) -> None:
    said_all = ("Donaudampfschiff" * 12, "会議を木曜日に移しましょう。" * 8, "שלום לכולם " * 12)
    async with start(CAPTIONED, size=size) as it:
        for number, words in enumerate(said_all, 1):
            await hear(it, spoken(number, words))
            rows = shown(it)
            assert all(cell_width(row) <= size[0] for row in rows), rows
            assert words.rstrip()[-3:] in "".join(rows), "to their end"


async def test_in_ascii(start: Start) -> None:
    ascii_only = SettingView("ui.glyphs", "", "choice", "ascii", "unicode", "client.toml")
    async with start(ready(call=captioned(), settings=(ascii_only,))) as it:
        await hear(it, spoken(1, "I send the agenda tom", final=False, stable=17))
        assert "-- Captions (English, from the bridge) --" in it.text
        assert it.text.isascii()


async def test_pictures(start: Start, snapshot: SnapshotAssertion) -> None:
    picture = snapshot.use_extension(SVGImageExtension)
    hostile = member(person(HOSTILE, account="mallory@acme"), 1)
    shown_to_all: Snapshot = ready(call=captioned(members=(hostile, ALAN_IN, KATHERINE_IN)))
    async with start(shown_to_all) as it:
        await hear(
            it,
            spoken(1, HOSTILE[:300], name=HOSTILE),
            spoken(2, "Thursday is fine for me, after ten.", 2),
            spoken(3, "Good. Then I will send the agenda tom", 0, final=False, stable=30),
        )
        assert not {"\x1b", "\x9b", "\u202e", "\x07"} & set(it.text)
        for columns, rows in ((120, 40), (80, 24), (60, 15)):
            await it.pilot.resize_terminal(columns, rows)
            await it.settle()
            assert it.app.export_screenshot() == picture(name=f"captions-{columns}x{rows}")
