"""The sealed channel over a service that loses, repeats, reorders, alters and makes things up."""

import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.e2ee import handshake_reference as reference
from tests.e2ee.machines import SDP, flipped
from tui_call.e2ee import control_channel
from tui_call.e2ee.control_channel import (
    MOST_BUFFERED,
    Answer,
    ChannelExhausted,
    ControlChannel,
    ControlDropCause,
    ControlMessage,
    HangUp,
    Note,
    Received,
    RekeyAsk,
    Ringing,
)
from tui_call.e2ee.key_schedule import GenerationKeys, first_generation, next_generation

TRANSCRIPT = bytes([9] * 32)
KEYS = first_generation(bytes([8] * 32), TRANSCRIPT)
NEXT_KEYS = next_generation(KEYS.chain, b"one", b"two", bytes(32), bytes(32))
ACK_SPACE = 1 << 31


def pair(leg: int = reference.LEG) -> tuple[ControlChannel, ControlChannel]:
    """Return the caller's and the callee's end."""
    caller = ControlChannel(
        reference.CALL_ID, leg, sending=KEYS.control_i2r, receiving=KEYS.control_r2i
    )
    callee = ControlChannel(
        reference.CALL_ID, leg, sending=KEYS.control_r2i, receiving=KEYS.control_i2r
    )
    return caller, callee


def forged(sequence: int, content: bytes, generation: int = 0) -> bytes:
    """Seal anything as the caller, with the real keys."""
    return reference.control(
        reference.CALL_ID,
        reference.LEG,
        KEYS.control_i2r.key,
        KEYS.control_i2r.iv,
        TRANSCRIPT,
        sequence,
        content,
        generation,
    )


def notes(count: int) -> list[ControlMessage]:
    return [Note(str(number)) for number in range(count)]


# Order, repetition, acknowledgement


def test_messages_arrive_and_are_acknowledged() -> None:
    caller, callee = pair()
    received = callee.receive(caller.seal(Answer(SDP), 1.0), 1.1)
    assert received.messages == (Answer(SDP),)
    assert caller.next_deadline() == pytest.approx(1.4)
    (acknowledgement,) = received.send
    assert caller.receive(acknowledgement, 1.2) == Received()
    assert caller.next_deadline() is None
    assert callee.next_expected == 1
    assert not caller.dropped
    assert not callee.dropped


def test_an_answer_carries_the_acknowledgement_too() -> None:
    caller, callee = pair()
    callee.receive(caller.seal(Ringing(), 0.0), 0.0)
    received = caller.receive(callee.seal(Note("yes"), 0.1), 0.1)
    assert received.messages == (Note("yes"),)
    assert caller.next_deadline() is None


def test_early_messages_wait_for_their_turn() -> None:
    caller, callee = pair()
    wires = [caller.seal(note, 0.0) for note in notes(4)]
    assert callee.receive(wires[2], 0.0).messages == ()
    assert callee.receive(wires[1], 0.0).messages == ()
    assert callee.receive(wires[3], 0.0).messages == ()
    assert callee.next_expected == 0
    assert callee.receive(wires[0], 0.0).messages == tuple(notes(4))
    assert callee.next_expected == 4


def test_at_most_thirty_two_wait() -> None:
    caller, callee = pair()
    wires = [caller.seal(note, 0.0) for note in notes(MOST_BUFFERED + 2)]
    for wire in reversed(wires):
        callee.receive(wire, 0.0)
    assert callee.dropped == Counter({ControlDropCause.TOO_FAR_AHEAD: 1})
    assert callee.next_expected == MOST_BUFFERED + 1
    assert callee.receive(wires[-1], 0.4).messages == (notes(MOST_BUFFERED + 2)[-1],)


def test_a_repetition_is_not_processed_but_acknowledged_with_the_same_bytes() -> None:
    caller, callee = pair()
    wire = caller.seal(Ringing(), 0.0)
    first = callee.receive(wire, 0.0)
    again = callee.receive(wire, 0.5)
    assert again == Received((), first.send)
    assert callee.dropped == Counter({ControlDropCause.REPLAYED: 1})
    early = caller.seal(Ringing(), 0.0), caller.seal(Ringing(), 0.0)
    callee.receive(early[1], 0.6)
    assert callee.receive(early[1], 1.0) == Received((), first.send)
    assert callee.receive(early[1], 1.1) == Received((), ()), "one answers a burst of repetitions"


