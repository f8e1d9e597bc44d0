"""Who gets a note that somebody in a call writes."""

from tests.standard_calls.exchange import Exchange
from tui_call.standard_calls import events
from tui_call.standard_calls.hearing import readers


def reads(world: Exchange, writer: str) -> list[str]:
    """Return the devices that get what somebody writes."""
    return [member.device for member in readers(world.call, world.member(writer))]


def test_who_has_answered_reads_it_and_who_rings_does_not() -> None:
    world = Exchange()
    world.place("ada", "bob", "cleo", worker="w1")
    assert reads(world, "ada") == []
    world.answer("bob")
    assert reads(world, "ada") == ["bob-1"]
    world.act(events.Holds, "bob", on=True)
    assert (reads(world, "ada"), reads(world, "bob")) == (["bob-1"], ["ada-1"])


def test_who_speaks_apart_writes_apart() -> None:
    world = Exchange().talk("ada", "bob", "cleo")
    world.act(events.Consults, "ada", to="dan")
    assert reads(world, "ada") == []
    world.answer("dan")
    assert (reads(world, "ada"), reads(world, "dan")) == (["dan-1"], ["ada-1"])
    assert reads(world, "bob") == ["cleo-1"]


def test_in_a_parked_call_nobody_does() -> None:
    world = Exchange().talk("ada", "bob", "cleo")
    world.act(events.Parks, "ada", slot=71)
    assert reads(world, "bob") == []


def test_while_a_call_goes_to_another_device_both_read_it_and_none_of_one_s_own() -> None:
    world = Exchange().talk("ada", "bob")
    world.act(events.HandsOver, "bob", to_device="bob-2")
    world.answer("bob", device="bob-2")
    assert reads(world, "ada") == ["bob-1", "bob-2"]
    old, _ = world.call.of_account("bob")
    assert [member.account for member in readers(world.call, old)] == ["ada"]
