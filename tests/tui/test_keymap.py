import itertools

import pytest

from tui_call.config.key_bindings import objection
from tui_call.tui import keymap


def test_ids_are_unique() -> None:
    assert len(keymap.BY_ID) == len(keymap.KEYS)


def test_each_key_can_be_bound_and_says_what_it_does() -> None:
    objections = {key.id: objection(key.keys) for key in keymap.KEYS}
    assert {key: words for key, words in objections.items() if words} == {}
    assert [
        key.id for key in keymap.KEYS if not key.tooltip or key.where not in keymap.TITLES
    ] == []


def test_no_key_means_two_things_in_one_place() -> None:
    for where in keymap.TITLES:
        forms = list(itertools.chain(*(key.keys.split(",") for key in keymap.table(where))))
        assert len(forms) == len(set(forms)), where


def test_a_capital_is_the_heavier_form_of_the_same_letter() -> None:
    assert keymap.BY_ID["call.transcript"].keys == keymap.BY_ID["call.captions"].keys.upper()
    assert keymap.BY_ID["call.consult"].keys == keymap.BY_ID["call.transfer"].keys.upper()


def test_only_known_bindings_are_remapped() -> None:
    settings = [("keys.call.record", "f5"), ("keys.no.such", "x"), ("ui.theme", "mono")]
    assert keymap.remapped([*settings, ("keys.call.hold", "")]) == {"call.record": "f5"}


def test_a_row_that_loses_all_its_keys_is_found() -> None:
    assert keymap.without_a_key({"call.record": "h"}) == [keymap.BY_ID["call.hold"]]
    assert keymap.without_a_key({"call.record": "h", "call.hold": "f5"}) == []
    assert keymap.without_a_key({"people.block": "c", "people.why": "f9"}) == []


@pytest.mark.parametrize(
    ("keys", "shown"),
    [("enter,c", "enter"), ("question_mark,f1", "?"), ("ctrl+x", "ctrl+x"), ("escape", "esc"),
     ("plus", "+"), (",", ","), ("+", "+"), ("H", "H")],
)  # fmt: skip
def test_keys_are_written_as_on_the_keyboard(keys: str, shown: str) -> None:
    assert keymap.shown(keys) == shown