def test_a_lost_message_is_sent_again_at_growing_intervals_as_the_same_bytes() -> None:
    caller, callee = pair()
    wire = caller.seal(HangUp(0), 100.0)
    assert caller.due(100.39) == ()
    at, intervals = 100.0, []
    for _ in range(14):
        deadline = caller.next_deadline()
        assert deadline is not None
        intervals.append(deadline - at)
        at = deadline
        assert caller.due(at) == (wire,)
        assert caller.due(at) == ()
    assert intervals == pytest.approx([min(0.4 * 1.5**n, 15.0) for n in range(14)])
    assert intervals[-1] == pytest.approx(15.0)
    assert callee.receive(wire, at).messages == (HangUp(0),)


def test_what_is_sent_again_is_the_same_bytes_whatever_arrived_meanwhile() -> None:
    caller, callee = pair()
    wires = caller.seal(HangUp(0), 0.0), caller.seal(Ringing(), 0.0)
    for note in notes(3):  # a message made now would acknowledge these
        caller.receive(callee.seal(note, 0.1), 0.1)
    assert caller.due(0.4) == wires
    assert callee.receive(wires[0], 0.4).messages == (HangUp(0),)


def test_a_lost_acknowledgement_is_mended_by_the_repetition() -> None:
    caller, callee = pair()
    wire = caller.seal(Ringing(), 0.0)
    callee.receive(wire, 0.0)  # its acknowledgement gets lost
    (again,) = caller.due(0.4)
    (acknowledgement,) = callee.receive(again, 0.4).send
    caller.receive(acknowledgement, 0.5)
    assert caller.next_deadline() is None


def test_how_long_the_peer_has_not_acknowledged() -> None:
    caller, callee = pair()
    assert caller.oldest_unacknowledged(5.0) == 0.0
    first = caller.seal(Ringing(), 5.0)
    caller.seal(Ringing(), 9.0)
    assert caller.oldest_unacknowledged(25.0) == pytest.approx(20.0)
    for wire in callee.receive(first, 25.0).send:
        caller.receive(wire, 25.0)
    assert caller.oldest_unacknowledged(25.0) == pytest.approx(16.0)


def test_media_feedback_can_acknowledge() -> None:
    caller, callee = pair()
    callee.receive(caller.seal(Ringing(), 0.0), 0.0)
    caller.acknowledge(callee.next_expected, 0.0)
    assert caller.next_deadline() is None
    caller.seal(Ringing(), 1.0)
    caller.acknowledge(3, 1.0)  # more than was ever sent
    assert caller.dropped == Counter({ControlDropCause.CONTENT: 1})
    assert caller.next_deadline() is not None


def test_a_pure_acknowledgement_is_not_acknowledged_and_an_old_one_changes_nothing() -> None:
    caller, callee = pair()
    (first,) = callee.receive(caller.seal(Ringing(), 0.0), 0.0).send
    (second,) = callee.receive(caller.seal(Ringing(), 0.0), 0.0).send
    caller.seal(Ringing(), 0.0)
    assert caller.receive(second, 0.0).send == ()
    for old in (first, second):
        assert caller.receive(old, 0.0) == Received()
    assert caller.dropped == Counter({ControlDropCause.REPLAYED: 2})
    assert caller.oldest_unacknowledged(1.0) == 1.0


