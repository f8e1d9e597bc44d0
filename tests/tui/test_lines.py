import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.content import Content

from tests.support.fake_engine import HOSTILE
from tui_call.tui import glyphs, lines
from tui_call.tui.widgets.levels import bar, decibels


@given(st.text(max_size=300), st.integers(1, 60))
def test_a_column_has_its_width_whatever_stands_in_it(text: str, width: int) -> None:
    column = lines.column(text, width)
    assert column.cell_length == width
    assert "\x1b" not in column.plain
    assert "\n" not in column.plain


@given(st.text(max_size=40), st.integers(1, 60))
def test_the_middle_of_a_column_is_as_wide_as_the_column(text: str, width: int) -> None:
    assert lines.centred(text, width).cell_length == width


@given(st.text(max_size=80), st.text(max_size=80), st.integers(20, 120))
def test_a_rule_fills_its_line(first: str, second: str, width: int) -> None:
    assert lines.rule(width, first, second).cell_length == width


def test_words_and_symbols_of_two_cells_stand_in_the_middle() -> None:
    assert lines.centred("Hat", 8).plain == "  Hat   "
    assert lines.centred("🎩", 8).plain == "   🎩   "


def test_a_long_title_leaves_room_for_the_next() -> None:
    assert "mallory@acme" in lines.rule(80, HOSTILE, "mallory@acme").plain


def test_spread_keeps_the_right_end() -> None:
    row = lines.spread(lines.text("a" * 50), lines.text("end"), 20)
    assert row.cell_length == 20
    assert row.plain.endswith(" end")


def test_whole_sentences_are_kept_where_they_fit() -> None:
    said = "Only your two devices have the keys. Code compared on 14 Aug."
    assert lines.shortened(said, 80) == said
    assert lines.shortened(said, 50) == "Only your two devices have the keys."
    assert lines.shortened(said, 10) == "Only your…"


@pytest.mark.parametrize(
    ("label", "in_ascii"),
    [
        ("⛨ E2EE compared", "[E] E2EE compared"),
        ("⛨ E2EE NEW KEY", "[!] E2EE NEW KEY"),
        ("✖ KEY CHANGED", "[X] KEY CHANGED"),
        ("○ NOT E2EE", "[ ] NOT E2EE"),
        ("… ringing", "... ringing"),
        ("? NO ENGINE", "[?] NO ENGINE"),
        ("caller", "caller"),
    ],
)
def test_shields_in_ascii(label: str, in_ascii: str) -> None:
    assert glyphs.shield(label, ascii_only=True) == in_ascii
    assert glyphs.shield(label, ascii_only=False) == label


@pytest.mark.parametrize(("level", "full"), [(-100, 0), (-60, 0), (-31, 9), (-18, 14), (0, 20)])
def test_meters(level: float, full: int) -> None:
    assert bar(level, 20).plain == "▕" + "█" * full + "░" * (20 - full) + "▏"
    assert glyphs.in_ascii(bar(level, 20)).plain.isascii()


def test_decibels_keep_their_column() -> None:
    levels = [decibels(level) for level in (-100.0, -60.0, -18.2, -3.0, 0.0)]
    assert {len(level) for level in levels} == {7}
    assert all(glyphs.in_ascii(Content(level)).plain.isascii() for level in levels)
