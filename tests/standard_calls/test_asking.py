"""What is asked in a standard call by whom: of no call, from outside, and the same again."""

import pytest

from tests.standard_calls.exchange import Exchange
from tui_call.standard_calls import events


def test_a_call_to_oneself_or_with_an_id_that_is_taken_is_refused() -> None:
    world = Exchange()
    assert world.place("ada", "bob", "ada") == "N_OWN_CALL"
    assert world.calls == {}
    assert world.place("ada", "bob", "bob") == ""
    assert world.rings() == ["bob"]
    assert world.place("eve", "bob") == "N_UNKNOWN_CALL"


def test_of_a_call_that_does_not_exist_all_that_is_said_is_that_it_is_not_known() -> None:
    world = Exchange()
    assert world.hang_up("ada") == "N_UNKNOWN_CALL"
    assert world.take(events.DeadlineReached()) == ""
    assert world.calls == {}


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (events.Answers, {}),
        (events.Declines, {}),
        (events.HangsUp, {}),
        (events.Holds, {"on": True}),
        (events.Mutes, {"on": True}),
        (events.Adds, {"people": ("fay",)}),
        (events.Merges, {"other": None}),
        (events.Transfers, {"to": "fay"}),
        (events.Consults, {"to": "fay"}),
        (events.JoinsConsulted, {}),
        (events.CancelsConsult, {}),
        (events.Parks, {"slot": 71}),
        (events.HandsOver, {"to_device": "eve-2"}),
        (events.OffersLeg, {"instance": "e" * 32, "leg": "l"}),
    ],
)
def test_who_is_not_in_a_call_gets_to_know_nothing_of_it(
    kind: type[events.Act], fields: dict[str, object]
) -> None:
    world = Exchange().talk("ada", "bob")
    assert world.act(kind, "eve", **fields) == "N_UNKNOWN_CALL"
    if kind is not events.Answers:
        # a device of somebody in the call that is not in it has no say either
        assert world.act(kind, "ada", device="ada-2", **fields) == "N_UNKNOWN_CALL"
    assert world.answer("eve", "no such call") == "N_UNKNOWN_CALL"


def test_the_same_asked_again_is_done_once() -> None:
    world = Exchange().talk("ada", "bob")
    for _ in range(2):
        assert world.act(events.Adds, "ada", people=("cleo",), act_id="a" * 32) == ""
    assert world.effects == []
    assert list(world.states()) == ["ada", "bob", "cleo"]
    # another one's number is not one's own
    assert world.act(events.Adds, "bob", people=("dan",), act_id="a" * 32) == ""
    assert list(world.states()) == ["ada", "bob", "cleo", "dan"]


def test_what_one_account_asks_does_not_make_the_call_forget_what_another_has_asked() -> None:
    world = Exchange().talk("ada", "bob")
    world.act(events.Holds, "bob", on=True, act_id="b" * 32)
    for number in range(300):
        world.act(events.Mutes, "ada", on=number % 2 == 0)
    world.act(events.Holds, "bob", on=True, act_id="b" * 32)
    assert world.effects == []
    assert len(world.call.acts) < 20


def test_without_an_id_nothing_is_remembered() -> None:
    world = Exchange().talk("ada", "bob")
    acts = world.call.acts
    world.act(events.Holds, "bob", on=True, act_id="")
    assert world.call.acts == acts
