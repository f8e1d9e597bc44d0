"""Two calls that become one, and two people who call each other."""

import pytest

from tests.standard_calls.exchange import Exchange, X, Y
from tests.standard_calls.keeping import ALLOWS, marks, record, recorded, talking, tones
from tui_call.standard_calls import events
from tui_call.standard_calls.effects import EndLeg
from tui_call.standard_calls.merging import cross
from tui_call.standard_calls.state import Happening

SAME_NUMBERS = "0" * 30 + "11"
"""The id of a call that gives the same numbers as X."""


def two_calls(other: str = Y) -> Exchange:
    """Return a call of ada with bob, and one with cleo and dan, which ada holds."""
    world = Exchange().talk("ada", "bob").talk("ada", "cleo", "dan", call=other)
    world.act(events.Holds, "ada", on=True, call=other)
    return world


def merged(world: Exchange, other: str = Y) -> str:
    return world.act(events.Merges, "ada", other=world.calls[other])


def test_the_people_of_both_talk_and_keep_their_legs() -> None:
    world = two_calls()
    legs = {one: world.member(one, Y).legs for one in ("cleo", "dan")}
    assert merged(world) == ""
    assert world.hears() == {
        "ada": "bob+cleo+dan",
        "bob": "ada+cleo+dan",
        "cleo": "ada+bob+dan",
        "dan": "ada+bob+cleo",
    }
    assert {one: world.member(one).legs for one in ("cleo", "dan")} == legs
    assert world.news() == [Happening("merged", "ada")]


def test_the_other_call_is_over_and_the_second_leg_of_who_merged_is_closed() -> None:
    world = two_calls()
    [leg] = world.member("ada", Y).legs
    merged(world)
    assert (world.calls[Y].over, world.calls[Y].over_by) == ("R_REPLACED", "ada")
    assert set(world.told_over()) == {"ada", "cleo", "dan"}
    assert world.saw(EndLeg) == [EndLeg(leg.id)]
    assert world.hang_up("cleo", Y) == "N_UNKNOWN_CALL"


def test_who_held_the_call_that_the_others_come_into_takes_it_off_hold() -> None:
    world = two_calls()
    world.act(events.Holds, "ada", on=False, call=Y)
    world.act(events.Holds, "ada", on=True)
    world.act(events.Holds, "cleo", on=True, call=Y)
    merged(world)
    assert world.hears()["ada"] == "bob+dan"
    assert world.hears()["cleo"] == ""  # who holds does so still


def test_a_number_that_two_have_is_given_anew_to_both() -> None:
    world = two_calls(SAME_NUMBERS)
    numbers = {m.account: m.number for m in world.call.members}
    others = {m.account: m.number for m in world.calls[SAME_NUMBERS].members}
    assert (numbers, others) == ({"ada": 1, "bob": 2}, {"ada": 1, "cleo": 2, "dan": 3})
    merged(world, SAME_NUMBERS)
    after = {m.account: m.number for m in world.call.members}
    assert after.pop("dan") == 3
    assert set(after.values()).isdisjoint({1, 2, 3})


def test_a_number_that_rests_in_one_call_is_not_brought_from_another() -> None:
    world = two_calls(SAME_NUMBERS)
    world.act(events.Adds, "ada", people=("eve",))
    world.answer("eve")
    assert world.member("eve").number == world.member("dan", SAME_NUMBERS).number
    world.hang_up("eve")
    merged(world, SAME_NUMBERS)
    assert world.member("dan").number != 3


def test_who_is_in_both_calls_is_in_one_then() -> None:
    world = Exchange().talk("ada", "bob").talk("ada", "bob", "cleo", call=Y)
    here = world.member("bob").instance
    legs = world.member("bob", Y).legs
    merged(world)
    assert world.member("bob").instance == here
    assert EndLeg(legs[0].id) in world.saw(EndLeg)


def test_who_only_rings_in_one_stays_in_the_other() -> None:
    world = Exchange().talk("ada", "bob").talk("ada", "cleo", call=Y)
    world.act(events.Adds, "ada", people=("cleo",))
    world.act(events.Adds, "ada", people=("bob", "eve"), call=Y)
    merged(world)
    assert world.hears() == {"ada": "bob+cleo", "bob": "ada+cleo", "cleo": "ada+bob"}
    assert world.rings() == ["eve"]
    world.answer("eve")
    assert world.states()["eve"] == "joining"


def test_nobody_gets_the_number_of_one_who_rang_here_and_comes_from_there() -> None:
    world = Exchange().talk("ada", "bob").talk("bob", "eve", call=Y)
    world.act(events.Adds, "ada", people=("cleo", "eve"))
    rang = world.member("eve").number
    world.act(events.Merges, "bob", other=world.calls[Y])
    assert rang not in {member.number for member in world.call.members}


