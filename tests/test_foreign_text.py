"""Text of others is harmless on a terminal, and takes the cells that it is given."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tui_call.foreign_text import ForeignText, cell_width, clean, clip


@given(st.text(st.characters(exclude_categories=[])))
def test_nothing_that_acts_on_a_terminal_is_left(text: str) -> None:
    cleaned = clean(ForeignText(text))
    assert all(unicodedata.category(character)[0] != "C" for character in cleaned)
    assert len(cleaned.splitlines()) <= 1
    assert cleaned == clean(cleaned)


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("Ada\tLovelace\r\n", "Ada Lovelace"),
        ("\x1b]0;owned\x07Mallory", "]0;ownedMallory"),
        ("\x9b2JMallory", "2JMallory"),
        ("abc\u202edef\u200b\u2066", "abcdef"),
        ("e\u0301", "é"),
        ("x" + "\u0335" * 50, "x" + "\u0335" * 4),
        ("x" + "\u0488" * 50, "x" + "\u0488" * 4),
        ("\u115f\u3164 \u2800\uffa0\u1160", ""),
    ],
)
def test_what_is_dropped_and_what_is_kept(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


def test_a_name_of_ten_thousand_characters_is_cut() -> None:
    assert clean("x" * 10_000, 64) == "x" * 63 + "…"


@given(st.text(), st.integers(1, 40))
def test_a_clipped_line_takes_the_cells_it_is_given(text: str, most: int) -> None:
    line = clean(text)
    clipped = clip(line, most)
    assert cell_width(clipped) <= most
    assert clipped == line or clipped.endswith("…")


@pytest.mark.parametrize(
    "text", ["Ada Lovelace", "漢字かな", "한국어", "e\u0335", "😀 ok", "Ｗｉｄｅ"]
)
def test_widths_are_those_that_the_screen_library_counts(text: str) -> None:
    assert cell_width(text) == cell_len(text)
