"""What is kept of people who come back, hand the call over or pass it on, and in whose word."""

from collections.abc import Callable

import pytest

from tests.standard_calls.exchange import SLOT, Exchange
from tests.standard_calls.keeping import (
    ALLOWS,
    ASKS,
    REFUSES,
    marks,
    opened,
    record,
    recorded,
    talking,
    tones,
    transcribe,
)
from tui_call.standard_calls import events
from tui_call.standard_calls.kept_rooms import tap_room
from tui_call.standard_calls.state import Happening


def test_a_call_that_is_handed_over_is_recorded_on_with_the_same_consent() -> None:
    world = talking(ada=ASKS, bob=ASKS)
    record(world)
    world.act(events.Agrees, "bob", on=True)
    world.act(events.HandsOver, "bob", to_device="bob-2")
    world.answer("bob", device="bob-2", word=ASKS)
    assert recorded(world) == "ada+bob"
    world.connect("bob", leg="new leg")
    assert (recorded(world), tones(world)) == ("ada+bob", [])


def gone_and_added(world: Exchange) -> None:
    world.hang_up("bob")
    world.act(events.Adds, "ada", people=("bob",))
    world.answer("bob", device="bob-2", word=ALLOWS)


def parked_and_retrieved(world: Exchange) -> None:
    world.act(events.Parks, "bob", slot=SLOT)
    world.act(events.Retrieves, "bob", slot=SLOT, device="bob-2", word=ALLOWS)


def handed_over(world: Exchange) -> None:
    world.act(events.HandsOver, "bob", to_device="bob-2")
    world.answer("bob", device="bob-2", word=ALLOWS)


def test_who_leaves_while_the_tap_is_lost_and_comes_back_hears_the_tone_first() -> None:
    world = talking(ada=ALLOWS, bob=ALLOWS, cleo=ALLOWS)
    record(world)
    world.take(events.TapChanged(""))
    world.hang_up("bob")
    world.act(events.Adds, "ada", people=("bob",))
    world.answer("bob", word=ALLOWS)
    world.connect("bob")
    opened(world, tap="t2")
    assert (tones(world), recorded(world)) == (["bob"], "ada+cleo")
    world.passes(1)
    assert recorded(world) == "ada+cleo+bob"


@pytest.mark.parametrize("comes_back", [gone_and_added, parked_and_retrieved, handed_over])
def test_who_said_no_in_the_call_is_not_kept_on_coming_back_with_another_device(
    comes_back: Callable[[Exchange], None],
) -> None:
    world = talking(ada=ALLOWS, bob=ALLOWS, cleo=ALLOWS)
    record(world)
    world.act(events.Agrees, "bob", on=False)
    comes_back(world)
    world.connect("bob", leg="another leg")
    world.passes(1)
    assert (recorded(world), marks(world)["bob"]) == ("ada+cleo", "refused")
    world.act(events.Agrees, "bob", on=True, device="bob-2")
    assert recorded(world) == "ada+cleo+bob"


def test_who_agreed_and_comes_back_with_a_device_that_refuses_is_kept_no_more() -> None:
    world = talking(ada=ALLOWS, bob=ASKS)
    record(world)
    world.act(events.Agrees, "bob", on=True)
    world.answer("bob", instance="f" * 32, word=REFUSES)
    assert Happening("refused", "bob") in world.news()
    world.connect("bob", leg="another leg")
    assert (recorded(world), marks(world)["bob"]) == ("ada", "refused")


def test_who_agreed_and_hands_over_to_a_device_that_refuses_is_kept_no_more() -> None:
    world = talking(ada=ALLOWS, bob=ASKS)
    record(world)
    world.act(events.Agrees, "bob", on=True)
    world.act(events.HandsOver, "bob", to_device="bob-2")
    world.answer("bob", device="bob-2", word=REFUSES)
    world.connect("bob", leg="another leg")
    assert (recorded(world), marks(world)["bob"]) == ("ada", "refused")


def test_a_transfer_lets_a_recording_go_on_and_ask_who_comes() -> None:
    world = talking(ada=ALLOWS, bob=ALLOWS)
    record(world)
    world.act(events.Transfers, "ada", to="cleo")
    assert recorded(world) == ""  # bob hears music
    world.answer("cleo", word=ASKS)
    world.connect("cleo")
    world.passes(1)
    assert (recorded(world), marks(world)) == ("bob", {"bob": "kept", "cleo": "asked"})


def test_the_last_one_who_may_record_leaves_and_it_goes_on_to_the_end_of_the_call() -> None:
    world = talking(ada=ALLOWS, bob=ALLOWS, cleo=ALLOWS)
    record(world)
    transcribe(world)
    world.hang_up("ada")
    assert recorded(world) == "bob+cleo"
    world.hang_up("bob")
    assert world.call.over
    assert (world.call.kept, tap_room(world.call)) == ((), None)
