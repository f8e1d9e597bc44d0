"""Connections to the bridge: silence, new ones, another worker."""

import pytest

from tests.standard_calls.exchange import Exchange
from tui_call.standard_calls import events
from tui_call.standard_calls.effects import EndLeg, Tell
from tui_call.standard_calls.rooms import rooms_of
from tui_call.standard_calls.state import Happening


def legs_of(world: Exchange, who: str) -> list[tuple[str, bool]]:
    return [(leg.id, leg.connected) for leg in world.member(who).legs]


def offer(world: Exchange, who: str, leg: str) -> str:
    instance = world.member(who).instance
    return world.act(events.OffersLeg, who, instance=instance, leg=leg)


def talking() -> Exchange:
    """Return a call of two, with the legs "a" and "b"."""
    world = Exchange()
    world.place("ada", "bob", worker="w1")
    world.answer("bob")
    world.connect("ada", leg="a")
    world.connect("bob", leg="b")
    return world


@pytest.mark.parametrize("state", ["silent", "closed"])
def test_who_has_no_leg_with_sound_is_lost_and_gone_after_30_s(state: str) -> None:
    world = talking()
    world.leg("b", state)
    assert world.states() == {"ada": "talking", "bob": "lost"}
    assert world.news() == [Happening("lost", "bob")]
    assert legs_of(world, "bob") == ([("b", False)] if state == "silent" else [])
    world.passes(29.9)
    assert world.call.over == ""
    world.passes(0.1)
    assert world.told_over() == {"bob": ("G_LOST", ""), "ada": ("G_LOST", "")}


def test_who_is_heard_again_is_back() -> None:
    world = talking()
    world.leg("b", "silent")
    world.passes(29)
    world.leg("b", "connected")
    assert world.news() == [Happening("back", "bob")]
    world.passes(100)
    assert world.states() == {"ada": "talking", "bob": "talking"}


def test_a_new_leg_comes_before_the_old_one_goes() -> None:
    world = talking()
    assert offer(world, "bob", "b2") == ""
    assert world.saw(Tell) == []  # the others need not know
    assert [seat.legs for seat in rooms_of(world.call)[0].seats] == [("a",), ("b", "b2")]
    world.leg("b", "silent")
    assert world.states()["bob"] == "lost"
    world.leg("b2", "connected")
    assert world.states()["bob"] == "talking"
    assert legs_of(world, "bob") == [("b2", True)]
    assert world.saw(EndLeg) == [EndLeg("b")]


def test_two_legs_that_both_bring_sound_both_stay_and_one_can_go() -> None:
    world = talking()
    offer(world, "bob", "b2")
    world.leg("b2", "connected")
    assert legs_of(world, "bob") == [("b", True), ("b2", True)]
    world.leg("b", "closed")
    assert world.states()["bob"] == "talking"


def test_a_leg_that_has_not_begun_stays_when_an_earlier_one_is_heard_again() -> None:
    world = talking()
    world.leg("b", "silent")
    offer(world, "bob", "b2")
    world.leg("b", "connected")
    assert legs_of(world, "bob") == [("b", True), ("b2", False)]


def test_of_three_legs_one_without_sound_is_closed_else_the_oldest() -> None:
    world = talking()
    offer(world, "bob", "b2")
    offer(world, "bob", "b3")
    assert world.saw(EndLeg) == [EndLeg("b2")]
    offer(world, "bob", "b3")
    assert legs_of(world, "bob") == [("b", True), ("b3", False)]
    world.leg("b3", "connected")
    offer(world, "bob", "b4")
    assert world.saw(EndLeg) == [EndLeg("b")]
    assert world.states()["bob"] == "talking"


def test_a_leg_is_of_who_offered_it_alone() -> None:
    world = talking()
    assert offer(world, "bob", "a") == "N_UNKNOWN_CALL"
    assert world.act(events.OffersLeg, "bob", instance="f" * 32, leg="b2") == "N_UNKNOWN_CALL"
    before = world.call
    world.leg("of another call", "silent")
    assert world.call is before


def test_a_leg_that_was_refused_leaves_time_for_another_one() -> None:
    world = Exchange()
    world.place("ada", "bob")
    offer(world, "ada", "a")
    world.leg("a", "closed")
    assert world.states()["ada"] == "joining"
    assert legs_of(world, "ada") == []
    offer(world, "ada", "a2")
    world.leg("a2", "connected")
    assert world.states()["ada"] == "talking"


def test_another_worker_asks_for_new_legs_and_everything_else_stays() -> None:
    world = Exchange().talk("ada", "bob", "cleo")
    world.act(events.Holds, "cleo", on=True)
    world.act(events.Adds, "ada", people=("dan", "eve"))
    world.answer("eve")
    numbers = {m.account: m.number for m in world.call.members}
    world.take(events.WorkerChanged(""))
    assert world.news() == [Happening("bridge_lost")]
    assert world.states() == {
        "ada": "lost", "bob": "lost", "cleo": "lost", "dan": "ringing", "eve": "joining"
    }  # fmt: skip
    world.passes(20)
    world.take(events.WorkerChanged("w2"))
    assert (world.call.worker, world.news()) == ("w2", [Happening("bridge_back")])
    world.passes(20)
    for who in ("ada", "bob", "cleo", "eve"):
        world.connect(who, leg=f"new of {who}")
    assert {m.account: m.number for m in world.call.members} == numbers
    assert world.hears() == {"ada": "bob+eve", "bob": "ada+eve", "cleo": "", "eve": "ada+bob"}


def test_the_first_worker_of_a_call_is_no_news() -> None:
    world = Exchange()
    world.place("ada", "bob")
    world.take(events.WorkerChanged("w1"))
    assert world.news() == []
    assert world.saw(Tell) == [Tell()]
    before = world.call
    world.take(events.WorkerChanged("w1"))
    assert world.call is before


def test_without_a_bridge_everybody_is_gone_after_30_s() -> None:
    world = talking()
    world.take(events.WorkerChanged(""))
    world.passes(30)
    assert world.call.over == "G_LOST"
    assert set(world.told_over()) == {"ada", "bob"}


def test_parked_people_stay_parked_with_another_worker() -> None:
    world = talking()
    world.act(events.Parks, "ada", slot=71)
    world.take(events.WorkerChanged("w2"))
    world.connect("bob", leg="new")
    assert world.hears() == {"bob": "music"}
    assert world.act(events.Retrieves, "dan", slot=71) == ""
