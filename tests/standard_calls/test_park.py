"""A call at a slot: taken by one, ringing back three times, over."""

import pytest

from tests.standard_calls.exchange import Exchange
from tui_call.standard_calls import events
from tui_call.standard_calls.effects import Ring
from tui_call.standard_calls.rules import MOST_PARKED
from tui_call.standard_calls.state import Happening, ParkedAt, next_deadline

SLOT = 71


def parked(*others: str) -> Exchange:
    """Return a call of ada with bob, and perhaps others, that ada has parked."""
    world = Exchange().talk("ada", "bob", *others)
    assert world.act(events.Parks, "ada", slot=SLOT) == ""
    return world


def test_who_parks_is_free_and_the_others_hear_music() -> None:
    world = parked("cleo")
    assert world.told_over() == {"ada": ("G_ENDED", "ada")}
    assert world.news() == [Happening("parked", "ada", slot=SLOT)]
    assert world.call.parked == ParkedAt(SLOT, "ada", world.now + 120)
    assert next_deadline(world.call) == world.now + 120
    assert world.hears() == {"bob": "music", "cleo": "music"}


def test_whose_calls_stand_at_enough_slots_parks_no_more() -> None:
    world = Exchange().talk("ada", "bob")
    assert world.act(events.Parks, "ada", slot=SLOT, parked=MOST_PARKED) == "N_OWN_SLOTS"
    assert world.act(events.Parks, "ada", slot=SLOT, parked=MOST_PARKED - 1) == ""


def test_who_retrieves_talks_with_them_and_the_slot_is_free() -> None:
    world = parked()
    assert world.act(events.Retrieves, "dan", slot=SLOT) == ""
    assert world.call.parked is None
    assert world.news() == [Happening("retrieved", "dan", slot=SLOT)]
    world.connect("dan")
    assert world.hears() == {"bob": "dan", "dan": "bob"}


def test_of_two_who_retrieve_one_gets_it() -> None:
    world = parked()
    assert world.act(events.Retrieves, "dan", slot=SLOT) == ""
    assert world.act(events.Retrieves, "eve", slot=SLOT) == "N_SLOT_EMPTY"
    assert set(world.states()) == {"bob", "dan"}


def test_what_is_not_parked_at_the_slot_is_not_retrieved() -> None:
    world = parked()
    assert world.act(events.Retrieves, "dan", slot=SLOT + 1) == "N_SLOT_EMPTY"
    plain = Exchange().talk("ada", "bob")
    assert plain.act(events.Retrieves, "dan", slot=SLOT) == "N_SLOT_EMPTY"


@pytest.mark.parametrize("judged", [{"by": "bob"}, {"group": "desk"}, {"by": "bob", "group": "x"}])
def test_what_is_parked_otherwise_than_was_judged_is_not_retrieved(judged: dict[str, str]) -> None:
    world = parked()
    assert world.act(events.Retrieves, "dan", slot=SLOT, **judged) == "N_SLOT_EMPTY"
    assert world.call.parked is not None
    assert world.act(events.Retrieves, "dan", slot=SLOT, by="ada", group="") == ""


def test_who_is_parked_cannot_take_the_call_nor_pass_it_on() -> None:
    world = parked("cleo")
    assert world.act(events.Retrieves, "bob", slot=SLOT) == "N_OWN_CALL"
    assert world.act(events.Retrieves, "bob", slot=SLOT, device="bob-2") == "N_OWN_CALL"
    assert world.act(events.Transfers, "bob", to="eve") == "N_PARKED"
    assert world.act(events.Consults, "bob", to="eve") == "N_PARKED"
    assert world.act(events.Parks, "bob", slot=72) == "N_PARKED"
    assert world.act(events.Adds, "bob", people=("eve",)) == "N_PARKED"
    stolen = world.member("bob").instance
    assert world.act(events.Retrieves, "dan", slot=SLOT, instance=stolen) == "N_UNKNOWN_CALL"


def test_without_a_free_slot_or_anybody_to_wait_the_call_stays_as_it_is() -> None:
    world = Exchange().talk("ada", "bob")
    before = world.call
    assert world.act(events.Parks, "ada", slot=0) == "N_NOSLOT"
    assert world.call is before
    alone = Exchange()
    alone.place("ada", "bob")
    assert alone.act(events.Parks, "ada", slot=SLOT) == "N_NOTYET"


