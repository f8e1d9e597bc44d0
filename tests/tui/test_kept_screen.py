"""Recordings and transcripts: what there is, more of it, details, export and deletion."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from pytest_textual_snapshot import SVGImageExtension
from syrupy.assertion import SnapshotAssertion

from tests.support.fake_engine import DAY, HISTORY, HOSTILE, NOW, ready, said
from tests.support.fake_standard_calls import standard_call
from tests.tui.conftest import Running, Start
from tui_call.control import actions
from tui_call.control.views import KeptView
from tui_call.signaling.kept import ListedFile, ListedKept, ListedPerson
from tui_call.tui.screens.kept import KeptScreen

PEOPLE = (
    ListedPerson("ada@acme", "Ada Lovelace"),
    ListedPerson("grace@acme", "Grace Hopper"),
    ListedPerson("alan@acme", "Alan Turing"),
)


def kept(number: int, **fields: Any) -> dict[str, Any]:
    """Return a recording of so many hours ago, as an engine lists it."""
    began = int(NOW - 3600 * number)
    given: dict[str, Any] = {
        "id": f"{number:08x}" + "00" * 12,
        "kind": "recording",
        "call": "00" * 16,
        "by": "grace@acme",
        "by_name": "Grace Hopper",
        "began": began,
        "ended": began + 700,
        "state": "whole",
        "seconds": 700.0,
        "people": PEOPLE,
        "files": (ListedFile("mix-1.opus", 3_000_000, "0" * 64),),
        "kept_until": int(NOW + 80 * DAY),
        "may_export": True,
        "may_delete": True,
        **fields,
    }
    return msgspec.to_builtins(ListedKept(**given))


SOME = [
    kept(1, state="running", ended=0, seconds=0),
    kept(2, kind="transcript", state="cut_short"),
    kept(3, by="", by_name="", state="away", may_delete=False),
    kept(4, kept_until=0, may_export=False, may_delete=False),
]


async def lists(it: Running, found: list[dict[str, Any]], *, more: bool = False) -> None:
    it.engine.results[actions.ListKept] = {"kept": found, "more": more}
    await it.press("R")
    await it.until(lambda: isinstance(it.app.screen, KeptScreen))
    await it.until(lambda: "Asking the service" not in it.text)


def row_of(it: Running, words: str) -> str:
    [row] = [row for row in it.text.splitlines() if words in row]
    return row


@pytest.mark.parametrize("where", ["people", "call"])
async def test_a_key_lists_what_there_is_the_newest_first(start: Start, where: str) -> None:
    async with start(ready(call=standard_call()) if where == "call" else ready()) as it:
        await lists(it, SOME)
        assert it.engine.actions == [actions.ListKept()]
        for words, told in (
            ("> today 13:01", ("recording", "01:00:10", "Grace Hopper", "8 Nov", "running")),
            ("today 12:01", ("transcript", "11:40", "Grace Hopper", "8 Nov", "cut short")),
            ("today 11:01", ("recording", "away")),
            ("today 10:01", ("never", "whole")),
        ):
            assert all(word in row_of(it, words) for word in told), row_of(it, words)
        assert "Ada Lovelace" not in it.text
        await it.press("R")
        assert it.mode == where
        assert not isinstance(it.app.screen, KeptScreen)


async def test_the_details_say_by_whom_how_it_ended_and_until_when(start: Start) -> None:
    async with start(ready()) as it:
        await lists(it, SOME)
        assert "Started by Grace Hopper. It goes on." in it.text
        await it.press("down")
        assert row_of(it, "── Transcript, 20 Aug 12:01:01 ──").endswith("── 00000002 ──")
        assert "It was cut short, and goes up to there." in it.text
        assert "With: Grace Hopper, Alan Turing" in it.text
        assert "Deleted by itself: 8 Nov" in it.text
        assert "How long: 11:40. Files: 3, its text and JSON among them" in it.text
        await it.press("down")
        assert "Started by rule. The computer that has it is away." in it.text


async def test_what_is_over_and_not_complete_yet_is_being_finished(start: Start) -> None:
    async with start(ready()) as it:
        await lists(it, [kept(1, state="running", seconds=0, finishing=True)])
        assert all(word in row_of(it, "> today 13:01") for word in ("11:40", "finishing"))
        assert "It is over, and being finished." in it.text


async def test_a_window_wider_than_a_screen_gets_shows_until_when_it_is_kept(start: Start) -> None:
    async with start(ready(), size=(200, 50)) as it:
        await lists(it, SOME)
        assert row_of(it, "today 12:01").rstrip().endswith("8 Nov       cut short")


async def test_a_small_window_shows_details_when_asked(start: Start) -> None:
    async with start(ready(), size=(60, 15)) as it:
        await lists(it, SOME)
        assert "running" in row_of(it, "> today 13:01")
        assert "Deleted by itself" not in it.text
        await it.press("enter")
        assert row_of(it, "── Recording, 20 Aug 13:01:01 ──").endswith(" 00000001 ──")
        assert "Deleted by itself: 8 Nov" in it.text
        assert "How long: 01:00:" in it.text, "the list has no room for it"


@pytest.mark.parametrize("size", [(60, 15), (80, 24)])
async def test_while_there_is_nothing_it_says_what_it_is_for(
    start: Start, size: tuple[int, int]
) -> None:
    async with start(ready(), size=size) as it:
        await lists(it, [])
        assert "Nothing is kept. Recordings and transcripts are begun" in it.text
        assert "until their time is over." in it.text
        await it.press("x", "delete", "enter")
        assert it.engine.actions == [actions.ListKept()]


async def test_at_the_last_row_more_are_asked_for(start: Start) -> None:
    async with start(ready()) as it:
        await lists(it, SOME[:2], more=True)
        it.engine.results[actions.ListKept] = {"kept": [SOME[1], *SOME[2:]], "more": False}
        await it.press("down")
        await it.until(lambda: "today 10:01" in it.text)
        assert it.engine.actions[1:] == [actions.ListKept(before=SOME[1]["began"])]
        assert "> today 12:01" in it.text
        await it.press("end")
        assert len(it.engine.actions) == 2


async def test_what_begins_or_ends_meanwhile_is_listed(start: Start) -> None:
    async with start(ready(call=standard_call())) as it:
        await lists(it, [])
        it.engine.results[actions.ListKept] = {"kept": SOME[:1]}
        runs = KeptView(SOME[0]["id"], "Grace Hopper", NOW)
        it.engine.change(call=standard_call(recording=runs))
        await it.until(lambda: "running" in it.text)


# Export


async def test_the_files_are_fetched_into_a_folder_that_there_is(
    start: Start, tmp_path: Path
) -> None:
    async with start(ready()) as it:
        await lists(it, SOME)
        it.engine.results[actions.ExportKept] = {"files": ["mix-1.opus"]}
        await it.press("x")
        assert "Export into which folder?" in it.text
        await it.press("ctrl+u")
        await it.type(str(tmp_path / "none"))
        await it.press("enter")
        assert "There is no such folder." in it.text
        await it.press("ctrl+u")
        await it.type(str(tmp_path))
        await it.press("enter")
        assert it.engine.actions[1:] == [actions.ExportKept(SOME[0]["id"], str(tmp_path))]
        await it.until(lambda: f"into{tmp_path}:1." in "".join(it.text.split()))  # it may wrap


async def test_why_nothing_was_exported_is_said(start: Start, tmp_path: Path) -> None:
    async with start(ready()) as it:
        await lists(it, SOME)
        it.engine.refuse(actions.ExportKept, "failed", "The folder is full.")
        await it.press("x", "ctrl+u")
        await it.type(str(tmp_path))
        await it.press("enter")
        await it.until(lambda: "The folder is full." in it.text)


async def test_what_somebody_deleted_meanwhile_is_listed_no_more(
    start: Start, tmp_path: Path
) -> None:
    async with start(ready()) as it:
        await lists(it, SOME)
        it.engine.refuse(actions.ExportKept, "unknown_kept", said("N_UNKNOWN_KEPT"))
        it.engine.results[actions.ListKept] = {"kept": SOME[1:]}
        await it.press("x", "ctrl+u")
        await it.type(str(tmp_path))
        await it.press("enter")
        await it.until(lambda: "today 13:01" not in it.text)
        assert "There is no such recording or transcript." in it.text


# Deletion


async def test_one_is_deleted_only_when_that_is_said(start: Start) -> None:
    async with start(ready()) as it:
        await lists(it, SOME)
        await it.press("delete", "enter")
        assert it.engine.actions == [actions.ListKept()]
        it.engine.results[actions.ListKept] = {"kept": SOME[1:]}
        await it.press("delete")
        assert "Delete this recording?" in it.text
        assert "for everybody, at once; nobody brings it back" in it.text
        await it.press("down", "enter")
        await it.until(lambda: "running" not in it.text)
        deleted = [actions.DeleteKept(SOME[0]["id"]), actions.ListKept()]
        assert it.engine.actions[1:] == deleted


async def test_what_one_may_not_do_is_not_offered(start: Start) -> None:
    async with start(ready()) as it:
        await lists(it, SOME)
        assert "x Export  delete Delete" in it.text
        await it.press("end")
        assert "Export" not in it.text
        await it.press("x", "delete")
        assert it.engine.actions == [actions.ListKept()]


async def test_why_nothing_can_be_listed_is_said(start: Start) -> None:
    async with start(ready()) as it:
        it.engine.refuse(actions.ListKept, "unavailable", said("R_NO_SERVICE", n=3))
        await it.press("R")
        await it.until(lambda: said("R_NO_SERVICE", n=3).text in it.text)


# Past calls


@pytest.mark.parametrize("size", [(60, 15), (80, 24)])
async def test_a_past_call_says_that_it_was_recorded(start: Start, size: tuple[int, int]) -> None:
    recorded = msgspec.structs.replace(HISTORY[1], kept=("recording", "transcript"))
    async with start(ready(history=(recorded, HISTORY[2])), "2", size=size) as it:
        rows = [row for row in it.text.splitlines() if "→ out" in row or "← in" in row]
        assert ["REC TXT" in row for row in rows] == [True, False]
        await it.press("enter" if size[1] < 20 else "home")
        assert "It was recorded. R in People lists what there is." in it.text
        await it.press("down")
        assert "recorded" not in it.text


async def test_pictures(start: Start, snapshot: SnapshotAssertion) -> None:
    picture = snapshot.use_extension(SVGImageExtension)
    hostile = kept(5, by_name=HOSTILE[:90], people=(ListedPerson("mallory@acme", HOSTILE[:90]),))
    async with start(ready()) as it:
        await lists(it, [hostile, *SOME])
        assert not {"\x1b", "\x9b", "\u202e", "\x07"} & set(it.text)
        for columns, rows in ((140, 45), (80, 24)):
            await it.pilot.resize_terminal(columns, rows)
            await it.settle()
            assert it.app.export_screenshot() == picture(name=f"kept-{columns}x{rows}")
