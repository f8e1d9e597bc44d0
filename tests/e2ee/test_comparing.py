"""Typed codes: forgiving about how they are typed, and about nothing else."""

import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tui_call.e2ee.comparing import Halves, first_wrong_group
from tui_call.e2ee.security_code import _table, security_code

DIGITS = Halves(("4821", "9930", "1274", "8853", "0021"), 3, theirs_first=False)
HEARD_FIRST = Halves(DIGITS.groups, 3, theirs_first=True)
WORDS = Halves(("anchor", "velvet", "orbit", "maple", "signal", "harbor"), 3, theirs_first=False)
EMOJI = Halves(("Dog", "Thumbs Up", "Cactus", "Anchor", "Pizza", "Rocket", "Key"), 4, False)


@pytest.mark.parametrize(
    ("halves", "typed"),
    [
        (DIGITS, "88530021"),
        (DIGITS, " 8853-0021 "),
        (DIGITS, "8 8 5 3, 0 0 2 1."),
        (DIGITS, "8853–0021"),
        (DIGITS, "8853\u00a00021"),
        (DIGITS, "\uff18\uff18\uff15\uff13\u0660\u0660\u0662\u0661"),
        (DIGITS, "4821 9930 1274 8853 0021"),
        (DIGITS, "48219930127488530021"),
        (HEARD_FIRST, "4821 9930 1274"),
        (HEARD_FIRST, "4821-9930-1274-8853-0021"),
        (WORDS, "Maple SIGNAL harbor"),
        (WORDS, "maple-signal-harbor"),
        (WORDS, "MapleSignalHarbor"),
        (WORDS, "anchor velvet orbit maple signal harbor"),
        (EMOJI, "pizza, rocket, key"),
        (EMOJI, "dog thumbs up cactus anchor pizza rocket key"),
        (EMOJI, "dog, thumbs-up, cactus, anchor, pizza, rocket, key"),
    ],
)
def test_the_other_half_or_the_whole_is_right_however_it_is_typed(
    halves: Halves, typed: str
) -> None:
    assert first_wrong_group(halves, typed) is None


@pytest.mark.parametrize(
    ("halves", "typed", "group"),
    [
        (DIGITS, "8853 0022", 5),
        (DIGITS, "8854 0021", 4),
        (DIGITS, "8853", 5),
        (DIGITS, "", 4),
        (DIGITS, "4821 9930 1275 8853 0021", 3),
        (DIGITS, "4822 9930 1274 8853 0021", 1),
        (DIGITS, "4821 9930 1274 8853 0021 9", 5),
        (DIGITS, "8853 0021x", 5),
        (DIGITS, "8853 oo21", 5),
        (DIGITS, "0021 8853", 4),
        (HEARD_FIRST, "4821 9930", 3),
        (HEARD_FIRST, "4821 9930 1274 8853", 5),
        (HEARD_FIRST, "4821 9931 1274", 2),
        (WORDS, "maple signal harbour", 6),
        (WORDS, "maple harbor", 5),
        (EMOJI, "pizza key rocket", 6),
        (EMOJI, "dog thumbs up cactus hammer pizza rocket key", 4),
    ],
)
def test_the_first_wrong_group_is_named(halves: Halves, typed: str, group: int) -> None:
    assert first_wrong_group(halves, typed) == group


def test_the_own_half_shows_nothing() -> None:
    assert first_wrong_group(DIGITS, "4821 9930 1274") == 4
    assert first_wrong_group(HEARD_FIRST, "8853 0021") == 1


def test_the_halves_make_the_whole() -> None:
    for halves in (DIGITS, HEARD_FIRST, WORDS, EMOJI):
        both = sorted([*halves.own, *halves.theirs])
        assert both == list(range(len(halves.groups)))


secrets = st.binary(min_size=32, max_size=32)
forms = st.sampled_from(["digits", "words", "emoji"])


def in_form(secret: bytes, form: str, theirs_first: bool) -> Halves:
    code = security_code(secret)
    match form:
        case "digits":
            return Halves(tuple(code.digits.split()), 3, theirs_first)
        case "words":
            return Halves(code.words, 3, theirs_first)
        case _:
            return Halves(tuple(name for _, name in code.emoji), 4, theirs_first)


@given(secrets, forms, st.booleans(), st.sampled_from(["", " ", "-", ", ", "  —  "]), st.booleans())
def test_every_code_is_recognised(
    secret: bytes, form: str, theirs_first: bool, between: str, upper: bool
) -> None:
    halves = in_form(secret, form, theirs_first)
    for places in (halves.theirs, range(len(halves.groups))):
        typed = between.join(halves.groups[at] for at in places)
        assert first_wrong_group(halves, typed.upper() if upper else typed) is None


@given(secrets, secrets, forms, st.booleans(), st.booleans())
def test_another_code_is_never_taken_for_the_own_one(
    secret: bytes, other: bytes, form: str, theirs_first: bool, whole: bool
) -> None:
    halves, heard = in_form(secret, form, theirs_first), in_form(other, form, theirs_first)
    places = range(len(halves.groups)) if whole else halves.theirs
    assume(any(halves.groups[at] != heard.groups[at] for at in places))
    wrong = first_wrong_group(halves, " ".join(heard.groups[at] for at in places))
    assert wrong is not None
    if form == "digits":
        assert wrong - 1 == next(at for at in places if halves.groups[at] != heard.groups[at])


@given(st.text(max_size=80), forms, st.booleans())
def test_anything_can_be_typed(typed: str, form: str, theirs_first: bool) -> None:
    halves = in_form(bytes(range(32)), form, theirs_first)
    wrong = first_wrong_group(halves, typed)
    assert wrong is None or 1 <= wrong <= len(halves.groups)


def plain(name: str) -> str:
    return "".join(mark for mark in name.casefold() if unicodedata.category(mark)[0] == "L")


@pytest.mark.parametrize(
    "names",
    [
        {plain(name) for _, name in _table("sas_emoji.txt")},
        {plain(word) for pair in _table("pgp_words.txt") for word in pair},
    ],
    ids=["emoji", "words"],
)
def test_no_two_codes_are_typed_alike(names: set[str]) -> None:
    """Spaces are left out, so names must be told apart without them (Sardinas and Patterson)."""

    def rests(of: set[str], by: set[str]) -> set[str]:
        return {long[len(short) :] for short in by for long in of if long.startswith(short)}

    dangling = rests(names, names) - {""}
    seen: set[str] = set()
    while dangling - seen:
        seen |= dangling
        assert not dangling & names
        dangling = (rests(names, dangling) | rests(dangling, names)) - {""}
