"""Sealing and opening: known answers, ratchet, generations, replay, forgery, one size."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.e2ee import sframe_reference as reference
from tui_call.e2ee.media import (
    FRAMES_PER_STEP,
    PREVIOUS_SECONDS,
    DropCause,
    MediaFrame,
    MediaOpener,
    MediaSealer,
    SizeProfile,
)
from tui_call.payload import Audio, Block, Copy, End, Feedback, Hold

KEY = bytes(range(32))
OTHER_KEY = bytes(range(1, 33))
SPEECH = bytes(range(80))
STEP = FRAMES_PER_STEP


def opener(generation: int = 0, key: bytes = KEY) -> MediaOpener:
    made = MediaOpener()
    made.install(generation, key)
    return made


def packet_at(
    step: int, counter: int = 0, number: int | None = None, generation: int = 0, key: bytes = KEY
) -> bytes:
    """One packet with a frame of sound, made by the second implementation."""
    number = step * STEP + counter if number is None else number
    return reference.seal(
        key, generation, step, counter, reference.payload(number, b"\x01\0\1a", 139)
    )


def drops(opened: MediaOpener) -> dict[DropCause, int]:
    return dict(opened.dropped)


# Known answers


@pytest.mark.parametrize("generation", [0, 1, 31, 32, 8191])
def test_packets_are_those_of_a_second_implementation(generation: int) -> None:
    sealer = MediaSealer(KEY, generation)
    blocks = b"\x01\0\x50" + SPEECH
    for number in range(2 * STEP + 10):
        packet = sealer.seal(number + 7, [Audio(SPEECH)])
        step, counter = divmod(number, STEP)
        if counter in (0, 7, 8, 255, 256, STEP - 1):
            overhead = (
                1 + len(reference.tail(generation << 3 | step)) + len(reference.tail(counter))
            )
            payload = reference.payload(number + 7, blocks, 160 - 16 - overhead)
            assert packet == reference.seal(KEY, generation, step, counter, payload)


def test_a_long_call_over_many_steps() -> None:
    """25 steps: three rounds of the three step bits, every frame opened, one size."""
    sealer, opened = MediaSealer(KEY), opener()
    for number in range(25 * STEP):
        packet = sealer.seal(number, [Hold(False)])
        assert len(packet) == 160
        frame = opened.open(packet, number * 0.02)
        assert frame is not None
        assert frame.number == number
    assert drops(opened) == {}


# Steps


@pytest.mark.parametrize("gap", [1, 2, 3, 4, 5, 6])
def test_up_to_six_lost_steps_are_bridged(gap: int) -> None:
    opened = opener()
    assert opened.open(packet_at(0), 0.0)
    assert opened.open(packet_at(gap, 5), 100.0)
    assert opened.open(packet_at(gap, 4), 100.0)
    assert opened.open(packet_at(gap - 1, 9), 101.9)
    assert opened.open(packet_at(gap + 6, 0), 102.0)
    assert drops(opened) == {}


@pytest.mark.parametrize(
    ("gap", "cause"), [(7, DropCause.OLD_STEP), (8, DropCause.FAILED), (44, DropCause.FAILED)]
)
def test_a_larger_gap_is_not_bridged_and_moves_nothing(gap: int, cause: DropCause) -> None:
    opened = opener()
    assert opened.open(packet_at(gap), 0.0) is None
    assert drops(opened) == {cause: 1}
    assert opened.open(packet_at(0), 0.0)
    assert opened.open(packet_at(1), 0.0)


def test_the_previous_step_lives_two_seconds() -> None:
    opened = opener()
    assert opened.open(packet_at(0, 0), 10.0)
    assert opened.open(packet_at(1, 0), 11.0)
    assert opened.open(packet_at(0, 1), 11.0 + PREVIOUS_SECONDS - 0.01)
    assert opened.open(packet_at(0, 2), 11.0 + PREVIOUS_SECONDS) is None
    assert drops(opened) == {DropCause.OLD_STEP: 1}


def test_the_previous_step_keeps_its_replay_window() -> None:
    opened = opener()
    assert opened.open(packet_at(0, 3), 0.0)
    assert opened.open(packet_at(1, 0), 0.0)
    assert opened.open(packet_at(0, 3), 0.1) is None
    assert opened.open(packet_at(0, 4), 0.1)
    assert drops(opened) == {DropCause.REPLAYED: 1}


def test_a_forged_packet_ahead_moves_nothing() -> None:
    opened = opener()
    forged = bytearray(packet_at(3))
    forged[-1] ^= 1
    assert opened.open(bytes(forged), 0.0) is None
    assert opened.open(packet_at(0), 0.0)
    assert drops(opened) == {DropCause.FAILED: 1}


# Splices


def test_a_packet_under_another_step_or_generation_fails() -> None:
    """The header is authenticated, and every KID has its own key."""
    opened = opener()
    opened.install(1, OTHER_KEY)
    packet = packet_at(0, 3)
    for first_byte in range(256):
        if first_byte != packet[0]:
            assert opened.open(bytes([first_byte]) + packet[1:], 0.0) is None
    assert opened.open(packet, 0.0)


def test_the_body_of_one_step_under_the_header_of_another_fails() -> None:
    opened = opener()
    assert opened.open(packet_at(1, 3)[:1] + packet_at(0, 3)[1:], 0.0) is None
    assert opened.open(packet_at(0, 3)[:1] + packet_at(1, 3)[1:], 0.0) is None
    assert drops(opened) == {DropCause.FAILED: 2}


def test_a_direction_does_not_open_its_own_frames() -> None:
    opened = opener(key=OTHER_KEY)
    assert opened.open(MediaSealer(KEY).seal(0, []), 0.0) is None
    assert drops(opened) == {DropCause.FAILED: 1}


# Generations


def test_generations_change_without_a_gap() -> None:
    opened = opener()
    assert opened.open(packet_at(0, 0), 0.0)
    opened.install(1, OTHER_KEY)
    assert opened.open(packet_at(0, 1), 100.0)
    newer = packet_at(0, 0, number=2, generation=1, key=OTHER_KEY)
    frame = opened.open(newer, 101.0)
    assert frame is not None
    assert (frame.number, frame.generation) == (2, 1)
    assert opened.open(packet_at(0, 2), 101.0 + PREVIOUS_SECONDS - 0.01)
    assert opened.open(packet_at(0, 3), 101.0 + PREVIOUS_SECONDS) is None
    assert opened.open(packet_at(0, 1, 3, 1, OTHER_KEY), 104.0)
    assert drops(opened) == {DropCause.UNKNOWN_GENERATION: 1}


def test_a_generation_that_is_not_installed_is_dropped() -> None:
    opened = MediaOpener()
    assert opened.open(packet_at(0), 0.0) is None
    opened.install(0, KEY)
    assert opened.open(packet_at(0, generation=1, key=OTHER_KEY), 0.0) is None
    assert opened.open(packet_at(0), 0.0)
    assert drops(opened) == {DropCause.UNKNOWN_GENERATION: 2}


def test_a_generation_is_installed_once() -> None:
    opened = opener(2)
    for generation in (2, 1):
        with pytest.raises(ValueError, match="not new"):
            opened.install(generation, OTHER_KEY)


@pytest.mark.parametrize("generation", [-1, 8192])
def test_generations_are_bounded(generation: int) -> None:
    with pytest.raises(ValueError, match="0-8191"):
        MediaSealer(KEY, generation)
    with pytest.raises(ValueError, match="0-8191"):
        MediaOpener().install(generation, KEY)


# Replay, forgery, garbage


def test_each_frame_opens_once() -> None:
    sealer, opened = MediaSealer(KEY), opener()
    packets = [sealer.seal(number, []) for number in range(1100)]
    assert all(opened.open(packet, 0.0) for packet in reversed(packets[:50]))
    assert all(opened.open(packet, 0.0) for packet in packets[50:])
    assert not any(opened.open(packet, 0.0) for packet in packets)
    assert drops(opened) == {DropCause.REPLAYED: 1100}


def test_a_changed_bit_in_any_byte_is_dropped() -> None:
    sealer, opened = MediaSealer(KEY, 40), opener(40)
    packet = [sealer.seal(number, [Audio(SPEECH)]) for number in range(300)][-1]
    for position in range(len(packet)):
        for bit in range(8):
            changed = bytearray(packet)
            changed[position] ^= 1 << bit
            assert opened.open(bytes(changed), 0.0) is None
    assert sum(opened.dropped.values()) == 8 * len(packet)
    assert opened.open(packet, 0.0)


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_garbage_is_dropped_and_the_call_lives(garbage: bytes, body: bytes) -> None:
    opened = opener()
    assert opened.open(garbage, 0.0) is None
    # the same behind a header that leads to a key
    assert opened.open(b"\x00" + body, 0.0) is None
    assert sum(opened.dropped.values()) == 2
    assert opened.open(packet_at(0), 0.0)


def test_a_counter_beyond_the_step_is_foreign() -> None:
    opened = opener()
    assert opened.open(packet_at(0, STEP), 0.0) is None
    assert opened.open(b"", 0.0) is None
    assert drops(opened) == {DropCause.FOREIGN: 2}


# Numbers and blocks


def test_number_and_counter_go_together_in_a_generation() -> None:
    opened = opener()
    assert opened.open(packet_at(0, 0, number=10), 0.0)
    assert opened.open(packet_at(0, 1, number=12), 0.0) is None
    assert opened.open(packet_at(0, 2, number=11), 0.0) is None
    assert opened.open(packet_at(1, 0, number=10 + STEP), 0.0)
    assert drops(opened) == {DropCause.NUMBER_MISMATCH: 2}


def test_an_authentic_frame_that_is_no_payload_is_dropped() -> None:
    opened = opener()
    assert opened.open(reference.seal(KEY, 0, 0, 0, b"\0\0\0\0\1"), 0.0) is None
    assert opened.open(reference.seal(KEY, 0, 0, 1, b""), 0.0) is None
    assert drops(opened) == {DropCause.MALFORMED: 2}


def test_old_orders_are_not_obeyed_but_old_sound_is_played() -> None:
    sealer, opened = MediaSealer(KEY), opener()
    feedback = Feedback(1, 2, 3, 4)
    told = [
        [Audio(b"0"), Hold(True), feedback],
        [Audio(b"1"), Copy(1, b"0"), Hold(False)],
        [Audio(b"2"), End(3)],
    ]
    packets = [sealer.seal(number, blocks) for number, blocks in enumerate(told)]
    heard = {index: opened.open(packets[index], 0.0) for index in (2, 1, 0)}
    assert heard[2] == MediaFrame(2, 0, (Audio(b"2"), End(3)))
    assert heard[1] == MediaFrame(1, 0, (Audio(b"1"), Copy(1, b"0"), Hold(False)))
    assert heard[0] == MediaFrame(0, 0, (Audio(b"0"), feedback))


def test_the_newest_order_holds_over_generations() -> None:
    opened = opener()
    first = MediaSealer(KEY)
    late, newest = first.seal(0, [Hold(True)]), MediaSealer(OTHER_KEY, 1).seal(1, [Hold(False)])
    opened.install(1, OTHER_KEY)
    assert opened.open(newest, 0.0) == MediaFrame(1, 1, (Hold(False),))
    assert opened.open(late, 0.1) == MediaFrame(0, 0, ())


def test_numbers_may_not_be_skipped_or_repeated() -> None:
    sealer = MediaSealer(KEY)
    sealer.seal(5, [])
    for number in (5, 7, 4):
        with pytest.raises(ValueError, match="frame 6 is due"):
            sealer.seal(number, [])
    with pytest.raises(ValueError, match="too long"):
        sealer.seal(6, [Audio(bytes(400))])
    frame = opener().open(sealer.seal(6, []), 0.0)
    assert frame is not None


# Sizes


def test_speech_silence_mute_hold_and_a_step_have_one_size() -> None:
    sealer = MediaSealer(KEY, 40)
    contents: list[list[Block]] = [
        [Audio(SPEECH)],
        [Audio(SPEECH), Feedback(1000, 65535, 65535, 2**32 - 1)],
        [Audio(SPEECH), Feedback(0, 0, 0, 0), Hold(True), End(1)],
        [Audio(b"\xf8\xff\xfe")],
        [],
    ]
    sizes = {len(sealer.seal(n, contents[n % len(contents)])) for n in range(STEP + 300)}
    assert sizes == {160}


def test_what_the_profiles_promise_fits() -> None:
    assert SizeProfile.SPEECH.capacity == 134
    orders = [Feedback(0, 0, 0, 0), Hold(True), End(1)]
    sealer = MediaSealer(KEY, 8191, SizeProfile.SPEECH_AND_COPIES)
    for number, (rate, copies) in enumerate(((80, 1), (50, 2), (40, 3)), 8):
        sound = [Copy(2 * copy + 1, bytes(rate)) for copy in range(copies)]
        assert len(sealer.seal(number, [Audio(bytes(rate)), *sound, *orders])) == 240
    sealer.profile = SizeProfile.SPEECH
    assert len(sealer.seal(11, [Audio(SPEECH), *orders])) == 160
    assert all(profile <= 1200 for profile in SizeProfile)
