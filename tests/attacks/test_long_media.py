"""A call of five and a half hours, and packets that are put together of two."""

import itertools

import pytest

from tests.e2ee.machines import sessions
from tui_call.e2ee.media import FRAMES_PER_STEP, MediaOpener, MediaSealer
from tui_call.e2ee.session import Session
from tui_call.payload import Audio, Block, End, Feedback, Hold

FRAMES = 10**6
FRAME_SECONDS = 0.02
GENERATION = 90_000  # frames in the 30 minutes between two rekeys: 22 steps
FIRST_GENERATION = 25  # so that key ids grow from one byte to two on the way
EDGE = 4
OPENED = 16
CONTENTS: list[list[Block]] = [
    [Audio(bytes(range(80)))],
    [Audio(bytes(80)), Feedback(1000, 65535, 65535, 2**32 - 1)],
    [Audio(b"\xf8\xff\xfe")],
    [Audio(bytes(80)), Hold(True), End(1)],
    [],
]


def at_an_edge(frame: int) -> bool:
    """Tell whether a frame of a generation is next to a step, or to the next generation."""
    in_step = frame % FRAMES_PER_STEP
    return not EDGE <= in_step < FRAMES_PER_STEP - EDGE or frame >= GENERATION - EDGE


@pytest.mark.lengthy
def test_a_million_frames_over_generations_steps_and_wraps() -> None:
    """All are sealed and have one size; every 16th is opened, and those at the edges."""
    opener, sizes, opened = MediaOpener(), set(), 0
    for first in range(0, FRAMES, GENERATION):
        generation = FIRST_GENERATION + first // GENERATION
        key = generation.to_bytes(32, "big")
        sealer = MediaSealer(key, generation)
        opener.install(generation, key)
        for frame in range(min(GENERATION, FRAMES - first)):
            number = first + frame
            packet = sealer.seal(number, CONTENTS[number % len(CONTENTS)])
            sizes.add(len(packet))
            if number % OPENED == 0 or at_an_edge(frame):
                received = opener.open(packet, number * FRAME_SECONDS)
                assert received is not None
                assert (received.number, received.generation) == (number, generation)
                opened += 1
    assert sizes == {160}
    assert opened > FRAMES // OPENED
    assert dict(opener.dropped) == {}


# Splices: what is sealed in one place opens in no other


def places() -> tuple[Session, dict[str, bytes]]:
    """Return the callee's session, and a packet from each place; "here" is one for the callee."""
    caller, callee = sessions()
    elsewhere, _ = sessions()
    keys = caller.next_generation(b"request", b"answer", bytes(32), bytes(32))
    here = MediaSealer(caller.send_key)
    early = [here.seal(number, [Hold(True)]) for number in range(FRAMES_PER_STEP + 1)]
    return callee, {
        "here": early[7],
        "another frame": early[8],
        "another step": early[FRAMES_PER_STEP],
        "another generation": MediaSealer(keys.media_i2r, 1).seal(0, [Hold(True)]),
        "the other direction": MediaSealer(callee.send_key).seal(0, [Hold(True)]),
        "another call": MediaSealer(elsewhere.send_key).seal(0, [Hold(True)]),
    }


def test_packets_put_together_of_two_never_open() -> None:
    callee, packets = places()
    opener = MediaOpener()
    opener.install(0, callee.receive_key)
    tried = 0
    for front, back in itertools.permutations(packets.values(), 2):
        for cut in {1, 2, 3, 4, len(front) // 2, len(front) - 16, len(front) - 1}:
            spliced = front[:cut] + back[cut:]
            if spliced not in packets.values():
                assert opener.open(spliced, 0.0) is None
                tried += 1
    assert tried > 150
    assert opener.open(packets["here"], 0.0)


@pytest.mark.parametrize("place", ["another generation", "the other direction", "another call"])
def test_packets_of_another_place_never_open(place: str) -> None:
    callee, packets = places()
    opener = MediaOpener()
    opener.install(0, callee.receive_key)
    opener.install(1, bytes(32))
    assert opener.open(packets[place], 0.0) is None
    assert opener.open(packets["here"], 0.0)
