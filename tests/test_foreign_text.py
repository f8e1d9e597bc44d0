"""Text of others is harmless on a terminal, and takes the cells that it is given."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tui_call.foreign_text import ForeignText, cell_width, clean, clip, skeleton


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
        ("\u034f\ufe0f\U000e0101 \u0301\u200d", ""),
        ("Ada \u0301\u0488 L", "Ada L"),
        ("\u2764\ufe0f", "\u2764"),
    ],
)
def test_what_is_dropped_and_what_is_kept(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


# Default_Ignorable_Code_Point of Unicode 15.1, DerivedCoreProperties.txt.
_IGNORABLE = (
    "ad 34f 61c 115f-1160 17b4-17b5 180b-180f 200b-200f 202a-202e 2060-206f 3164 fe00-fe0f feff "
    "ffa0 fff0-fff8 1bca0-1bca3 1d173-1d17a e0000-e0fff"
)


def test_nothing_invisible_is_left_or_makes_a_name_another_one() -> None:
    for part in _IGNORABLE.split():
        first, _, last = part.partition("-")
        for code in range(int(first, 16), int(last or first, 16) + 1):
            assert clean(f"A{chr(code)}da") == "Ada", hex(code)
            assert clean(chr(code)) == "", hex(code)


@pytest.mark.parametrize(
    "alike",
    [
        ("Ada", "ada", "ADA", "A d a", "Ad\u00e1", "\uff21da", "\u0410da", "Ad\u0430", "Ada."),
        ("Ian", "lan", "1an", "I\u0430n", "|an"),
        ("Bo", "B0", "\u0392\u03bf", "B\u00f8"),
        ("Warner", "Wamer", "VVarner"),
        ("\u6f22\u5b57", "\u6f22 \u5b57"),
    ],
)
def test_what_looks_alike_has_one_skeleton(alike: tuple[str, ...]) -> None:
    assert len({skeleton(clean(name)) for name in alike}) == 1


def test_what_looks_otherwise_has_another_skeleton() -> None:
    names = ["Ada", "Adam", "Eda", "Grace", "\u6f22", "\U0001f600", "\U0001f601", "-", "--"]
    assert len({skeleton(name) for name in names}) == len(names)


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
