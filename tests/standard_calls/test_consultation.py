"""Asking first, apart from the others, and each way out of it."""

import pytest

from tests.standard_calls.exchange import Exchange
from tui_call.standard_calls import events
from tui_call.standard_calls.effects import SoundTone
from tui_call.standard_calls.state import Happening, OpenTransfer


def asking(*others: str) -> Exchange:
    """Return a call of ada with bob, and perhaps others, whose ada calls dan apart."""
    world = Exchange().talk("ada", "bob", *others)
    assert world.act(events.Consults, "ada", to="dan") == ""
    return world


def speaking(*others: str) -> Exchange:
    """Return such a call in which dan has answered."""
    world = asking(*others)
    assert world.answer("dan") == ""
    world.connect("dan")
    return world


def test_the_first_one_hears_music_while_the_target_rings() -> None:
    world = asking()
    assert world.news() == [Happening("consulting", "ada", "dan")]
    assert world.call.transfer == OpenTransfer("ada", "dan", asks_first=True)
    assert world.states() == {"ada": "talking!", "bob": "talking", "dan": "ringing!"}
    assert world.hears() == {"ada": "", "bob": "music"}


def test_the_two_speak_apart() -> None:
    world = speaking()
    assert world.hears() == {"ada": "dan", "bob": "music", "dan": "ada"}
    world.act(events.Holds, "dan", on=True)
    assert world.hears() == {"ada": "music", "bob": "music", "dan": ""}


def test_several_who_wait_talk_with_each_other() -> None:
    world = speaking("cleo")
    assert world.hears() == {"ada": "dan", "bob": "cleo", "cleo": "bob", "dan": "ada"}


def test_who_held_the_call_speaks_apart_without_hold() -> None:
    world = Exchange().talk("ada", "bob")
    world.act(events.Holds, "ada", on=True)
    world.act(events.Consults, "ada", to="dan")
    assert not world.member("ada").on_hold


def test_joining_leaves_the_first_one_with_the_target() -> None:
    world = speaking()
    assert world.act(events.JoinsConsulted, "ada") == ""
    assert world.told_over() == {"ada": ("G_ENDED", "ada")}
    assert world.news() == [Happening("transferred", "ada", "dan")]
    assert world.hears() == {"bob": "dan", "dan": "bob"}
    assert world.call.transfer is None
    assert world.saw(SoundTone) == []


def test_nobody_is_joined_before_the_target_answers_or_without_having_asked() -> None:
    world = asking()
    assert world.act(events.JoinsConsulted, "ada") == "N_TARGET_RINGS"
    assert world.act(events.JoinsConsulted, "bob") == "N_NOTYET"
    plain = Exchange().talk("ada", "bob")
    assert plain.act(events.JoinsConsulted, "ada") == "N_NOTYET"
    passed_on = Exchange().talk("ada", "bob", "cleo")
    passed_on.act(events.Transfers, "ada", to="dan")
    assert passed_on.act(events.JoinsConsulted, "bob") == "N_NOTYET"


@pytest.mark.parametrize("answered", [False, True])
def test_cancelling_brings_back_and_lets_the_target_go(answered: bool) -> None:
    world = speaking() if answered else asking()
    assert world.act(events.CancelsConsult, "ada") == ""
    assert world.told_over() == {"dan": ("G_ENDED" if answered else "R_CANCELLED", "ada")}
    assert Happening("consult_over", "ada", "dan") in world.news()
    assert world.hears() == {"ada": "bob", "bob": "ada"}


def test_a_cancel_that_crosses_the_targets_end_is_done_already() -> None:
    world = speaking()
    world.hang_up("dan")
    before = world.states()
    assert world.act(events.CancelsConsult, "ada") == ""
    assert world.states() == before
    assert world.act(events.JoinsConsulted, "ada") == "N_NOTYET"


def test_one_who_waits_cannot_cancel_it() -> None:
    world = speaking()
    world.act(events.CancelsConsult, "bob")
    assert world.call.transfer is not None


