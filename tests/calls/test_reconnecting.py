"""A call whose path dies, or whose device moves to another network, goes on by itself."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.calls.device import FRAME_SECONDS, Device
from tests.calls.two_devices import EVERYTHING, LOGIN_SECONDS, Weather, World
from tests.e2ee.machines import SDP
from tui_call.calls import path_monitor, reconnecting, rekeying
from tui_call.calls.effects import (
    AcceptAnswer,
    ClosePath,
    Ended,
    PathTaken,
    PrepareAnswer,
    PrepareOffer,
    PreparePathAnswer,
    PreparePathOffer,
    StartRinging,
)
from tui_call.calls.events import AddressesChanged, NewPathWanted, PersonAnswers, ServiceBack
from tui_call.calls.rules import CallRules
from tui_call.calls.states import State
from tui_call.e2ee import control_channel as control
from tui_call.reasons import EndReason

NO_REKEY = CallRules(rekey_interval=1800.0)
CONNECTS_WITHIN = 1.2
"""From the wish for a path to sound on it, in this world: gathering twice, connecting, messages."""

SIDES = ("caller", "callee")


def talking(seed: int = 0) -> World:
    world = World(seed, caller_rules=NO_REKEY, callee_rules=NO_REKEY).talk()
    world.run(1.0)
    return world


def side_of(world: World, side: str) -> Device:
    return world.caller if side == "caller" else world.callee


def on_a_new_path(world: World) -> bool:
    return all(at.referee.path > 0 for at in world.devices)


def hears_again(world: World, seconds: float = CONNECTS_WITHIN) -> bool:
    """Let both be on a path of one number on which frames arrive."""
    if not world.run_until(lambda: on_a_new_path(world), seconds):
        return False
    before = [len(at.heard) for at in world.devices]
    world.run(2 * FRAME_SECONDS + 0.1)
    return all(len(at.heard) > count for at, count in zip(world.devices, before, strict=True))


def tries(world: World) -> int:
    return len(world.caller.saw(PreparePathOffer))


# Silence


def test_silence_begins_a_new_path_from_both_sides_and_one_comes_of_it() -> None:
    world = talking()
    world.working_paths.clear()
    assert world.run_until(lambda: tries(world) == 1, path_monitor.SUSPECT_AFTER + FRAME_SECONDS)
    assert hears_again(world)
    assert {at.referee.path for at in world.devices} == {1}
    assert tries(world) == 1, "the callee's ask met the caller's offer"
    assert world.run_until(lambda: all(at.paths == {1} for at in world.devices), 3)
    assert world.run_until(lambda: all(at.referee.sends_under == 1 for at in world.devices), 1)
    assert len(world.caller.codes | world.callee.codes) == 1
    for device in world.devices:
        assert device.state is State.SECURE
        assert len(device.saw(StartRinging)) == 1


def test_where_only_the_callee_hears_nothing_it_has_a_new_path_made() -> None:
    world = talking()
    world.carries = lambda sender, path: sender is world.callee or path > 0
    assert world.run_until(lambda: bool(world.callee.saw(PathTaken)), CONNECTS_WITHIN + 1)
    assert hears_again(world)


def test_a_call_without_any_way_ends_as_it_would_have() -> None:
    world = talking()
    world.path_works = False
    world.weather.loses = EVERYTHING
    began = world.now
    assert world.run_until(lambda: all(at.ended for at in world.devices), 60)
    assert world.now - began <= path_monitor.LOST_AFTER + FRAME_SECONDS + 0.1
    assert {at.ended for at in world.devices} == {Ended(EndReason.CONNECTION_LOST, False)}
    assert tries(world) == 5


def test_a_short_gap_on_a_path_that_works_again_leaves_the_call_with_one_path() -> None:
    world = talking()
    world.path_works = False
    world.run(path_monitor.SUSPECT_AFTER + 0.2)
    world.path_works = True
    world.run(5.0)
    assert all(len(at.paths) == 1 for at in world.devices)
    assert world.caller.paths == world.callee.paths


def test_a_path_that_breaks_again_and_again_is_followed_more_and_more_slowly() -> None:
    world = talking()
    began: list[float] = []
    for number in range(1, 6):
        world.working_paths.clear()
        assert world.run_until(lambda number=number: tries(world) == number, 8)
        began.append(world.now)
        assert world.run_until(
            lambda number=number: all(at.referee.path == number for at in world.devices), 2
        )
    waits = [later - earlier for earlier, later in pairwise(began)]
    assert all(a >= b for a, b in zip(waits, reconnecting.WAITS, strict=True))
    world.run(reconnecting.SETTLED_SECONDS)
    world.working_paths.clear()
    assert world.run_until(lambda: tries(world) == 6, path_monitor.SUSPECT_AFTER + FRAME_SECONDS)


# Another network


@pytest.mark.parametrize("mover", SIDES)
def test_new_addresses_do_not_wait_for_silence(mover: str) -> None:
    world = talking()
    device = side_of(world, mover)
    world.move(device, "radio", "cable")
    assert hears_again(world)
    assert all(max(at.heard) + 1 - min(at.heard) == len(at.heard) for at in world.devices)
    world.run(3)
    world.move(device, "radio")
    world.run(1)
    assert all(at.referee.path == 2 for at in world.devices)


@pytest.mark.parametrize("mover", SIDES)
@pytest.mark.parametrize("dark", [0.0, 0.3, 3.0, 12.0, 25.0])
def test_the_sound_is_back_soon_after_another_network_came_up(mover: str, dark: float) -> None:
    world = talking()
    device = side_of(world, mover)
    world.move(device)
    world.run(dark)
    world.move(device, "radio")
    assert hears_again(world, LOGIN_SECONDS + reconnecting.WAITS[0] + CONNECTS_WITHIN)
    world.run(rekeying.SHORTEST_INTERVAL)
    assert [at.referee.sends_under for at in world.devices] == [1, 1]
    assert all(at.ended is None for at in world.devices)


def test_both_may_move_at_once() -> None:
    world = talking()
    for device in world.devices:
        world.move(device)
    world.run(2.0)
    world.move(world.caller, "radio")
    world.move(world.callee, "mast")
    assert hears_again(world, 3.0)


def test_a_network_that_comes_and_goes_is_not_followed_faster_than_twice_a_second() -> None:
    world = talking()
    before = tries(world)
    for number in range(100):
        world.move(world.caller, f"radio {number}")
        world.move(world.callee, f"mast {number}")
        world.run(0.05)
    assert 5 <= tries(world) - before <= 5.0 / reconnecting.WAITS[0] + 1
    world.run(5)
    assert hears_again(world)


def test_addresses_that_change_before_they_were_told_are_gathered_anew() -> None:
    world = World()
    world.caller.gathers_in = 10.0
    world.caller.start()
    world.until_caller(State.WAIT_ADDRESSES)
    world.caller.gathers_in = 0.2
    assert world.caller.handle(AddressesChanged()) == [PrepareOffer()]
    world.until_caller(State.WAIT_ANSWER)


@pytest.mark.parametrize("moves", [True, False])
def test_addresses_that_change_while_it_rings_are_made_good_after_the_answer(moves: bool) -> None:
    world = World().ring()
    if moves:
        world.move(world.caller, "radio")
    world.callee.handle(PersonAnswers())
    assert world.run_until(lambda: bool(world.caller.saw(AcceptAnswer)), 2)
    assert world.run_until(lambda: all(at.state is State.SECURE for at in world.devices), 2)
    assert {at.referee.path for at in world.devices} == {int(moves)}


def test_there_is_nothing_to_make_good_where_nothing_is_known_yet() -> None:
    world = World().ring()
    world.run(1)  # until everything is acknowledged
    assert world.callee.handle(AddressesChanged()) == []
    assert world.callee.handle(ServiceBack()) == []


# The service in between


def test_a_callee_that_has_the_service_again_is_heard_at_once() -> None:
    """The caller's messages wait for their next repetition, which is seconds away."""
    world = talking()
    world.weather.loses = EVERYTHING
    world.working_paths.clear()
    world.run(10.0)
    world.weather.loses = None
    world.callee.service_back()
    assert hears_again(world, CONNECTS_WITHIN + 0.1)