class Service:
    """Two ends and a seeded service between them that loses, doubles and reorders; time steps."""

    def __init__(self, seed: int, loss: float, doubles: float) -> None:
        self.ends = pair()
        self.got: tuple[list[ControlMessage], list[ControlMessage]] = ([], [])
        self.sealed: set[bytes] = set()
        self.now = 0.0
        self._chance = random.Random(seed)
        self._loss, self._doubles = loss, doubles
        self._under_way: list[tuple[float, int, bytes]] = []

    def say(self, side: int, message: ControlMessage) -> None:
        wire = self.ends[side].seal(message, self.now)
        self.sealed.add(wire)
        self._carry(1 - side, wire)

    def step(self) -> None:
        self.now += 0.2
        for side, end in enumerate(self.ends):
            for wire in end.due(self.now):
                assert wire in self.sealed  # the same bytes, never sealed anew
                self._carry(1 - side, wire)
        arrived = sorted(entry for entry in self._under_way if entry[0] <= self.now)
        self._under_way = [entry for entry in self._under_way if entry[0] > self.now]
        for _, side, wire in arrived:
            received = self.ends[side].receive(wire, self.now)
            self.got[side].extend(received.messages)
            for acknowledgement in received.send:
                self._carry(1 - side, acknowledgement)

    def is_quiet(self) -> bool:
        return all(end.next_deadline() is None for end in self.ends)

    def _carry(self, side: int, wire: bytes) -> None:
        for _ in range(1 + (self._chance.random() < self._doubles)):
            if self._chance.random() >= self._loss:
                delay = self._chance.uniform(0.01, 1.5)
                self._under_way.append((self.now + delay, side, wire))


@pytest.mark.seals_again("each example begins anew under the known keys")
@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**32), st.floats(0, 0.6), st.floats(0, 0.4))
def test_everything_arrives_once_and_in_order(seed: int, loss: float, doubles: float) -> None:
    service = Service(seed, loss, doubles)
    for index, note in enumerate(notes(25)):
        service.say(0, note)
        if index < 15:
            service.say(1, note)
        service.step()
    while not service.is_quiet():
        service.step()
        assert service.now < 1000
    assert service.got == (notes(15), notes(25))
    for end in service.ends:
        assert set(end.dropped) <= {ControlDropCause.REPLAYED, ControlDropCause.TOO_FAR_AHEAD}


# What was not sent


def test_any_turned_bit_is_dropped_and_the_message_still_arrives() -> None:
    caller, callee = pair()
    wire = caller.seal(Ringing(), 0.0)
    for position in range(len(wire)):
        received = callee.receive(flipped(wire, position), 0.0)
        assert received == Received()
    assert sum(callee.dropped.values()) == len(wire)
    assert callee.receive(wire, 0.0).messages == (Ringing(),)


def test_a_turned_bit_in_an_acknowledgement_acknowledges_nothing() -> None:
    caller, callee = pair()
    (wire,) = callee.receive(caller.seal(Ringing(), 0.0), 0.0).send
    for position in range(len(wire)):
        assert caller.receive(flipped(wire, position), 0.0) == Received()
    assert caller.next_deadline() is not None
    caller.receive(wire, 0.0)
    assert caller.next_deadline() is None


@pytest.mark.seals_again("both legs have the known keys")
def test_messages_of_another_leg_direction_or_kind_are_dropped() -> None:
    caller, callee = pair()
    other, _ = pair(leg=1)
    assert callee.receive(other.seal(Ringing(), 0.0), 0.0) == Received()
    assert caller.receive(caller.seal(Ringing(), 0.0), 0.0) == Received()  # reflected
    run = reference.Handshake(reference.ADA, reference.BOB, reference.CALL_ID, reference.LEG)
    assert callee.receive(run.m1(), 0.0) == Received()
    assert callee.dropped == Counter({ControlDropCause.MALFORMED: 2})
    assert caller.dropped == Counter({ControlDropCause.UNDECRYPTABLE: 1})


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_no_bytes_make_it_raise(data: bytes) -> None:
    caller, callee = pair()
    wire = caller.seal(Ringing(), 0.0)
    for made_up in (data, wire[:21] + data, wire[:21] + data.ljust(280, b"\0")[:280]):
        assert callee.receive(made_up, 0.0) == Received()
    assert callee.receive(wire, 0.0).messages == (Ringing(),)


@pytest.mark.parametrize(
    "content",
    [
        bytes(4) + b"\x07\xff",
        bytes(4) + b"\x02no description",
        bytes(256)[:-1] + b"\1",
        reference.padded(b"", 1024),
    ],
    ids=["not UTF-8", "bad description", "padding", "size"],
)
def test_authentic_nonsense_is_acknowledged_and_left_out(content: bytes) -> None:
    _, callee = pair()
    received = callee.receive(forged(0, content), 0.0)
    assert received.messages == ()
    assert len(received.send) == 1
    assert callee.dropped == Counter({ControlDropCause.CONTENT: 1})
    assert callee.receive(forged(1, bytes(4) + b"\1"), 0.0).messages == (Ringing(),)


