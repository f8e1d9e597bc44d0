"""Fresh keys and new paths in a call that goes on."""

import math
from unittest.mock import ANY

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.calls.two_devices import BAD_DESCRIPTION, EVERYTHING, OFFER, Device, Weather, World
from tui_call.calls import reconnecting, rekeying
from tui_call.calls.effects import (
    ClosePath,
    Ended,
    PathTaken,
    PreparePathOffer,
    ReceiveUnder,
    SendUnder,
)
from tui_call.calls.events import NewPathWanted, PathDescribed, PathFailed, SenderIdle
from tui_call.calls.rules import CallRules
from tui_call.e2ee import control_channel as control
from tui_call.e2ee.entropy import Entropy
from tui_call.e2ee.media import LARGEST_GENERATION
from tui_call.e2ee.rekey import RekeyRequest
from tui_call.e2ee.security_code import security_code
from tui_call.reasons import EndReason

INTERVAL = 20.0


def talking(seed: int = 0, *, interval: float = INTERVAL, weather: Weather | None = None) -> World:
    rules = CallRules(rekey_interval=interval)
    return World(seed, caller_rules=rules, callee_rules=rules, weather=weather).talk()


def generations(world: World) -> list[tuple[int, int]]:
    """Return what each device sends and receives under."""
    return [(at.referee.sends_under, at.referee.receives_under) for at in world.devices]


def under(world: World, generation: int) -> bool:
    return generations(world) == [(generation, generation)] * 2


def say(device: Device, message: control.ControlMessage) -> None:
    """Let a device say something on the control channel that its machine would not."""
    assert device.session is not None
    wire = device.session.control.seal(message, device.world.now)
    device.send(device.leg.address, wire, repeat=False)


def lost_frames(world: World) -> int:
    return sum(max(at.heard) + 1 - min(at.heard) - len(at.heard) for at in world.devices)


