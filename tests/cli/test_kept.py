"""Commands about what is kept and read of calls, at an engine that is a fake one."""

import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result
from msgspec.structs import replace

from tests.support.fake_engine import NOW, PEOPLE, FakeEngine, active_call, ready, said
from tui_call.cli import cli
from tui_call.cli.kept import NotShownHere
from tui_call.cli.session import NoCall
from tui_call.control import launch, lines
from tui_call.control.actions import Action, DeleteKept, ListKept, ShowCaptions
from tui_call.control.lines import Caption
from tui_call.control.pending import Update
from tui_call.signaling.kept import ListedKept, exported_names
from tui_call.tui.plain import kept_line

_PAGE = 2


class Archive(FakeEngine):
    """Lists five recordings, two a page."""

    async def command(self, action: Action) -> lines.Result:
        self.actions.append(action)
        if isinstance(action, DeleteKept):
            return {}
        assert isinstance(action, ListKept)
        before = action.before or NOW + 1
        found = [one for one in map(recording, range(5)) if one["began"] < before]
        return {"kept": found[:_PAGE], "more": len(found) > _PAGE}


def recording(number: int) -> dict[str, Any]:
    began = int(NOW) - 3600 * number
    return {
        "id": f"{number:08x}" + "00" * 12,
        "kind": "recording",
        "call": "00" * 16,
        "by": "grace@acme",
        "by_name": "Grace Hopper",
        "began": began,
        "ended": began + 700,
        "state": "whole",
        "seconds": 700.0,
        "may_delete": number != 1,
    }


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Archive:
    archive = Archive(ready(call=active_call()))

    async def attach(*_: object, **_options: object) -> Archive:
        return archive

    monkeypatch.setattr(launch, "connect", attach)
    monkeypatch.setattr(launch, "attach", attach)
    return archive


def test_all_pages_of_a_long_list_are_printed(engine: Archive) -> None:
    ids = [recording(number)["id"] for number in range(5)]
    printed = CliRunner().invoke(cli, ["recordings"]).output.splitlines()
    assert [line.partition(" ")[0] for line in printed] == [one[:8] for one in ids]
    told = json.loads(CliRunner().invoke(cli, ["recordings", "--json"]).output)
    assert [one["id"] for one in told["kept"]] == ids
    assert told["kept"][0]["exports"] == []
    assert {type(action) for action in engine.actions} == {ListKept}


def test_what_goes_on_is_listed_with_how_long_it_has_lasted() -> None:
    goes_on = {**recording(1), "ended": 0, "seconds": 0.0, "state": "running"}
    missing = {"kept_until": 0, "people": [], "files": [], "may_export": False}
    kept = msgspec.convert({**missing, **goes_on}, ListedKept)
    assert "  00:01:30  " in kept_line(kept, kept.began + 90)


def test_what_is_being_finished_is_listed_so_with_how_long_it_was_kept() -> None:
    over = {**recording(1), "seconds": 0.0, "state": "running", "finishing": True}
    kept = msgspec.convert(over, ListedKept)
    line = kept_line(kept, kept.ended + 30)
    assert "  00:11:40  " in line
    assert line.endswith("by Grace Hopper, being finished")


def test_a_line_says_the_year_and_how_many_files_an_export_is() -> None:
    missing = {"kept_until": 0, "people": [], "may_export": True}
    said = [{"name": "transcript-1.jsonl", "size": 300, "sha256": "0" * 64}]
    told = {**recording(1), **missing, "kind": "transcript", "files": said}
    kept = msgspec.convert(told, ListedKept)
    assert exported_names(kept) == (
        "00000001-transcript-1.jsonl", "00000001-transcript.txt", "00000001-transcript.json",
    )  # fmt: skip
    line = kept_line(kept, kept.began, UTC)
    assert line == (
        "00000001  20 Aug 2026 13:01:01  00:11:40  by Grace Hopper, files: 3, kept for ever"
    )


