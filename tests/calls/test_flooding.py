"""A peer that says as much as it can: what it causes is bounded by what it sends, in both roles."""

from collections.abc import Callable

import pytest

from tests.calls.device import OFFER, Device
from tests.calls.two_devices import EVERYTHING, World
from tui_call.calls import course, introduction, reconnecting, rekeying, saying
from tui_call.calls.effects import LeaveAsked, PeerMuted, PreparePathOffer, ReceiveUnder
from tui_call.calls.events import HoldChanged, MuteChanged, NoteWritten
from tui_call.calls.rules import CallRules
from tui_call.calls.states import State
from tui_call.e2ee import control_channel as control
from tui_call.e2ee.messages import MessageType
from tui_call.e2ee.rekey import RekeyRequest

SECONDS = 15
A_SECOND = 20
SIDES = ("caller", "callee")
ACKNOWLEDGEMENTS = 1 << 31

Words = Callable[[int], control.ControlMessage]


def nonce(number: int) -> bytes:
    return number.to_bytes(16, "big")


def offer(number: int) -> control.ControlMessage:
    return control.Reconnect(number % 2**16, control.ReconnectRole.OFFER, OFFER)


WORDS: dict[str, Words] = {
    "questions": lambda number: control.LeaveAsk(nonce(number), "record", "all"),
    "answers": lambda number: control.LeaveYes(nonce(number), "room"),
    "compared": lambda number: control.Compared(number % 2 == 0),
    "notes": lambda number: control.Note(str(number)),
    "mute": lambda number: control.Muted(number % 2 == 0),
    "hold": lambda number: control.Hold(number % 2 == 0),
    "asks for a path": lambda number: control.ReconnectAsk(number % 2**16),
    "offers of a path": offer,
    "asks for keys": lambda number: control.RekeyAsk(),  # noqa: ARG005
    "ringing": lambda number: control.Ringing(),  # noqa: ARG005
}