def test_a_caller_that_has_the_service_again_does_not_wait_for_its_next_try() -> None:
    world = talking()
    world.callee.path_fails = True
    world.working_paths.clear()
    assert world.run_until(lambda: tries(world) == 4, 30)
    assert world.run_until(lambda: len(world.caller.saw(ClosePath)) == 4, 6)
    world.callee.path_fails = False
    world.caller.service_back()
    assert hears_again(world)


def test_the_service_that_is_back_begins_no_path_where_none_is_wanted() -> None:
    world = talking()
    for device in world.devices:
        device.service_back()
    world.run(2)
    assert tries(world) == 0


def test_an_ask_during_the_wait_for_the_next_try_ends_it() -> None:
    world = talking()
    world.callee.path_fails = True
    world.caller.handle(NewPathWanted())
    assert world.run_until(lambda: tries(world) == 4, 40)
    assert world.run_until(lambda: len(world.caller.saw(ClosePath)) == 4, 6)
    world.callee.path_fails = False
    assert world.callee.session is not None
    wire = world.callee.session.control.seal(control.ReconnectAsk(4), world.now)
    world.inject(world.caller, wire)
    assert tries(world) == 5


def test_a_caller_that_offers_without_end_costs_the_callee_few_sockets() -> None:
    world = talking()
    assert world.caller.session is not None

    def offer(first: int, count: int) -> None:
        assert world.caller.session is not None
        for path in range(first, first + count):
            offer = control.Reconnect(path, control.ReconnectRole.OFFER, SDP)
            world.inject(world.callee, world.caller.session.control.seal(offer, world.now))

    offer(1, 2 * reconnecting.MOST_OFFERS)
    answered = world.callee.saw(PreparePathAnswer)
    assert len(answered) == reconnecting.MOST_OFFERS
    assert len(world.callee.saw(ClosePath)) == reconnecting.MOST_OFFERS - 1
    world.run(reconnecting.TRY_SECONDS)
    offer(2 * reconnecting.MOST_OFFERS + 1, 1)
    assert len(world.callee.saw(PreparePathAnswer)) == len(answered) + 1


