import msgspec
import pytest

from tests.support.fake_engine import CODE, DAY, GRACE, NOW, PEOPLE, person
from tui_call.control.selection import person_named
from tui_call.e2ee.comparing import first_wrong_group
from tui_call.tui.comparison import (
    Form,
    compared_words,
    fingerprint_halves,
    halves,
    likely_form,
)

CALLEE = msgspec.structs.replace(CODE, caller=False)


@pytest.mark.parametrize(
    ("form", "typed"),
    [
        ("digits", "8853 0021"),
        ("words", "maple signal harbor"),
        ("emoji", "pizza, rocket, key"),
        ("in person", "8853 0021"),
    ],
)
def test_the_caller_types_what_the_callee_reads(form: Form, typed: str) -> None:
    assert first_wrong_group(halves(CODE, form), typed) is None
    assert first_wrong_group(halves(CALLEE, form), typed) == 1


def test_the_halves_make_the_whole() -> None:
    assert halves(CODE, "digits").first == 3
    assert halves(CODE, "words").first == 3
    assert len(halves(CODE, "emoji").groups) == 7


@pytest.mark.parametrize(
    ("typed", "form"),
    [
        ("8853-0021", "digits"), ("", "digits"), ("maple signal harbor", "words"),
        ("pizza, rocket, key", "emoji"), ("PIZZA-ROCKET", "emoji"), ("nonsense", "words"),
    ],
)  # fmt: skip
def test_how_somebody_typed_tells_in_which_form(typed: str, form: Form) -> None:
    assert likely_form(CODE, typed) == form


def test_of_a_fingerprint_the_half_of_the_other_is_theirs() -> None:
    first, second = "1" * 30, "2" * 30
    ada_sees_grace = fingerprint_halves(first + second, "ada@acme", "grace@acme")
    assert first_wrong_group(ada_sees_grace, second) is None
    assert first_wrong_group(ada_sees_grace, first + second) is None
    assert first_wrong_group(ada_sees_grace, first) == 7
    grace_sees_ada = fingerprint_halves(first + second, "grace@acme", "ada@acme")
    assert first_wrong_group(grace_sees_ada, first) is None
    assert first_wrong_group(grace_sees_ada, second) == 1


def test_when_how_long_ago_and_how() -> None:
    assert compared_words(GRACE, NOW, None) == "Compared on 14 Aug, 6 days ago, digits."
    old = person("Alan", standing_when=NOW - 800 * DAY, compared_how="")
    assert compared_words(old, NOW, None).endswith("2024, 2 years ago.")
    assert compared_words(PEOPLE[1], NOW, None) == ""


def test_people_are_found_by_name_or_address() -> None:
    assert person_named(PEOPLE, "grace@acme") == GRACE
    assert person_named(PEOPLE, " Grace H") == GRACE
    assert person_named(PEOPLE, "nobody") is person_named(PEOPLE, "") is None