def mixed(number: int) -> control.ControlMessage:
    words = list(WORDS.values())
    return words[number % len(words)](number // len(words) + 1)


def flood(world: World, flooder: Device, words: Words, a_second: int = A_SECOND) -> int:
    """Let a side say what is next in order, without end, and hear nothing; return how often."""
    victim = world.callee if flooder is world.caller else world.caller
    assert flooder.session is not None
    assert victim.session is not None
    world.weather.loses = EVERYTHING
    first = victim.session.control.next_expected
    wires: list[bytes] = []
    for _ in range(SECONDS * a_second):
        turn = victim.session.control.next_expected - first
        while len(wires) <= turn:
            wires.append(flooder.session.control.seal(words(len(wires) + 1), world.now))
        world.inject(victim, wires[turn])
        world.run(1 / a_second)
    return SECONDS * a_second


def numbers(payloads: list[bytes]) -> set[int]:
    """Return the sequence numbers of control messages that are no pure acknowledgements."""
    found = {int.from_bytes(payload[25:29], "big") for payload in payloads}
    return {number for number in found if number < ACKNOWLEDGEMENTS}


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("words", [*WORDS.values(), mixed], ids=[*WORDS, "all of it"])
def test_what_a_peer_causes_is_no_more_than_it_sends(side: str, words: Words) -> None:
    world = World(callee_rules=CallRules(may_leave=True)).talk()
    flooder: Device = getattr(world, side)
    victim = world.callee if side == "caller" else world.caller
    before = len(victim.sent)
    came = flood(world, flooder, words)
    said = victim.sent[before:]
    assert len(said) <= came
    assert len(numbers(said)) <= control.MOST_BUFFERED, "what nobody acknowledges is bounded"
    assert victim.state is State.SECURE
    assert len(victim.saw(PreparePathOffer)) <= SECONDS / reconnecting.WAITS[0] + 1
    tried = len(victim.sent)
    world.run(2 * control.LONGEST_INTERVAL)
    assert len(victim.sent) - tried <= 4 * control.MOST_REPEATED, "and so are its repetitions"


def test_repetitions_of_what_arrived_are_acknowledged_now_and_then() -> None:
    world = World().talk()
    assert world.caller.session is not None
    wire = world.caller.session.control.seal(control.Muted(True), world.now)
    before = len(world.callee.sent)
    for _ in range(1000):
        world.inject(world.callee, wire)
        world.run(0.001)
    assert len(world.callee.sent) - before <= 1 / control.SHORTEST_SILENCE + 1


@pytest.mark.parametrize("side", SIDES)
def test_a_handshake_that_comes_again_and_again_is_answered_now_and_then(side: str) -> None:
    world = World().ring()
    asked = world.caller.sent_of(MessageType.M1) + world.callee.sent_of(MessageType.M2)
    device: Device = getattr(world, side)
    kind = MessageType.M3 if side == "caller" else MessageType.M2
    before = len(device.sent_of(kind))
    for _ in range(500):
        world.inject(device, asked[side == "caller"])
        world.run(0.01)
    again = len(device.sent_of(kind)) - before
    most = introduction.ANSWERED_AT_ONCE + 5 * introduction.ANSWERED_A_SECOND
    assert 1 <= again <= most + 1


def test_a_caller_gets_new_keys_no_faster_than_two_honest_sides_agree() -> None:
    world = World(callee_rules=CallRules(rekey_interval=1800)).talk()
    session = world.caller.session
    assert session is not None
    for _ in range(SECONDS * 2):
        generation = world.callee.referee.receives_under + 1
        for message in (
            RekeyRequest(generation, session.entropy).message,
            control.RekeyAck(generation),
            control.RekeyAck(generation - 1),
        ):
            world.inject(world.callee, session.control.seal(message, world.now))
        world.run(0.5)
    assert 2 <= len(world.callee.saw(ReceiveUnder)) <= SECONDS / rekeying.SHORTEST_INTERVAL + 1


def test_a_question_that_is_taken_back_is_not_asked_anew_at_once() -> None:
    world = World(callee_rules=CallRules(may_leave=True)).talk()
    session = world.caller.session
    assert session is not None
    for number in range(SECONDS * 2):
        for message in (
            control.LeaveAsk(nonce(number), "record", "all"),
            control.LeaveNo(nonce(number)),
        ):
            world.inject(world.callee, session.control.seal(message, world.now))
        world.run(0.5)
    assert 1 <= len(world.callee.saw(LeaveAsked)) <= SECONDS / 10 + 1


@pytest.mark.parametrize("side", SIDES)
def test_a_key_held_down_loses_nothing(side: str) -> None:
    """A person leans on the keyboard: 30 changes a second; in the end both know the last one."""
    world = World().talk()
    device: Device = getattr(world, side)
    other = world.callee if side == "caller" else world.caller
    for number in range(300):
        device.handle(MuteChanged(number % 2 == 0))
        world.run(1 / 30)
    device.handle(MuteChanged(True))
    device.handle(NoteWritten("sorry"))
    assert world.run_until(lambda: other.notes == ["sorry"], 20)
    assert other.saw(PeerMuted)[-1] == PeerMuted(True)


def test_what_is_said_while_the_service_is_away_arrives_as_far_as_it_still_matters() -> None:
    world = World().talk()
    world.weather.loses = EVERYTHING
    notes = [str(number) for number in range(saying.MOST_NOTES_WAITING)]
    for number in range(500):
        world.caller.handle(MuteChanged(number % 2 == 0))
        world.caller.handle(HoldChanged(number % 2 == 0))
        world.run(0.1)
    for note in [*notes, "one too many"]:
        assert world.caller.machine.takes_notes == (note != "one too many")
        world.caller.handle(NoteWritten(note))
    world.weather.loses = None
    world.caller.service_back()
    assert world.run_until(lambda: world.callee.notes == notes, 30)
    assert world.callee.saw(PeerMuted)[-1] == PeerMuted(False)


def test_an_end_does_not_wait_behind_what_does_not_matter_any_more() -> None:
    world = World().talk()
    world.weather.loses = EVERYTHING
    world.path_works = False
    for number in range(100):
        world.caller.handle(NoteWritten(str(number)))
    world.caller.hang_up()
    world.weather.loses = None
    world.caller.service_back()
    assert world.run_until(lambda: world.callee.state is State.ENDED, course.LINGER)
    assert world.callee.notes == [str(number) for number in range(control.MOST_BUFFERED)]
