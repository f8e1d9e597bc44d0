"""When a call is over, and has said so, its device holds none of its keys any more."""

import pytest
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from tests.calls.two_devices import CALLEE_MOMENTS, CALLER_MOMENTS, Device, World, reach
from tests.e2ee import handshake_reference as reference
from tests.support.reachable import reachable
from tui_call.calls.course import LINGER
from tui_call.calls.states import State
from tui_call.e2ee.control_channel import ControlChannel
from tui_call.e2ee.key_schedule import Agreement, Chain, ControlKeys
from tui_call.e2ee.messages import encode_abort
from tui_call.e2ee.session import Session

SECRET = (
    Agreement, Chain, ControlChannel, ControlKeys, MLKEM768PrivateKey, Session, X25519PrivateKey,
)  # fmt: skip


def secrets_of(device: Device) -> set[type]:
    watched = (device.referee, device.effects)
    found = {type(thing) for thing in reachable(device.machine, without=watched)}
    return {kind for kind in found if issubclass(kind, SECRET)}


def over(world: World, device: Device) -> None:
    assert world.run_until(lambda: device.state is State.ENDED)
    world.run(LINGER)
    assert device.machine.next_deadline() is None


@pytest.mark.parametrize("ended_by", ["itself", "the other"])
@pytest.mark.parametrize(
    ("side", "state"),
    [*(("caller", state) for state in CALLER_MOMENTS), *(("callee", at) for at in CALLEE_MOMENTS)],
)
def test_no_key_is_left_whenever_and_by_whom_the_call_is_ended(
    side: str, state: State, ended_by: str
) -> None:
    world = reach(side, state)
    device: Device = getattr(world, side)
    others = [other for other in world.devices if other is not device]
    assert secrets_of(device), "what is looked for is found while the call is on"
    if ended_by == "itself" or not others:
        device.hang_up()
    else:
        others[0].hang_up()
    over(world, device)
    assert secrets_of(device) == set()


@pytest.mark.parametrize("way", ["offline", "aborted"])
def test_no_key_is_left_of_an_invite_that_came_to_nothing(way: str) -> None:
    world = World()
    world.callee_online = way != "offline"
    world.caller.start()
    if way == "aborted":
        world.inject(world.caller, encode_abort(world.call_id, reference.LEG))
    over(world, world.caller)
    assert secrets_of(world.caller) == set()
