"""The sentences fit a narrow terminal whatever is filled in, and no reason is without one."""

import string

import pytest
from rich.cells import cell_len

from tui_call import sentences
from tui_call.reasons import EndReason
from tui_call.sentences import Sentence, codes, sentence

# Names come from people; everything else is as wide here as it can become.
BOUNDED = {
    "n": 120,
    "rank": 12,
    "ver": "10.20.30",
    "date": "2026-12-31",
    "time": "23:59",
    "dur": "12:59:59",
    "kind": "not E2EE",
    "muted": "not muted",
}


def rows() -> list[Sentence]:
    return [row for code in codes() for row in sentences._table()[code]]


def fields_of(row: Sentence) -> dict[str, str]:
    """Return the fields of a row, each with how it is filled in."""
    parsed = [part for text in (row.label, row.text) for part in string.Formatter().parse(text)]
    return {name: form or "" for _, name, form, _ in parsed if name}


def field_names() -> set[str]:
    return {name for row in rows() for name in fields_of(row)}


def whole_fields() -> set[str]:
    """Return the fields that are never clipped to a line, as files and what a library says."""
    return {name for row in rows() for name, form in fields_of(row).items() if form == "whole"}


@pytest.mark.parametrize("letter", ["M", "漢", "😀"])
def test_every_row_fits_with_the_widest_names(letter: str) -> None:
    fields = {name: BOUNDED.get(name, letter * 500) for name in field_names()}
    fields |= dict.fromkeys(whole_fields(), "/a/path/")
    wide = {}
    for row in rows():
        filled = sentence(row.code, row.label, **fields)
        for text in (filled.label, filled.text, *(one.label for one in filled.remedies)):
            if cell_len(text) > sentences.LINE_CELLS:
                wide[row.code] = text
    assert wide == {}


def test_a_long_name_in_a_short_sentence_keeps_sixteen_cells() -> None:
    assert sentence(EndReason.DECLINED, peer="a" * 40).text == "a" * 15 + "… declined."
    assert sentence(EndReason.DECLINED, peer="漢" * 40).text == "漢" * 7 + "… declined."


def test_a_short_name_stays_whole_in_a_long_sentence() -> None:
    row = sentence(EndReason.KEY_CHANGED, "callee", peer="Ada Lovelace")
    assert row.text.startswith("Held back: a call from Ada Lovelace came")


def test_a_name_cannot_steer_the_terminal() -> None:
    row = sentence(EndReason.DECLINED, peer="\x1b[31mMal\u202elory\n")
    assert row.text == "[31mMallory declined."


@pytest.mark.parametrize("reason", list(EndReason))
def test_every_end_of_a_call_has_its_sentence(reason: EndReason) -> None:
    assert sentence(reason, **dict.fromkeys(field_names(), "Ada")).text.endswith((".", "?"))


def test_a_sentence_for_one_side_is_not_told_to_the_other() -> None:
    caller = sentence(EndReason.E2EE_OFF, "caller", who="Ada")
    callee = sentence(EndReason.E2EE_OFF, "callee", who="Ada", peer="Bo")
    assert caller.text.startswith("No call:")
    assert callee.text.startswith("Bo could not call:")
    with pytest.raises(KeyError, match="R_NO_STANDARD"):
        sentence(EndReason.E2EE_OFF, "own")


def test_no_two_capabilities_are_off_with_one_sentence() -> None:
    said = [sentence(code, policy="p", who="you").text for code in codes() if code.startswith("E_")]
    assert len(said) == len(set(said))
