"""A call that goes to another device of the same person, without a gap."""

import pytest

from tests.standard_calls.exchange import Exchange
from tui_call.standard_calls import events
from tui_call.standard_calls.effects import Ring, SoundTone, TellOver
from tui_call.standard_calls.rooms import rooms_of
from tui_call.standard_calls.state import Happening


def handing() -> Exchange:
    """Return a call of three in which bob's second device rings to take over."""
    world = Exchange().talk("ada", "bob", "cleo")
    assert world.act(events.HandsOver, "bob", to_device="bob-2") == ""
    return world


def of_bob(world: Exchange) -> dict[str, str]:
    return {member.device: member.state for member in world.call.of_account("bob")}


def test_the_other_device_rings_and_the_call_goes_on_meanwhile() -> None:
    world = handing()
    assert world.saw(Ring) == [Ring("bob", "bob-2")]
    assert of_bob(world) == {"bob-1": "talking", "bob-2": "ringing"}
    assert world.hears()["ada"] == "bob+cleo"
    assert world.answer("bob", device="bob-3") == "N_UNKNOWN_CALL"


def test_the_new_leg_joins_before_the_old_one_leaves() -> None:
    world = handing()
    since = next(world.call.of_account("bob")).since
    world.passes(10)
    world.answer("bob", device="bob-2", came_with="policies of now")
    assert of_bob(world) == {"bob-1": "talking", "bob-2": "joining"}
    quiet = [seat for seat in rooms_of(world.call)[0].seats if seat.hears == "nothing"]
    assert [seat.speaks for seat in quiet] == [False]  # else bob would hear himself
    world.connect("bob", leg="second")

    assert of_bob(world) == {"bob-2": "talking"}
    assert world.news() == [Happening("handed_over", "bob", device="bob-2")]
    assert world.saw(TellOver) == [TellOver("bob", "R_TAKEN", "bob", "bob-1")]
    assert world.saw(SoundTone) == []
    assert (world.member("bob").since, world.member("bob").came_with) == (since, "")
    assert world.hears() == {"ada": "bob+cleo", "bob": "ada+cleo", "cleo": "ada+bob"}


@pytest.mark.parametrize("how", ["declines", "no answer", "offline", "revoked"])
def test_a_device_that_does_not_take_it_leaves_the_call_where_it_is(how: str) -> None:
    world = handing()
    match how:
        case "declines":
            assert world.act(events.Declines, "bob", device="bob-2") == ""
        case "no answer":
            world.passes(60)
        case "offline":
            world.take(events.Unreachable("bob"))
        case _:
            world.take(events.DeviceGone("bob", "bob-2"))
    assert of_bob(world) == {"bob-1": "talking"}
    [told] = world.saw(TellOver)
    assert (told.account, told.device) == ("bob", "bob-2")
    assert world.words() == []


def test_the_ringing_stops_with_a_hang_up() -> None:
    world = handing()
    world.hang_up("bob")
    assert of_bob(world) == {}
    assert {effect.device for effect in world.saw(TellOver)} == {"bob-1", ""}


def test_a_hang_up_crosses_the_answer_and_the_call_is_with_the_new_device() -> None:
    world = handing()
    world.answer("bob", device="bob-2")
    world.hang_up("bob")
    assert of_bob(world) == {"bob-2": "joining"}
    world.connect("bob", leg="second")
    assert world.hears()["ada"] == "bob+cleo"


def test_a_new_device_that_never_has_sound_leaves_the_call_where_it_is() -> None:
    world = handing()
    world.answer("bob", device="bob-2")
    world.passes(30)
    assert of_bob(world) == {"bob-1": "talking"}


@pytest.mark.parametrize("kind", [events.Transfers, events.Parks])
def test_who_passes_the_call_on_leaves_with_both_devices(kind: type[events.Act]) -> None:
    world = handing()
    world.answer("bob", device="bob-2")
    fields = {"to": "dan"} if kind is events.Transfers else {"slot": 71}
    assert world.act(kind, "bob", **fields) == ""
    assert of_bob(world) == {}


def test_who_speaks_apart_hands_that_over() -> None:
    world = Exchange().talk("ada", "bob")
    world.act(events.Consults, "ada", to="dan")
    world.answer("dan")
    world.connect("dan")
    world.act(events.HandsOver, "ada", to_device="ada-2")
    world.answer("ada", device="ada-2")
    world.connect("ada", leg="second")
    assert world.hears() == {"ada": "dan", "bob": "music", "dan": "ada"}


@pytest.mark.parametrize("device", ["", "bob-1"])
def test_without_another_device_there_is_nothing_to_hand_to(device: str) -> None:
    world = Exchange().talk("ada", "bob")
    assert world.act(events.HandsOver, "bob", to_device=device) == "N_NODEVICE"


def test_only_one_device_is_asked_at_a_time() -> None:
    world = handing()
    assert world.act(events.HandsOver, "bob", to_device="bob-3") == "N_TARGET_RINGS"


def test_a_removed_account_leaves_with_both_devices() -> None:
    world = handing()
    world.answer("bob", device="bob-2")
    world.take(events.AccountGone("bob"))
    assert of_bob(world) == {}