@settings(max_examples=20, deadline=None)
@given(
    st.integers(0, 2**16),
    st.floats(0, 0.3),
    st.lists(
        st.tuples(
            st.sampled_from(SIDES),
            st.sampled_from([(), ("radio",), ("mast",), ("radio", "cable")]),
            st.booleans(),
            st.floats(0, 4),
        ),
        max_size=6,
    ),
)
def test_whatever_moves_the_call_comes_back_with_the_same_code(
    seed: int, loss: float, moves: list[tuple[str, tuple[str, ...], bool, float]]
) -> None:
    world = talking(seed)
    world.weather = Weather(loss=loss, duplication=0.1, delay=(0.01, 0.1))
    for mover, networks, notices, seconds in moves:
        world.move(side_of(world, mover), *networks, notices=notices)
        world.run(seconds)
    world.weather = Weather()
    for device in world.devices:
        world.move(device, "cable at last")
    world.run(12.0)
    assert all(at.ended is None for at in world.devices)
    heard = [len(at.heard) for at in world.devices]
    world.run(2.0)
    assert all(len(at.heard) > count for at, count in zip(world.devices, heard, strict=True))
    assert world.caller.referee.path == world.callee.referee.path
    assert len(world.caller.codes | world.callee.codes) == 1


# Rows of tries that end, and what they leave behind


def test_a_path_that_dies_late_in_a_row_of_tries_has_the_time_of_a_row() -> None:
    """Addresses changed, the service is away, and then the path in use dies, too."""
    world = talking()
    world.caller.networks = ("cable", "radio")
    world.weather.loses = EVERYTHING
    world.caller.handle(AddressesChanged())
    world.run(reconnecting.ALL_TRIES_SECONDS - 3)
    world.working_paths.clear()
    world.run(10)
    assert not world.caller.ended
    world.weather.loses = None
    for device in world.devices:
        device.service_back()
    assert hears_again(world, 6.0)


def test_an_ask_for_a_number_that_came_to_nothing_long_ago_is_a_fresh_one() -> None:
    """Tries of which no offer came out: the callee knows of none of them."""
    world = talking()
    world.caller.description = None
    world.caller.handle(NewPathWanted())
    world.run(reconnecting.ALL_TRIES_SECONDS + reconnecting.TRY_SECONDS)
    assert tries(world) > 2
    assert not on_a_new_path(world)
    world.caller.description = SDP
    world.callee.handle(NewPathWanted())
    assert hears_again(world)


def test_addresses_that_change_between_answering_and_the_answer_are_gathered_anew() -> None:
    world = World().ring()
    world.callee.gathers_in = 10.0
    world.callee.handle(PersonAnswers())
    assert world.callee.state is State.ANSWERING
    world.callee.gathers_in = 0.2
    [again] = world.callee.handle(AddressesChanged())
    assert isinstance(again, PrepareAnswer)
    assert world.run_until(lambda: all(at.state is State.SECURE for at in world.devices), 3)