# Rekeys


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The generations for which a rekey was begun, in order."""
    numbers: list[int] = []

    def begin(generation: int, entropy: Entropy) -> RekeyRequest:
        numbers.append(generation)
        return RekeyRequest(generation, entropy)

    monkeypatch.setattr(rekeying, "RekeyRequest", begin)
    return numbers


def test_keys_are_fresh_every_interval_and_the_code_stays() -> None:
    world = talking()
    for generation in (1, 2, 3):
        assert world.run_until(lambda number=generation: under(world, number), INTERVAL + 1)
    assert {at.send_key_generation for at in world.devices} == {3}
    assert len(world.caller.codes | world.callee.codes) == 1
    assert lost_frames(world) == 0


def test_three_rekeys_and_a_new_path_lose_no_frame() -> None:
    world = talking()
    for generation in (1, 2):
        assert world.run_until(lambda number=generation: under(world, number), INTERVAL + 1)
    world.caller.handle(NewPathWanted())
    assert world.run_until(lambda: under(world, 3) and world.caller.paths == {1}, INTERVAL + 1)
    world.run(5)
    assert [at.paths for at in world.devices] == [{1}, {1}]
    assert lost_frames(world) == 0
    assert len(world.caller.codes | world.callee.codes) == 1
    codes = [security_code(at.session.security_code_secret) for at in world.devices if at.session]
    assert codes[0] == codes[1]


@pytest.mark.parametrize("asks", ["caller", "callee"])
def test_a_sender_that_was_idle_has_fresh_keys_soon(asks: str, begun: list[int]) -> None:
    world = talking(interval=1800.0)
    device: Device = getattr(world, asks)
    device.handle(SenderIdle())
    device.handle(SenderIdle())
    assert world.run_until(lambda: under(world, 1), 2)
    asked = [at for at in (world.caller, world.callee) if at is world.callee and asks == "callee"]
    device.handle(SenderIdle())
    world.run(rekeying.SHORTEST_INTERVAL - 3)
    assert under(world, 1), "two rekeys are 10 s apart"
    assert begun == [1], "and so are the requests for them"
    assert world.run_until(lambda: under(world, 2), 5)
    assert len(asked) == (asks == "callee")


def test_a_rekey_waits_for_the_service_and_the_sound_goes_on() -> None:
    world = talking()
    world.weather.loses = EVERYTHING
    world.run(2 * INTERVAL)
    assert generations(world) == [(0, 0)] * 2
    assert lost_frames(world) == 0
    world.weather.loses = None
    assert world.run_until(lambda: under(world, 1), control.LONGEST_INTERVAL + 1)


def test_one_rekey_is_under_way_at_a_time(begun: list[int]) -> None:
    world = talking(interval=1800.0)
    world.weather.loses = EVERYTHING
    for _ in range(3):
        world.caller.handle(SenderIdle())
        world.run(rekeying.SHORTEST_INTERVAL + 1)
    assert begun == [1]
    world.weather.loses = None
    assert world.run_until(lambda: under(world, 1), control.LONGEST_INTERVAL + 1)


def test_a_service_that_is_back_is_used_at_once() -> None:
    world = talking()
    world.weather.loses = EVERYTHING
    world.run(2 * INTERVAL)
    world.weather.loses = None
    world.caller.service_back()
    assert world.run_until(lambda: under(world, 1), 1)


def test_the_callee_changes_its_keys_at_the_first_frame_where_the_ack_is_held_back() -> None:
    world = talking()
    assert world.run_until(lambda: world.callee.referee.receives_under == 1, INTERVAL + 1)
    assert world.run_until(lambda: world.caller.referee.sends_under == 1, 1)
    world.weather.loses = EVERYTHING
    assert world.run_until(lambda: under(world, 1), 1)


def test_the_callee_seals_nothing_under_keys_that_the_caller_may_not_have() -> None:
    """REKEY2 is withheld: only the callee has the new keys, and goes on under the old ones."""
    world = talking()
    world.run(INTERVAL / 2)
    said = len(world.caller.sent)
    assert world.run_until(lambda: len(world.caller.sent) > said, INTERVAL)
    world.weather.loses = EVERYTHING  # REKEY1 is on its way; nothing else arrives
    assert world.run_until(lambda: world.callee.referee.receives_under == 1, 1)
    world.run(3.0)
    assert (world.callee.referee.sends_under, lost_frames(world)) == (0, 0)
    world.weather.loses = None
    assert world.run_until(lambda: under(world, 1), 10)
    assert lost_frames(world) == 0


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**16), st.floats(0, 0.4))
def test_rekeys_hold_through_any_weather(seed: int, loss: float) -> None:
    weather = Weather(loss=loss, duplication=0.2, delay=(0.01, 0.3))
    world = talking(seed, interval=10.0, weather=Weather())
    world.weather = weather
    world.run(60)
    world.weather = Weather()
    world.caller.handle(NewPathWanted())
    world.run(40)
    sends, receives = zip(*generations(world), strict=True)
    assert min(sends) >= 1
    assert max(receives) - min(sends) <= 1
    assert lost_frames(world) == 0


def test_what_is_no_rekey_does_nothing() -> None:
    world = talking(interval=1800.0)
    x, ek, ct = bytes(32), bytes(1184), bytes(1088)
    for device in world.devices:
        for message in (
            control.Rekey1(7, b"\x09" * 32, ek),
            control.Rekey1(1, x, ek),
            control.Rekey2(1, x, ct),
            control.RekeyAck(1),
            control.RekeyAck(0),
        ):
            say(device, message)
    say(world.caller, control.RekeyAsk())
    world.run(5)
    assert generations(world) == [(0, 0)] * 2
    assert world.caller.saw(Ended) == world.callee.saw(Ended) == []
    world.run(5)


def test_an_answer_that_cannot_be_agreed_with_changes_no_key() -> None:
    world = talking()
    world.weather.loses = EVERYTHING
    assert world.run_until(lambda: world.now > INTERVAL + 2, INTERVAL + 3)
    world.weather.loses = None
    say(world.callee, control.Rekey2(1, bytes(32), bytes(1088)))
    world.run(0.1)
    assert world.caller.referee.receives_under == 0


def test_generations_end_before_their_number_does() -> None:
    world = talking()
    assert world.caller.session is not None
    chain = world.caller.session._chain
    object.__setattr__(chain, "generation", LARGEST_GENERATION)
    world.run(3 * INTERVAL)
    assert world.caller.saw(ReceiveUnder) == []


def request(world: World, generation: int) -> control.Rekey1:
    assert world.caller.session is not None
    return RekeyRequest(generation, world.caller.session.entropy).message


def test_a_caller_that_goes_on_after_the_last_generation_is_not_followed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rekeying, "LARGEST_GENERATION", 1)
    world = talking()
    assert world.run_until(lambda: under(world, 1), INTERVAL + 1)
    say(world.caller, request(world, 2))
    world.run(2)
    assert under(world, 1)
    assert len(world.callee.saw(ReceiveUnder)) == 1


def test_a_caller_that_does_not_finish_a_rekey_gets_no_second_one() -> None:
    world = talking(interval=1800.0)
    say(world.caller, request(world, 1))
    world.run(rekeying.SHORTEST_INTERVAL + 1)
    say(world.caller, request(world, 2))
    world.run(1)
    assert world.callee.saw(ReceiveUnder) == [ReceiveUnder(1, ANY)]
    say(world.caller, control.RekeyAck(1))
    say(world.caller, request(world, 2))
    world.run(rekeying.SHORTEST_INTERVAL)
    assert world.callee.saw(ReceiveUnder) == [ReceiveUnder(1, ANY), ReceiveUnder(2, ANY)]


def test_keys_are_not_printed() -> None:
    shown = repr([ReceiveUnder(1, b"\xab" * 32), SendUnder(1, b"\xab" * 32)])
    assert "xab" not in shown
    assert "key" not in shown


# Paths


@pytest.mark.parametrize("wants", ["caller", "callee"])
def test_a_new_path_is_taken_when_it_is_proven(wants: str) -> None:
    world = talking(interval=1800.0)
    getattr(world, wants).handle(NewPathWanted())
    assert world.run_until(lambda: all(at.referee.path == 1 for at in world.devices), 3)
    taken = world.now
    assert all(at.paths == {0, 1} for at in world.devices)
    assert world.run_until(lambda: all(at.paths == {1} for at in world.devices), 3)
    assert world.now - taken <= reconnecting.OLD_PATH_SECONDS + 0.3
    assert world.run_until(lambda: under(world, 1), 1), "fresh keys follow"
    assert lost_frames(world) == 0
    getattr(world, wants).handle(NewPathWanted())
    assert world.run_until(lambda: all(at.paths == {2} for at in world.devices), 6)


def test_a_path_that_fails_is_tried_again_and_given_up_in_time() -> None:
    world = talking(interval=1800.0)
    world.callee.path_fails = True
    world.caller.handle(NewPathWanted())
    world.caller.handle(NewPathWanted())
    began = world.now
    world.run(reconnecting.ALL_TRIES_SECONDS + reconnecting.TRY_SECONDS + 1)
    tries = world.caller.saw(PreparePathOffer)
    assert 3 <= len(tries) <= 6
    assert world.caller.paths == world.callee.paths == {0}
    assert world.caller.saw(PathTaken) == []
    assert world.caller.machine.next_deadline() is None or world.now - began > 30
    world.callee.path_fails = False
    world.caller.handle(NewPathWanted())
    assert world.run_until(lambda: world.caller.paths == world.callee.paths, 6)
    assert lost_frames(world) == 0


@pytest.mark.parametrize("side", ["caller", "callee"])
@pytest.mark.parametrize("description", [None, BAD_DESCRIPTION])
def test_a_side_without_addresses_goes_on_as_before(side: str, description: str | None) -> None:
    world = talking(interval=1800.0)
    device: Device = getattr(world, side)
    before, device.description = device.description, description
    world.caller.handle(NewPathWanted())
    world.run(1.0)
    assert device.saw(ClosePath)
    assert all(at.referee.path == 0 for at in world.devices)
    device.description = before
    assert world.run_until(lambda: all(at.referee.path for at in world.devices), 10)


def test_tries_end_when_nothing_comes_of_them() -> None:
    world = talking(interval=1800.0)
    world.weather.loses = EVERYTHING
    world.callee.handle(NewPathWanted())
    world.callee.handle(NewPathWanted())
    world.caller.handle(NewPathWanted())
    world.run(60)
    tried = len(world.caller.saw(PreparePathOffer))
    assert tried == 5
    world.run(60)
    assert len(world.caller.saw(PreparePathOffer)) == tried


def test_what_is_stale_or_from_the_wrong_side_does_nothing() -> None:
    world = talking(interval=1800.0)
    world.caller.handle(NewPathWanted())
    assert world.run_until(lambda: all(at.paths == {1} for at in world.devices), 6)
    offer, answer = control.ReconnectRole.OFFER, control.ReconnectRole.ANSWER
    for device in world.devices:
        say(device, control.Reconnect(1, offer, OFFER))
        say(device, control.Reconnect(9, answer, OFFER))
        say(device, control.ReconnectAsk(1))
        device.handle(PathDescribed(1, OFFER))
        device.handle(PathFailed(1))
    say(world.callee, control.Reconnect(9, offer, OFFER))
    say(world.caller, control.ReconnectAsk(9))
    world.run(3)
    assert all(at.paths == {1} and at.referee.newest_path == 1 for at in world.devices)


def test_an_answer_counts_once_and_only_after_the_offer() -> None:
    world = talking(interval=1800.0)
    world.caller.handle(NewPathWanted())
    answer = control.Reconnect(1, control.ReconnectRole.ANSWER, OFFER)
    say(world.callee, answer)
    world.run(0.1)
    assert world.working_paths == {0}
    assert world.run_until(lambda: 1 in world.working_paths, 2)
    say(world.callee, answer)
    world.run(5)
    assert all(at.paths == {1} for at in world.devices)


def test_a_newer_offer_takes_the_place_of_an_older_one() -> None:
    world = talking(interval=1800.0)
    say(world.caller, control.Reconnect(1, control.ReconnectRole.OFFER, OFFER))
    say(world.caller, control.Reconnect(3, control.ReconnectRole.OFFER, OFFER))
    world.run(0.1)
    assert world.callee.saw(ClosePath) == [ClosePath(1)]
    assert world.callee.referee.newest_path == 3


def test_paths_end_before_their_number_does() -> None:
    for side in ("caller", "callee"):
        world = talking(interval=1800.0)
        upkeep = getattr(world, side).machine._upkeep
        upkeep._reconnecting._newest = reconnecting.LAST_PATH
        getattr(world, side).handle(NewPathWanted())
        world.run(2)
        assert world.caller.saw(PreparePathOffer) == []


def test_a_call_that_is_over_or_not_yet_begun_has_no_upkeep() -> None:
    world = World()
    assert world.caller.handle(NewPathWanted()) == []
    world.ring()
    assert world.callee.handle(SenderIdle()) == []
    world = talking()
    world.caller.handle(NewPathWanted())
    world.caller.hang_up()
    assert {ended.reason for ended in world.settle()} == {EndReason.HUNG_UP}
    assert all(at.next_deadline() == math.inf for at in world.devices)


def test_messages_before_there_is_sound_and_for_what_is_not_there_are_left_out() -> None:
    world = World().ring()
    session = world.caller.machine.session
    assert session is not None
    for message in (control.RekeyAsk(), control.LeaveNo(bytes(16))):
        world.inject(world.callee, session.control.seal(message, world.now))
    world.run(1)
    assert session.control.oldest_unacknowledged(world.now) == 0
    assert world.callee.ended is None
