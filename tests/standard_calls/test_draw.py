"""The page that is drawn from the tables; the referee of all other tests looks at the tables."""

import runpy
from pathlib import Path

import pytest

from tui_call.standard_calls import draw as drawing
from tui_call.standard_calls.draw import draw, main
from tui_call.standard_calls.stages import (
    CALL_MEANINGS,
    CALL_WAYS,
    KEEPING_MEANINGS,
    KEEPING_WAYS,
    MEMBER_MEANINGS,
    MEMBER_WAYS,
    CallStage,
    KeepingStage,
    MemberStage,
)

PAGE = Path(__file__).parents[2] / "docs" / "standard-call-states.md"


def test_the_page_of_the_project_is_up_to_date() -> None:
    assert main(["--check", str(PAGE)]) == 0


def test_a_stale_page_is_told_and_written_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["draw", "--check"])
    with pytest.raises(SystemExit, match="1"):
        runpy.run_path(str(drawing.__file__), run_name="__main__")
    assert "standard-call-states.md is stale" in capsys.readouterr().out
    assert main([]) == 0
    assert (tmp_path / "docs" / "standard-call-states.md").read_text("utf-8") == draw()


def test_every_stage_has_its_row_and_every_way_its_arrow() -> None:
    page = draw()
    assert list(CALL_MEANINGS) == list(CALL_WAYS) == list(CallStage)
    assert list(MEMBER_MEANINGS) == list(MEMBER_WAYS) == list(MemberStage)
    assert list(KEEPING_MEANINGS) == list(KEEPING_WAYS) == list(KeepingStage)
    meanings = [*CALL_MEANINGS.items(), *MEMBER_MEANINGS.items(), *KEEPING_MEANINGS.items()]
    for stage, meaning in meanings:
        limit = "-" if meaning.seconds is None else f"{meaning.seconds:g} s"
        assert f"| `{stage.name}` | {meaning.words} | {limit} |" in page
    for stage, ways in [*CALL_WAYS.items(), *MEMBER_WAYS.items(), *KEEPING_WAYS.items()]:
        for target, words in ways.items():
            assert f"{stage.name} --> {target.name}: {words}" in page
