"""The page of the control protocol says what its structs say."""

import re
from pathlib import Path
from typing import get_args

import pytest

from tui_call.control import actions, deltas, lines
from tui_call.control.render import FILE, main, render

ROOT = Path(__file__).parents[2]


def test_the_page_is_as_the_structs_say() -> None:
    assert main(["--check", str(ROOT / FILE)]) == 0


@pytest.mark.parametrize("kind", get_args(lines.EngineLine | lines.ClientLine | actions.Action))
def test_every_message_stands_there_with_its_fields(kind: type) -> None:
    tag = kind.__struct_config__.tag  # type: ignore[attr-defined]
    _, _, entry = render().partition(f"### {kind.__name__}: ")
    entry, _, _ = entry.partition("\n##")
    assert f'": "{tag}"`' in entry.splitlines()[0]
    for field in kind.__struct_fields__:  # type: ignore[attr-defined]
        assert f"- `{field}` " in entry
    assert entry.strip().count("\n") >= 1, "what it is"


def test_what_is_said_of_several_fields_together_stands_at_each() -> None:
    _, _, entry = render().partition("### Caption: ")
    stable, began, ended = re.findall(r"- `(?:stable|began|ended)`.*", entry)[:3]
    assert stable.endswith("the rest is a guess.")
    for line in (began, ended):
        assert line.endswith(": seconds since the call began.")


def test_it_is_written_where_it_is_asked_for(tmp_path: Path) -> None:
    page = tmp_path / "docs" / "page.md"
    assert main(["--check", str(page)]) == 1, "it is missing"
    assert main([str(page)]) == 0
    text = page.read_text(encoding="utf-8")
    assert all(f"### {delta.__name__}: " in text for delta in get_args(deltas.AnyDelta))
