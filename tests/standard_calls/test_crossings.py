"""Two things at the same moment: whichever the service takes first, there is one outcome."""

from collections.abc import Callable

import pytest

from tests.standard_calls.exchange import Exchange
from tui_call.standard_calls import events

BOTH_ORDERS = pytest.mark.parametrize("order", [1, -1])


def both(order: int, *things: Callable[[], str]) -> list[str]:
    """Let two things happen, in this order or the other; return why each was refused."""
    refused = {thing: thing() for thing in things[::order]}
    return [refused[thing] for thing in things]


@BOTH_ORDERS
def test_the_callers_hang_up_and_the_answer(order: int) -> None:
    world = Exchange()
    world.place("ada", "bob")
    _, answer = both(order, lambda: world.hang_up("ada"), lambda: world.answer("bob"))
    assert world.call.over == "G_ENDED"
    assert answer == ("" if order < 0 else "N_UNKNOWN_CALL")


@BOTH_ORDERS
def test_the_answer_on_two_devices(order: int) -> None:
    world = Exchange()
    world.place("ada", "bob")
    refused = both(order, lambda: world.answer("bob"), lambda: world.answer("bob", device="bob-2"))
    assert refused == ["", "N_UNKNOWN_CALL"][::order]
    assert world.states() == {"ada": "joining", "bob": "joining"}


@BOTH_ORDERS
def test_the_answer_of_two_whom_one_of_several_was_to_take(order: int) -> None:
    world = Exchange()
    world.place("ada", "bob", "cleo", first_takes=True)
    refused = both(order, lambda: world.answer("bob"), lambda: world.answer("cleo"))
    assert refused == ["", "N_UNKNOWN_CALL"][::order]


@BOTH_ORDERS
def test_a_join_and_a_transfer(order: int) -> None:
    world = Exchange().talk("ada", "bob")
    world.act(events.Adds, "ada", people=("cleo",))
    refused = both(
        order,
        lambda: world.answer("cleo"),
        lambda: world.act(events.Transfers, "ada", to="dan"),
    )
    assert refused == ["", ""]
    assert world.states() == {"bob": "talking", "cleo": "joining", "dan": "ringing"}
    assert world.call.transfer is not None


@BOTH_ORDERS
def test_a_hang_up_of_each_of_two(order: int) -> None:
    world = Exchange().talk("ada", "bob")
    refused = both(order, lambda: world.hang_up("ada"), lambda: world.hang_up("bob"))
    assert refused == ["", "N_UNKNOWN_CALL"][::order]
    assert world.call.over_by == ("ada" if order > 0 else "bob")


@BOTH_ORDERS
def test_a_hang_up_and_a_transfer(order: int) -> None:
    world = Exchange().talk("ada", "bob")
    hang_up, _ = both(
        order,
        lambda: world.hang_up("bob"),
        lambda: world.act(events.Transfers, "ada", to="dan"),
    )
    assert hang_up == ""
    assert world.call.over == "G_ENDED"
    assert world.answer("dan") == "N_UNKNOWN_CALL"


@BOTH_ORDERS
def test_a_join_after_asking_first_and_the_hang_up_of_who_waits(order: int) -> None:
    world = Exchange().talk("ada", "bob")
    world.act(events.Consults, "ada", to="dan")
    world.answer("dan")
    world.connect("dan")
    _, joins = both(
        order,
        lambda: world.hang_up("bob"),
        lambda: world.act(events.JoinsConsulted, "ada"),
    )
    if order > 0:
        assert joins == "N_NOTYET"  # there is nobody to join; ada and dan go on
        assert world.states() == {"ada": "talking", "dan": "talking"}
    else:
        assert world.call.over == "G_ENDED"


@BOTH_ORDERS
def test_a_retrieval_and_the_answer_of_who_parked_it(order: int) -> None:
    world = Exchange().talk("ada", "bob")
    world.act(events.Parks, "ada", slot=71)
    world.passes(120)
    refused = both(
        order,
        lambda: world.answer("ada"),
        lambda: world.act(events.Retrieves, "dan", slot=71),
    )
    assert refused == (["", "N_SLOT_EMPTY"] if order > 0 else ["N_UNKNOWN_CALL", ""])
    assert len(world.call.inside) == 2


@BOTH_ORDERS
def test_a_retrieval_and_the_hang_up_of_who_waits(order: int) -> None:
    world = Exchange().talk("ada", "bob")
    world.act(events.Parks, "ada", slot=71)
    _, retrieves = both(
        order,
        lambda: world.hang_up("bob"),
        lambda: world.act(events.Retrieves, "dan", slot=71),
    )
    assert world.call.over == "G_ENDED"
    assert retrieves == ("N_UNKNOWN_CALL" if order > 0 else "")


@BOTH_ORDERS
def test_a_park_by_each_of_two(order: int) -> None:
    world = Exchange().talk("ada", "bob")
    refused = both(
        order,
        lambda: world.act(events.Parks, "ada", slot=71),
        lambda: world.act(events.Parks, "bob", slot=72),
    )
    assert refused == ["", "N_PARKED"][::order]
    assert world.call.parked is not None
    assert world.call.parked.slot == (71 if order > 0 else 72)
