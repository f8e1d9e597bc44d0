"""The page that is drawn from the tables of states."""

import runpy
from pathlib import Path

import pytest

from tui_call.calls import draw as drawing
from tui_call.calls.draw import draw, main
from tui_call.calls.states import (
    CALLEE_STATES,
    CALLER_STATES,
    DEADLINES,
    FAREWELLS,
    MEANINGS,
    TRANSITIONS,
    State,
    Trigger,
)

PAGE = Path(__file__).parents[2] / "docs" / "call-states.md"


def test_the_page_of_the_project_is_up_to_date() -> None:
    assert main(["--check", str(PAGE)]) == 0


def test_a_stale_or_missing_page_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "docs" / "page.md"
    assert main(["--check", str(page)]) == 1
    assert main([str(page)]) == 0
    assert main(["--check", str(page)]) == 0
    page.write_text(page.read_text().replace("60 s", "61 s"))
    assert main(["--check", str(page)]) == 1
    assert capsys.readouterr().out.count("page.md is stale") == 2


def test_as_a_program_it_ends_with_the_exit_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["draw", "--check", str(tmp_path / "missing.md")])
    with pytest.raises(SystemExit, match="1"):
        runpy.run_path(str(drawing.__file__), run_name="__main__")


def test_without_a_file_the_page_of_the_directory_is_meant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main([]) == 0
    assert (tmp_path / "docs" / "call-states.md").read_text(encoding="utf-8") == draw()


@pytest.mark.parametrize("state", State)
def test_every_state_has_its_row(state: State) -> None:
    [row] = [line for line in draw().splitlines() if line.startswith(f"| `{state.name}` | ca")] or [
        line for line in draw().splitlines() if line.startswith(f"| `{state.name}` | both")
    ]
    limit = DEADLINES.get(state)

    assert MEANINGS[state] in row
    assert (f"{limit.seconds:g} s" if limit else "| - |") in row
    assert FAREWELLS.get(state, "-") in row


def test_every_way_but_the_ends_of_a_side_is_an_arrow() -> None:
    page = draw()
    for state, ways in TRANSITIONS.items():
        for trigger, target in ways.items():
            one_side = state in CALLER_STATES + CALLEE_STATES and trigger is Trigger.ENDS
            arrow = f"{state.name} --> {target.name}: {trigger}\n"
            assert (arrow in page) != one_side