@pytest.mark.parametrize("content", [bytes(4) + b"\xee something new", bytes(4) + b"\0", b""])
def test_an_unknown_tag_is_acknowledged_and_ignored(content: bytes) -> None:
    _, callee = pair()
    received = callee.receive(forged(0, content), 0.0)
    assert (received.messages, len(received.send)) == ((), 1)
    assert not callee.dropped
    assert callee.next_expected == 1


def test_an_acknowledgement_of_what_was_never_sent() -> None:
    _, callee = pair()
    callee.seal(Ringing(), 0.0)
    assert callee.receive(forged(ACK_SPACE, (2).to_bytes(4, "big") + b"\0"), 0.0) == Received()
    assert callee.dropped == Counter({ControlDropCause.CONTENT: 1})
    assert callee.next_deadline() is not None
    callee.receive(forged(ACK_SPACE + 1, (1).to_bytes(4, "big") + b"\0"), 0.0)
    assert callee.next_deadline() is None


def test_the_sizes_on_the_wire() -> None:
    caller, _ = pair()
    sizes = [
        len(caller.seal(message, 0.0)) - 29 - 16
        for message in (Ringing(), Note("x" * 240), Note("x" * 2000), Answer(SDP.ljust(5000)))
    ]
    assert sizes == [256, 256, 4096, 8192]


def test_the_numbers_never_restart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control_channel, "_ACKNOWLEDGEMENTS", 2)
    caller, _ = pair()
    caller.seal(Ringing(), 0.0)
    caller.seal(Ringing(), 0.0)
    with pytest.raises(ChannelExhausted):
        caller.seal(Ringing(), 0.0)


# A change of keys


def change_keys(channel: ControlChannel, keys: GenerationKeys, *, caller: bool) -> None:
    channel.install_receiving(keys.control_r2i if caller else keys.control_i2r)


def test_numbers_go_on_under_new_keys_and_the_old_ones_are_given_up_in_order() -> None:
    caller, callee = pair()
    late = caller.seal(Ringing(), 0.0)
    caller.start_sending(NEXT_KEYS.control_i2r)
    newer = caller.seal(RekeyAsk(), 0.0)
    assert callee.receive(newer, 0.0) == Received()
    assert callee.dropped == Counter({ControlDropCause.UNKNOWN_GENERATION: 1})
    change_keys(callee, NEXT_KEYS, caller=False)
    assert callee.receive(newer, 0.0).messages == ()  # early: the older one comes first
    assert callee.receive(late, 60.0).messages == (Ringing(), RekeyAsk())
    # From here on nothing under the old keys can be new.
    assert callee.receive(forged(2, bytes(4) + b"\1"), 60.0) == Received()
    assert callee.dropped[ControlDropCause.UNKNOWN_GENERATION] == 2
    assert callee.receive(late, 60.4).send  # a repetition is still acknowledged


def test_an_acknowledgement_is_sealed_anew_under_new_keys() -> None:
    caller, callee = pair()
    wire = caller.seal(Ringing(), 0.0)
    (old,) = callee.receive(wire, 0.0).send
    callee.start_sending(NEXT_KEYS.control_r2i)
    (new,) = callee.receive(wire, 0.4).send
    assert new != old
    change_keys(caller, NEXT_KEYS, caller=True)
    caller.receive(new, 0.0)
    assert caller.next_deadline() is None
    assert caller.receive(old, 0.0) == Received()


def test_messages_of_one_generation_do_not_pass_as_another() -> None:
    caller, callee = pair()
    change_keys(callee, NEXT_KEYS, caller=False)
    wire = bytearray(caller.seal(Ringing(), 0.0))
    wire[24] = 1
    assert callee.receive(bytes(wire), 0.0) == Received()
    assert callee.dropped == Counter({ControlDropCause.UNDECRYPTABLE: 1})