@pytest.mark.parametrize(
    ("end", "news"),
    [
        (events.Declines(account="dan", device="d"), "declined"),
        (events.Declines(account="dan", device="d", why="R_BUSY"), "busy"),
        (events.Unreachable("dan"), "offline"),
        (None, "no_answer"),
    ],
)
def test_a_target_that_does_not_come_brings_back(end: events.Event | None, news: str) -> None:
    world = asking()
    if end is None:
        world.passes(60)
    else:
        world.take(end)
    assert [one.what for one in world.news()] == [news, "consult_over"]
    assert world.states() == {"ada": "talking", "bob": "talking"}
    assert world.hears() == {"ada": "bob", "bob": "ada"}


def test_a_missed_call_of_who_asks_is_left_at_the_target() -> None:
    world = asking()
    world.passes(60)
    assert world.words() == [("dan", "ada")]


@pytest.mark.parametrize("how", ["hangs up", "is lost"])
def test_a_target_that_leaves_brings_back(how: str) -> None:
    world = speaking()
    if how == "hangs up":
        world.hang_up("dan")
    else:
        world.leg(world.member("dan").legs[0].id, "closed")
        world.passes(30)
    assert world.hears() == {"ada": "bob", "bob": "ada"}
    assert world.news()[-1] == Happening("consult_over", "ada", "dan")
    assert world.saw(SoundTone) == []  # bob did not speak with dan


def test_the_call_with_the_target_goes_on_when_the_last_of_the_others_leaves() -> None:
    world = speaking("cleo")
    world.hang_up("bob")
    assert world.call.transfer is not None
    world.hang_up("cleo")
    assert world.call.transfer is None
    assert world.news() == [Happening("left", "cleo"), Happening("consult_over", "ada", "dan")]
    assert world.hears() == {"ada": "dan", "dan": "ada"}


def test_the_target_rings_on_when_the_last_of_the_others_leaves() -> None:
    world = asking()
    world.hang_up("bob")
    assert world.states() == {"ada": "talking", "dan": "ringing"}
    assert world.answer("dan") == ""
    world.connect("dan")
    assert world.hears() == {"ada": "dan", "dan": "ada"}


@pytest.mark.parametrize("answered", [False, True])
def test_who_asks_leaves_altogether_and_nobody_is_joined_unasked(answered: bool) -> None:
    world = speaking() if answered else asking()
    world.hang_up("ada")
    assert world.call.over == "G_ENDED"
    assert set(world.told_over()) == {"ada", "bob", "dan"}

    several = speaking("cleo") if answered else asking("cleo")
    several.hang_up("ada")
    assert several.states() == {"bob": "talking", "cleo": "talking"}
    assert several.told_over()["dan"] == ("G_ENDED" if answered else "R_CANCELLED", "ada")


@pytest.mark.parametrize("answered", [False, True])
def test_a_target_that_goes_to_another_device_meanwhile_is_joined_with_none(answered: bool) -> None:
    world = speaking("cleo")
    world.act(events.HandsOver, "dan", to_device="dan-2")
    if answered:
        world.answer("dan", device="dan-2")
    world.hang_up("ada")
    assert world.hears() == {"bob": "cleo", "cleo": "bob"}


def test_a_join_crosses_the_targets_hang_up() -> None:
    world = speaking()
    world.act(events.JoinsConsulted, "ada")
    world.hang_up("dan")
    assert world.told_over() == {"dan": ("G_ENDED", "dan"), "bob": ("G_ENDED", "dan")}


def test_only_those_who_wait_add_people_and_nobody_passes_the_call_on_meanwhile() -> None:
    world = speaking()
    assert world.act(events.Adds, "ada", people=("eve",)) == "N_TRANSFERRING"
    assert world.act(events.Transfers, "ada", to="eve") == "N_TRANSFERRING"
    assert world.act(events.Parks, "ada", slot=71) == "N_TRANSFERRING"
    assert world.act(events.Adds, "bob", people=("eve",)) == ""
    world.answer("eve")
    world.connect("eve")
    assert world.hears()["eve"] == "bob"