def test_captions_are_read_until_the_command_is_stopped_and_not_turned_off(engine: Archive) -> None:
    refused = CliRunner().invoke(cli, ["captions", "off"])
    assert isinstance(refused.exception, NotShownHere)
    engine.snapshot = ready(call=active_call(phase="ended"))
    for words in (["off"], []):
        without_a_call = CliRunner().invoke(cli, ["captions", *words])
        assert isinstance(without_a_call.exception, NoCall)
    assert engine.actions == []


GRACES = replace(active_call(), captions=True)
ALANS = replace(
    active_call(PEOPLE[1], id="b1" * 16, place="held"),
    captions=True,
    captions_fault=said("N_ENGINE_HUNG"),
)


class Captioned(FakeEngine):
    """Has two calls with captions; what happens once they are read is scripted, then it is gone."""

    def __init__(self, meanwhile: Callable[[FakeEngine], None]) -> None:
        super().__init__(ready(calls=(GRACES, ALANS)))
        self._meanwhile = meanwhile

    async def lines(self) -> AsyncIterator[Update]:
        self._meanwhile(self)
        self.die()
        async for update in super().lines():
            yield update


def read_captions(
    monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[FakeEngine], None], *words: str
) -> Result:
    """Return what `tui-call captions` prints of the call that the words name."""
    engine = Captioned(meanwhile)

    async def connect(*_: object, **_options: object) -> FakeEngine:
        return engine

    monkeypatch.setattr(launch, "connect", connect)
    printed = CliRunner().invoke(cli, ["captions", *words])
    assert engine.actions == [ShowCaptions(on=True, call=GRACES.id)]
    return printed


def spoken(call: str) -> Caption:
    return Caption(call, 1, "Grace Hopper", 1, 1, "Good morning.", 0, 0.0, 1.0, True, NOW)


@pytest.mark.parametrize("words", [(), ("grace",)])
def test_captions_end_with_their_call_also_where_another_one_has_some(
    monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    def ends(engine: FakeEngine) -> None:
        engine.change_call(phase="ended", ended=NOW)
        engine.push(spoken(GRACES.id))

    printed = read_captions(monkeypatch, ends, *words)
    assert (printed.exit_code, printed.stdout, printed.stderr) == (0, "", "")


def test_why_there_are_no_captions_is_said_of_no_other_call(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def swap(engine: FakeEngine) -> None:
        engine.change(calls=(replace(ALANS, place="front"), replace(GRACES, place="held")))

    assert read_captions(monkeypatch, swap, "grace").stderr == ""


def test_captions_go_on_in_the_call_into_which_theirs_was_merged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def merge(engine: FakeEngine) -> None:
        engine.change(calls=(replace(ALANS, was=(GRACES.id,), captions_fault=None),))
        engine.push(spoken(ALANS.id))

    assert "Good morning." in read_captions(monkeypatch, merge).stdout


def test_what_is_deleted_is_named_and_asked_first(engine: Archive) -> None:
    no = CliRunner().invoke(cli, ["recordings", "delete", "00000003"], input="n\n")
    assert no.exit_code == 1
    assert "00000003  20 Aug" in no.stderr
    assert "Delete this recording for everybody? Nobody brings it back [y/N]" in no.stderr
    assert deleted(engine) == []
    yes = CliRunner().invoke(cli, ["recordings", "delete", "00000003"], input="y\n")
    assert yes.stdout == "Deleted, for everybody.\n"
    assert deleted(engine) == [recording(3)["id"]]


def test_a_script_says_that_it_is_not_to_be_asked(engine: Archive) -> None:
    said = CliRunner().invoke(cli, ["recordings", "delete", "00000003", "--yes"])
    assert said.output == "Deleted, for everybody.\n"
    assert deleted(engine) == ["00000003"]


@pytest.mark.parametrize("meant", ["00000001", "0000000", "7"])
def test_nobody_is_asked_of_what_the_engine_will_refuse(engine: Archive, meant: str) -> None:
    assert "?" not in CliRunner().invoke(cli, ["recordings", "delete", meant]).output
    assert deleted(engine) == [meant]


def deleted(engine: Archive) -> list[str]:
    return [action.kept for action in engine.actions if isinstance(action, DeleteKept)]