def test_all_whom_one_calls_after_a_merge_come() -> None:
    world = Exchange()
    world.place("ada", "bob", "eve", first_takes=True)
    world.talk("ada", "cleo", call=Y)
    merged(world)
    world.answer("bob")
    assert world.rings() == ["eve"]


@pytest.mark.parametrize(
    ("moment", "why"),
    [
        ("no other", "N_NOOTHER"),
        ("itself", "N_NOOTHER"),
        ("one's own device is not in it", "N_NOOTHER"),
        ("over", "N_NOOTHER"),
        ("transfer here", "N_TRANSFERRING"),
        ("transfer there", "N_TRANSFERRING"),
        ("parked", "N_PARKED"),
        ("handing over", "N_TARGET_RINGS"),
        ("seventeen", "N_FULL"),
    ],
)
def test_what_cannot_become_one_call_stays_two(moment: str, why: str) -> None:
    world = two_calls()
    other = world.calls[Y]
    match moment:
        case "no other":
            other = None
        case "itself":
            other = world.call
        case "one's own device is not in it":
            world.hang_up("ada", Y)
            other = world.calls[Y]
        case "over":
            world.hang_up("ada", Y)
            world.hang_up("dan", Y)
            other = world.calls[Y]
        case "transfer here":
            world.act(events.Consults, "ada", to="eve")
        case "transfer there":
            world.act(events.Consults, "ada", to="eve", call=Y)
            other = world.calls[Y]
        case "parked":
            world.act(events.Parks, "cleo", slot=71, call=Y)
            other = world.calls[Y]
        case "handing over":
            world.act(events.HandsOver, "dan", to_device="dan-2", call=Y)
            other = world.calls[Y]
        case _:
            world.act(events.Adds, "ada", people=tuple(f"person{n}" for n in range(13)))
    before = world.call
    assert world.act(events.Merges, "ada", other=other) == why
    assert world.call is before


# Two people call each other


def test_two_who_call_each_other_are_found_whichever_call_is_looked_at() -> None:
    world = Exchange()
    world.place("ada", "bob", call=Y)
    world.place("bob", "ada", call=X)
    assert cross(world.calls[X], world.calls[Y])
    assert cross(world.calls[Y], world.calls[X])


@pytest.mark.parametrize("how", ["same way", "another", "answered", "several", "agreed before"])
def test_calls_that_do_not_cross_are_two(how: str) -> None:
    world = Exchange()
    world.place("ada", "bob")
    match how:
        case "same way":
            world.place("ada", "bob", call=Y)
        case "another":
            world.place("bob", "cleo", call=Y)
        case "answered":
            world.place("bob", "ada", call=Y)
            world.answer("bob")
        case "several":
            world.place("bob", "ada", "cleo", call=Y)
        case _:
            world.place("bob", "ada", call=Y, ring=False)
    assert not cross(world.calls[X], world.calls[Y])
    assert not cross(world.calls[Y], world.calls[X])


def test_the_recording_of_the_call_that_goes_on_goes_on_and_asks_who_comes() -> None:
    world = two_calls()
    world.act(events.Agrees, "cleo", on=True, call=Y)
    world.act(events.Agrees, "dan", on=False, call=Y)
    record(world)
    world.act(events.Records, "cleo", on=True, call=Y)
    merged(world)
    assert world.calls[Y].recording is None
    assert Happening("recording_over", "ada") not in world.news()
    assert sorted(tones(world)) == ["cleo", "dan"]
    world.passes(1)
    assert (recorded(world), marks(world)["cleo"], marks(world)["dan"]) == (
        "ada",
        "asked",
        "refused",
    )


def test_the_recording_of_the_other_call_closes_and_all_are_told() -> None:
    world = two_calls()
    world.act(events.Records, "cleo", on=True, call=Y)
    merged(world)
    assert (world.call.recording, world.calls[Y].recording) == (None, None)
    assert world.news() == [Happening("merged", "ada"), Happening("recording_over", "ada")]


def test_who_said_no_in_the_other_call_is_not_kept_in_the_one_that_goes_on() -> None:
    world = two_calls()
    record(world)
    assert recorded(world) == "ada"
    world.act(events.Agrees, "ada", on=False, call=Y)
    merged(world)
    world.passes(1)
    assert (recorded(world), marks(world)["ada"]) == ("", "refused")


def test_who_said_no_and_left_is_not_kept_on_coming_with_another_call() -> None:
    world = talking(ada=ALLOWS, bob=ALLOWS, cleo=ALLOWS)
    record(world)
    world.act(events.Agrees, "cleo", on=False)
    world.hang_up("cleo")
    world.talk("ada", "cleo", call=Y)
    world.take(events.WordChanged("cleo", "cleo-1", ALLOWS), Y)
    merged(world)
    world.passes(1)
    assert (recorded(world), marks(world)["cleo"]) == ("ada+bob", "refused")
