"""Calls that end unless people say that the code is the same."""

import pytest

from tests.calls.two_devices import World
from tui_call.calls.comparison_deadline import COMPARE_SECONDS
from tui_call.calls.effects import Ended, PeerCompared
from tui_call.calls.events import CodesCompared, FrameAuthenticated, PersonAnswers
from tui_call.calls.rules import CallRules
from tui_call.calls.states import State
from tui_call.reasons import EndReason

MUST = CallRules(must_compare=True)
SIDES = ("caller", "callee")


def talk(*who: str) -> World:
    """Return a call that is secure, in which these sides have to compare."""
    caller, callee = (MUST if side in who else None for side in SIDES)
    return World(caller_rules=caller, callee_rules=callee).talk()


@pytest.mark.parametrize("side", SIDES)
def test_it_ends_two_minutes_after_it_was_secure_and_both_are_told(side: str) -> None:
    world = talk(side)
    device, other = (
        (world.caller, world.callee) if side == "caller" else (world.callee, world.caller)
    )
    ends = device.machine.compare_by
    assert ends is not None
    assert COMPARE_SECONDS - 2 < ends - world.now <= COMPARE_SECONDS
    world.run(ends - world.now - 0.1)
    assert {one.state for one in world.devices} == {State.SECURE}
    world.settle()
    assert device.ended == Ended(EndReason.NOT_COMPARED, by_peer=False)
    assert other.ended == Ended(EndReason.NOT_COMPARED, by_peer=True)


def test_the_other_side_is_told_without_the_service_too() -> None:
    world = talk("callee")
    world.weather.loss = 1.0
    world.run(COMPARE_SECONDS + 1)
    assert world.caller.ended == Ended(EndReason.NOT_COMPARED, by_peer=True)


@pytest.mark.parametrize("side", SIDES)
def test_time_for_comparing_begins_with_the_sound_and_not_while_it_rings(side: str) -> None:
    rules = {"caller_rules": MUST, "callee_rules": MUST}
    world = World(**rules).ring()
    world.run(30)
    device = world.caller if side == "caller" else world.callee
    assert device.machine.compare_by is None
    world.callee.handle(PersonAnswers())
    world.until_caller(State.SECURE)
    world.until_callee(State.SECURE)
    assert device.machine.compare_by is not None
    assert device.machine.compare_by > world.now + COMPARE_SECONDS - 2


def test_a_call_that_was_compared_goes_on() -> None:
    world = talk(*SIDES)
    for device in world.devices:
        device.handle(CodesCompared(on=True))
        assert device.machine.compare_by is None
    world.run(COMPARE_SECONDS * 2)
    assert {one.state for one in world.devices} == {State.SECURE}


def test_each_side_compares_for_itself() -> None:
    world = talk(*SIDES)
    world.caller.handle(CodesCompared(on=True))
    world.settle()
    assert world.callee.ended == Ended(EndReason.NOT_COMPARED, by_peer=False)
    assert world.caller.ended == Ended(EndReason.NOT_COMPARED, by_peer=True)


@pytest.mark.parametrize("side", ["caller", "callee"])
def test_the_other_side_is_told_who_compared_and_nothing_is_marked_for_it(side: str) -> None:
    world = talk(*SIDES)
    device, other = world.caller, world.callee
    if side == "callee":
        device, other = other, device
    for on in (True, True, False):
        device.handle(CodesCompared(on=on))
        world.run(1)
    assert other.saw(PeerCompared) == [PeerCompared(True), PeerCompared(False)]
    assert other.machine.compare_by is not None


def test_a_comparison_before_anybody_spoke_counts() -> None:
    world = World(caller_rules=MUST).ring()
    world.caller.handle(CodesCompared(on=True))
    world.callee.handle(PersonAnswers())
    world.run(COMPARE_SECONDS + 30)
    assert world.caller.state is State.SECURE


def test_a_match_that_is_taken_back_leaves_the_time_that_was_left() -> None:
    world = talk("caller")
    ends = world.caller.machine.compare_by
    world.run(60)
    world.caller.handle(CodesCompared(on=True))
    world.run(5)
    world.caller.handle(CodesCompared(on=False))
    assert world.caller.machine.compare_by == ends
    world.run(COMPARE_SECONDS)
    assert world.caller.ended == Ended(EndReason.NOT_COMPARED, by_peer=False)


def test_a_match_that_is_taken_back_too_late_ends_the_call_at_once() -> None:
    world = talk("caller")
    world.caller.handle(CodesCompared(on=True))
    world.run(COMPARE_SECONDS + 5)
    assert world.caller.state is State.SECURE
    world.caller.handle(CodesCompared(on=False))
    world.run(0.1)
    assert world.caller.ended == Ended(EndReason.NOT_COMPARED, by_peer=False)


def test_further_frames_give_no_further_time() -> None:
    world = talk("caller")
    ends = world.caller.machine.compare_by
    world.run(60)
    world.caller.handle(FrameAuthenticated())
    assert world.caller.machine.compare_by == ends


def test_without_the_rule_nothing_has_to_be_compared() -> None:
    world = talk()
    world.run(COMPARE_SECONDS * 3)
    assert {one.state for one in world.devices} == {State.SECURE}
    assert {one.machine.compare_by for one in world.devices} == {None}
