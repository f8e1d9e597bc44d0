"""What is written of a line that changed: its new cells, and no others."""

import pytest
from textual.content import Content

from tui_call.tui.cells import changed

PAIRS = [
    ("level ███░░ -18 dB", "level ████░ -17 dB"),
    ("Grace", "Grace Hopper"),
    ("Grace Hopper", "Grace"),
    ("日本 is calling", "日木 is calling"),
    ("a日b", "日ab"),
    ("e\u0301a", "ea"),
    ("👩\u200d👩\u200d👧 calls", "👩 calls you"),
    ("", "new"),
]


def cells(text: str) -> list[str]:
    """Return what each cell shows."""
    found: list[str] = []
    for character in text:
        width = Content(character).cell_length
        if width:
            found += [character, *["→"] * (width - 1)]
        elif found:
            found[-1] += character
    return found


@pytest.mark.parametrize(("before", "now"), PAIRS)
def test_the_runs_hold_all_that_differs(before: str, now: str) -> None:
    old, new = Content(before), Content(now)
    assert changed(old, old) == []
    length = max(old.cell_length, new.cell_length)
    written = {at for start, end in changed(old, new) for at in range(start, end)}
    assert written <= set(range(length))
    one, other = cells(before), cells(now)
    if (len(one), len(other)) == (old.cell_length, new.cell_length):
        for at in range(length):
            same = one[at : at + 1] == other[at : at + 1]
            assert same or at in written
    else:
        assert written == set(range(length))


def test_no_run_begins_or_ends_within_a_wide_character() -> None:
    for before, now in PAIRS[3:5]:
        new = cells(now)
        for start, end in changed(Content(before), Content(now)):
            assert new[start] != "→"
            assert end >= len(new) or new[end] != "→"


def test_a_level_costs_the_cells_that_moved_and_a_colour_counts() -> None:
    assert changed(Content("███░░ -18 dB"), Content("████░ -17 dB")) == [(3, 4), (8, 9)]
    assert changed(Content("ab"), Content.styled("ab", "bold")) == [(0, 2)]
