import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.fake_engine import CODE
from tui_call.tui.comparison import Form, first_wrong_group, halves

CALLEE = msgspec.structs.replace(CODE, caller=False)


@pytest.mark.parametrize(
    ("form", "typed"),
    [
        ("digits", "88530021"),
        ("digits", " 8853-0021 "),
        ("digits", "4821 9930 1274 8853 0021"),
        ("digits", "48219930127488530021"),
        ("words", "Maple SIGNAL harbor"),
        ("words", "anchor velvet orbit maple signal harbor"),
        ("emoji", "pizza, rocket, key"),
        ("emoji", "dog guitar cactus anchor pizza rocket key"),
    ],
)
def test_what_the_callee_reads_or_the_whole_code_is_right(form: Form, typed: str) -> None:
    assert first_wrong_group(CODE, form, typed) is None


@pytest.mark.parametrize(
    ("form", "typed", "group"),
    [
        ("digits", "8853 0022", 5),
        ("digits", "8854 0021", 4),
        ("digits", "8853", 5),
        ("digits", "", 4),
        ("digits", "4821 9930 1275 8853 0021", 3),
        ("digits", "4821 9930 1274 8853 0021 9", 5),
        ("words", "maple signal harbour", 6),
        ("emoji", "pizza key rocket", 6),
    ],
)
def test_the_first_wrong_group_is_named(form: Form, typed: str, group: int) -> None:
    assert first_wrong_group(CODE, form, typed) == group


def test_the_own_half_shows_nothing() -> None:
    assert first_wrong_group(CODE, "digits", "4821 9930 1274") == 4
    assert first_wrong_group(CALLEE, "digits", "4821 9930 1274") is None
    assert first_wrong_group(CALLEE, "digits", "8853 0021") == 1


def test_the_halves_make_the_whole() -> None:
    assert halves(CODE, "digits").first == 3
    assert halves(CODE, "words").first == 3
    assert len(halves(CODE, "emoji").groups) == 7


@given(st.text(max_size=80), st.sampled_from(["digits", "words", "emoji"]))
def test_anything_can_be_typed(typed: str, form: Form) -> None:
    wrong = first_wrong_group(CODE, form, typed)
    assert wrong is None or 1 <= wrong <= len(halves(CODE, form).groups)