def test_parking_twice_is_parking_once() -> None:
    world = parked()
    assert world.act(events.Parks, "ada", slot=72) == "N_UNKNOWN_CALL"
    assert world.call.parked is not None
    assert world.call.parked.slot == SLOT


def test_nobody_is_called_any_longer_into_a_call_that_is_parked() -> None:
    world = Exchange().talk("ada", "bob")
    world.act(events.Adds, "bob", people=("cleo",))
    world.act(events.Parks, "ada", slot=SLOT)
    assert world.told_over()["cleo"] == ("R_CANCELLED", "ada")


def test_it_rings_back_for_half_a_minute_after_two_and_can_still_be_retrieved() -> None:
    world = parked()
    world.passes(120)
    assert world.saw(Ring) == [Ring("ada")]
    assert world.member("ada").why_rings == "park_back"
    assert world.news() == [Happening("park_back", "ada", slot=SLOT)]
    assert world.hears() == {"bob": "music"}
    world.act(events.Retrieves, "dan", slot=SLOT)
    assert world.told_over() == {"ada": ("R_TAKEN_OTHER", "dan")}
    assert world.answer("ada") == "N_UNKNOWN_CALL"


@pytest.mark.parametrize("how", ["answers", "retrieves"])
def test_who_parked_it_takes_it_back(how: str) -> None:
    world = parked()
    world.passes(120)
    if how == "answers":
        assert world.answer("ada", instance="a" * 32) == ""
    else:
        assert world.act(events.Retrieves, "ada", slot=SLOT, instance="a" * 32) == ""
    assert Happening("retrieved", "ada", slot=SLOT) in world.news()
    assert world.call.parked is None
    world.connect("ada", leg="again")
    assert world.hears() == {"bob": "ada", "ada": "bob"}
    assert world.act(events.Retrieves, "dan", slot=SLOT) == "N_SLOT_EMPTY"


@pytest.mark.parametrize("how", ["no answer", "declines", "offline"])
def test_after_three_rounds_in_vain_it_ends(how: str) -> None:
    world = parked("cleo")
    for number in (1, 2, 3):
        world.passes(120)
        assert world.rings() == ["ada"]
        match how:
            case "declines":
                world.act(events.Declines, "ada")
            case "offline":
                world.take(events.Unreachable("ada"))
            case _:
                world.passes(30)
                assert Happening("no_answer", "ada", seconds=30) in world.news()
        if number < 3:
            assert world.call.parked is not None
            assert world.call.parked.rounds == number
            assert world.hears() == {"bob": "music", "cleo": "music"}
    assert world.call.over == "R_NO_ANSWER"
    assert world.news()[-1] == Happening("park_end", "ada", slot=SLOT)
    assert world.told_over()["bob"] == ("R_NO_ANSWER", "ada")
    assert world.call.parked is None
    assert world.words() == [("ada", "bob")]


def test_a_slot_is_free_when_the_last_who_waits_there_is_gone() -> None:
    world = parked("cleo")
    world.hang_up("bob")
    assert world.states() == {"cleo": "talking"}
    world.hang_up("cleo")
    assert world.call.over == "G_ENDED"
    assert world.call.parked is None


def test_it_stops_ringing_back_when_the_last_who_waits_is_gone() -> None:
    world = parked()
    world.passes(120)
    world.hang_up("bob")
    assert world.told_over()["ada"] == ("R_CANCELLED", "bob")


def test_a_service_that_was_away_for_long_goes_on_where_the_call_is_now() -> None:
    world = parked()
    world.now += 3600
    world.take(events.DeadlineReached())
    assert world.rings() == ["ada"]
    assert next_deadline(world.call) == world.now + 30


def test_a_service_that_finds_everybody_gone_rings_nobody_back() -> None:
    world = parked()
    world.leg(world.member("bob").legs[0].id, "silent")
    world.now += 3600
    world.take(events.DeadlineReached())
    assert world.saw(Ring) == []
    assert world.call.over == "G_LOST"
