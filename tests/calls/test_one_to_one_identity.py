"""Who rings and whose word counts: pins, refusals, forgeries, messages of other calls."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.calls.two_devices import PIN_OF_ADA, PIN_OF_BOB, World, of_type, reach
from tests.e2ee import handshake_reference as reference
from tests.e2ee.machines import BOB, FALSE_BOB, MALLORY, flipped, local
from tui_call.calls.effects import Ended, KeyChanged, PeerProven, StartRinging
from tui_call.calls.introduction import KnownPeer
from tui_call.calls.states import CALLEE_STATES, CALLER_STATES, State
from tui_call.e2ee.handshake import refuse
from tui_call.e2ee.messages import MessageType, RefusalReason, encode_abort
from tui_call.reasons import EndReason

OTHER_KEY = MALLORY.credential()[1:33]
CHANGED = KnownPeer(OTHER_KEY, 7)
OTHER_CALL = bytes([0xEE] * 16)


# Keys remembered from before


@pytest.mark.parametrize("caller_knows", [None, PIN_OF_BOB, replace(PIN_OF_BOB, epoch=0)])
@pytest.mark.parametrize("callee_knows", [None, PIN_OF_ADA, replace(PIN_OF_ADA, epoch=0)])
def test_known_keys_and_first_calls_connect(
    caller_knows: KnownPeer | None, callee_knows: KnownPeer | None
) -> None:
    world = World(caller_knows=caller_knows, callee_knows=callee_knows).talk()

    assert [effect for effect in world.caller.effects if isinstance(effect, KeyChanged)] == []
    assert len(world.caller.saw(PeerProven)) == len(world.callee.saw(PeerProven)) == 1


def test_a_changed_key_stops_the_caller_before_it_says_who_calls() -> None:
    world = World(caller_knows=CHANGED)
    world.caller.start()
    caller, callee = world.settle()

    [changed] = world.caller.saw(KeyChanged)
    assert isinstance(changed, KeyChanged)
    assert changed.peer.identity_key == BOB.credential.identity_key
    assert caller == Ended(EndReason.KEY_CHANGED, by_peer=False)
    assert callee == Ended(EndReason.CANCELLED, by_peer=True)
    assert world.caller.sent_of(MessageType.M3) == []
    assert world.caller.machine.session is None
    assert world.caller.saw(PeerProven) == []
    assert world.callee.referee.rang == 0


def test_a_changed_key_does_not_ring_and_learns_nothing() -> None:
    world = World(callee_knows=CHANGED)
    world.caller.start()
    world.run_until(lambda: len(world.devices) == 2 and world.callee.ended is not None)
    sent = list(world.callee.sent)
    caller, callee = world.settle()

    assert callee == Ended(EndReason.KEY_CHANGED, by_peer=False)
    assert len(world.callee.saw(KeyChanged)) == 1
    assert world.callee.saw(PeerProven) == world.callee.saw(StartRinging) == []
    assert world.callee.machine.session is None
    assert world.callee.sent == sent == [sent[0]]
    assert caller == Ended(EndReason.NO_ANSWER, by_peer=False)


@pytest.mark.parametrize("side", ["caller", "callee"])
def test_an_epoch_that_was_over_fails_the_handshake(side: str) -> None:
    later = {
        "caller_knows": replace(PIN_OF_BOB, epoch=8) if side == "caller" else PIN_OF_BOB,
        "callee_knows": replace(PIN_OF_ADA, epoch=8) if side == "callee" else PIN_OF_ADA,
    }
    world = World(**later)
    world.caller.start()
    world.run_until(lambda: len(world.devices) == 2)
    device = world.caller if side == "caller" else world.callee
    world.run_until(lambda: device.ended is not None)

    assert device.ended == Ended(EndReason.HANDSHAKE_FAILED, by_peer=False)
    assert world.callee.referee.rang == 0


def test_somebody_with_other_keys_in_the_place_of_the_callee_is_a_changed_key() -> None:
    world = World(callee=local(FALSE_BOB))
    world.caller.start()
    caller, _ = world.settle()

    assert caller == Ended(EndReason.KEY_CHANGED, by_peer=False)


# Refusals


@pytest.mark.parametrize("reason", RefusalReason)
def test_a_refusal_of_the_known_key_is_believed(reason: RefusalReason) -> None:
    world = World(refuses=reason)
    world.caller.start()
    world.run(30)

    assert world.caller.ended == Ended(EndReason.E2EE_OFF, by_peer=True, refusal=reason)


@pytest.mark.parametrize("known", [None, CHANGED, replace(PIN_OF_BOB, epoch=8)])
def test_a_refusal_of_any_other_key_is_what_the_service_says(known: KnownPeer | None) -> None:
    world = World(refuses=RefusalReason.POLICY, caller_knows=known)
    world.caller.start()
    world.run(30)

    assert world.caller.ended == Ended(EndReason.UNSIGNED_REFUSAL, by_peer=True)
    assert len(world.devices) == 1


def test_a_forged_refusal_is_nothing() -> None:
    world = reach("caller", State.WAIT_RESPOND)
    forged = reference.header(5, reference.CALL_ID, reference.LEG) + b"\1" + bytes(233 + 64)
    world.inject(world.caller, forged)
    assert world.caller.state is State.WAIT_RESPOND
    world.ring()


def refusal_of(world: World) -> bytes:
    return refuse(BOB, world.caller.sent[0], RefusalReason.SETTING)


@pytest.mark.parametrize("state", [State.WAIT_ADDRESSES, State.WAIT_ANSWER, State.CONNECTING])
def test_a_refusal_after_the_answer_is_too_late(state: State) -> None:
    world = reach("caller", state)
    world.inject(world.caller, refusal_of(world))

    assert world.caller.state is state


# ABORT, which anybody can send


def abort(call_id: bytes = reference.CALL_ID, leg: int = reference.LEG) -> bytes:
    return encode_abort(call_id, leg)


@pytest.mark.parametrize(
    ("side", "state", "reason"),
    [
        ("caller", State.WAIT_RESPOND, EndReason.HANDSHAKE_FAILED),
        ("caller", State.WAIT_ADDRESSES, EndReason.HANDSHAKE_FAILED),
        ("callee", State.WAIT_OFFER, EndReason.CANCELLED),
    ],
)
def test_an_abort_counts_before_the_reveal(side: str, state: State, reason: EndReason) -> None:
    world = reach(side, state)
    device = world.caller if side == "caller" else world.callee
    world.inject(device, abort())

    assert device.ended == Ended(reason, by_peer=True)


@pytest.mark.parametrize(
    ("side", "state"),
    [
        *(("caller", state) for state in (State.WAIT_ANSWER, State.CONNECTING, State.SECURE)),
        *(("callee", state) for state in (State.RINGING, State.ANSWERING, State.CONNECTING)),
    ],
)
def test_an_abort_after_the_reveal_is_nothing(side: str, state: State) -> None:
    world = reach(side, state)
    device = world.caller if side == "caller" else world.callee
    world.inject(device, abort())

    assert device.state is state


@pytest.mark.parametrize(
    ("side", "state"), [("caller", State.WAIT_RESPOND), ("callee", State.WAIT_OFFER)]
)
def test_an_abort_with_any_bit_turned_is_nothing(side: str, state: State) -> None:
    world = reach(side, state)
    device = world.caller if side == "caller" else world.callee
    message = abort()
    for position in range(len(message)):
        for bit in range(8):
            changed = bytearray(message)
            changed[position] ^= 1 << bit
            world.inject(device, bytes(changed))
    assert device.state is state


# Messages of other calls and legs, and bytes that are none

FOREIGN = {
    "other call": lambda payload: payload[:4] + OTHER_CALL + payload[20:],
    "other leg": lambda payload: payload[:20] + bytes([payload[20] ^ 1]) + payload[21:],
    "other version": lambda payload: b"\2" + payload[1:],
    "cut": lambda payload: payload[:-1],
    "empty": lambda payload: payload[:0],
}


@pytest.mark.parametrize("change", FOREIGN.values(), ids=FOREIGN)
@pytest.mark.parametrize(
    ("side", "state"),
    [("caller", s) for s in (*CALLER_STATES, State.SECURE)]
    + [("callee", s) for s in (*CALLEE_STATES, State.SECURE)],
)
def test_what_is_not_of_this_call_and_leg_is_nothing(
    side: str, state: State, change: Callable[[bytes], bytes]
) -> None:
    course = World().talk()
    course.caller.hang_up()
    course.settle()
    world = reach(side, state)
    device = world.caller if side == "caller" else world.callee
    before = len(device.effects)
    for payload in [*course.caller.sent, *course.callee.sent, abort(), refusal_of(world)]:
        world.inject(device, change(payload))

    assert device.effects[before:] == []


@pytest.mark.parametrize("side", ["caller", "callee"])
def test_messages_sent_back_to_their_sender_are_nothing(side: str) -> None:
    world = World().talk()
    device = world.caller if side == "caller" else world.callee
    before = len(device.effects)
    for payload in device.sent:
        world.inject(device, payload)

    assert device.effects[before:] == []


# Forgery


@pytest.mark.parametrize("message_type", [MessageType.M2, MessageType.M3])
@pytest.mark.parametrize("position", [21, 60, -1])
def test_a_forged_message_in_the_first_place_ends_the_leg_before_it_rings(
    message_type: MessageType, position: int
) -> None:
    world = World()
    world.weather.loses = of_type(message_type)
    responds = message_type is MessageType.M2
    reach("callee", State.WAIT_OFFER, world)
    if responds:
        device, [genuine] = world.caller, world.callee.sent_of(message_type)
    else:
        world.until_caller(State.WAIT_ANSWER)
        device, [genuine] = world.callee, world.caller.sent_of(message_type)
    world.inject(device, flipped(genuine, position % len(genuine)))
    assert device.ended == Ended(EndReason.HANDSHAKE_FAILED, by_peer=False)
    world.inject(device, genuine)

    assert world.callee.referee.rang == 0
    assert device.machine.session is None
    assert len(device.saw(Ended)) == 1


def test_forged_control_messages_never_end_a_call() -> None:
    world = World().talk()
    for sender, receiver in ((world.caller, world.callee), (world.callee, world.caller)):
        for payload in sender.sent_of(MessageType.CTL):
            for position in (22, 28, 29, len(payload) - 1):
                world.inject(receiver, flipped(payload, position))
    world.run(2.0)

    assert {device.state for device in world.devices} == {State.SECURE}


def test_control_messages_before_there_are_keys_are_nothing() -> None:
    course = World().talk()
    for side, state in (("caller", State.WAIT_RESPOND), ("callee", State.WAIT_OFFER)):
        world = reach(side, state)
        device = world.caller if side == "caller" else world.callee
        for payload in course.caller.sent_of(MessageType.CTL):
            world.inject(device, payload)
        assert device.state is state


# What comes again is answered with the same bytes


def test_duplicates_are_answered_with_what_is_stored() -> None:
    world = World().ring()
    caller, callee = world.caller, world.callee
    [invite], [respond] = caller.sent_of(MessageType.M1), callee.sent_of(MessageType.M2)
    [offer] = caller.sent_of(MessageType.M3)
    for _ in range(3):
        world.inject(callee, invite)
        world.inject(caller, respond)
        world.inject(callee, offer)

    assert callee.sent_of(MessageType.M2) == [respond] * 4
    assert caller.sent_of(MessageType.M3) == [offer] * 4
    assert callee.referee.rang == 1


def test_an_answer_that_comes_again_before_m3_is_made_has_no_answer_yet() -> None:
    world = reach("caller", State.WAIT_ADDRESSES)
    [respond] = world.callee.sent_of(MessageType.M2)
    world.inject(world.caller, respond)

    assert world.caller.sent_of(MessageType.M3) == []
    assert world.caller.state is State.WAIT_ADDRESSES


def test_other_messages_for_a_known_call_are_dropped() -> None:
    other = World(seed=5).ring()
    world = World().ring()
    caller, callee = world.caller, world.callee
    counts = len(caller.sent), len(callee.sent)
    world.inject(callee, other.caller.sent_of(MessageType.M1)[0])
    world.inject(caller, other.callee.sent_of(MessageType.M2)[0])
    world.inject(callee, other.caller.sent_of(MessageType.M3)[0])

    assert (len(caller.sent), len(callee.sent)) == counts
    assert (caller.state, callee.state) == (State.WAIT_ANSWER, State.RINGING)


def test_a_replayed_invite_never_rings() -> None:
    recorded = World().talk().caller
    world = reach("callee", State.WAIT_OFFER, World(seed=9))
    for payload in recorded.sent:
        world.inject(world.callee, payload)

    assert world.callee.referee.rang == 0
    assert world.callee.saw(PeerProven) == []
