"""A person's packets in a row, one a slot. Time is virtual."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_call.signaling.tap_messages import TapMember
from tui_call.tap.keeping import MemberFrame
from tui_call.tap.line_up import MOST_HELD, WAIT_SECONDS, Line
from tui_call.voice.sound import FRAME_SECONDS

BEGUN = 1000.0
PATH_SECONDS = 0.005
IN_STEP_SLOTS = 2
"""40 ms."""


@dataclass(frozen=True)
class Sent:
    """A frame that says at which slot it was spoken, and how much later it came."""

    slot: int
    number: int
    delay: float = 0.0
    source: int = 1
    copies: tuple[int, ...] = ()
    stretch: float = 1.0

    @property
    def frame(self) -> MemberFrame:
        arrival = BEGUN + self.slot * FRAME_SECONDS * self.stretch + PATH_SECONDS + self.delay
        copies = tuple((earlier, said(self.number - earlier)) for earlier in self.copies)
        member = TapMember(self.source, 1, kept=True)
        return MemberFrame(member, self.number, arrival, said(self.number), copies)


def said(number: int) -> bytes:
    return b"%d" % number


def lined_up(sent: Iterable[Sent], slots: int) -> list[bytes]:
    """Return the packets of so many slots, each asked for when it is due."""
    line = Line(BEGUN)
    frames = sorted((one.frame for one in sent), key=lambda frame: frame.arrival)
    packets: list[bytes] = []
    for frame in frames:
        while line.due <= frame.arrival and len(packets) < slots:
            packets.append(line.pop())
        line.take(frame)
    while len(packets) < slots:
        packets.append(line.pop())
    return packets


def test_each_packet_has_the_slot_in_which_it_was_spoken() -> None:
    sent = [Sent(slot, 700 + slot) for slot in range(10, 60)]
    expected = [said(700 + slot) if 10 <= slot < 60 else b"" for slot in range(70)]
    assert lined_up(sent, 70) == expected


@given(st.lists(st.floats(0, WAIT_SECONDS - 0.05), min_size=150, max_size=150))
def test_in_whatever_order_they_come_within_a_second_packets_stand_in_a_row(
    delays: list[float],
) -> None:
    sent = [Sent(slot, slot, delay if slot else 0.0) for slot, delay in enumerate(delays)]
    assert lined_up(sent, 150) == [said(slot) for slot in range(150)]


def test_a_copy_that_came_first_stands_for_no_frame_that_came_itself() -> None:
    sent = [Sent(slot, slot, 0.1 if slot == 20 else 0.0) for slot in range(40)]
    forged = Sent(21, 21).frame
    forged = replace(forged, copies=((1, b"not heard"),))
    line = Line(BEGUN)
    for frame in sorted((forged, *(one.frame for one in sent)), key=lambda one: one.arrival):
        line.take(frame)
    assert [line.pop() for _ in range(40)] == [said(slot) for slot in range(40)]


@given(st.sets(st.integers(3, 99)), st.lists(st.integers(0, 99)))
def test_what_is_lost_is_silence_and_what_comes_twice_stands_once(
    lost: set[int], twice: list[int]
) -> None:
    sent = [Sent(slot, slot) for slot in range(100) if slot not in lost]
    sent += [Sent(slot, slot, 0.1) for slot in twice if slot not in lost]
    assert lined_up(sent, 100) == [b"" if slot in lost else said(slot) for slot in range(100)]


def test_a_copy_stands_for_what_was_lost_and_what_came_late() -> None:
    sent = [Sent(slot, slot, copies=(1, 3)) for slot in range(3, 100) if slot % 5]
    assert lined_up(sent, 99)[3:] == [said(slot) for slot in range(3, 99)]


def test_who_comes_later_than_its_slot_has_waited_is_silence() -> None:
    sent = [Sent(slot, slot, 1.1 if 50 <= slot < 60 else 0.0) for slot in range(100)]
    packets = lined_up(sent, 100)
    assert packets[50:60] == [b""] * 10
    assert packets[60:] == [said(slot) for slot in range(60, 100)]


@pytest.mark.parametrize("parts_in_a_million", [500, -30])
@pytest.mark.lengthy
def test_for_hours_a_clock_that_drifts_is_out_of_step_by_less_than_40_ms(
    parts_in_a_million: int,
) -> None:
    stretch = 1 + parts_in_a_million / 1e6
    hours = 2 * 3600 * 50
    packets = lined_up((Sent(slot, slot, stretch=stretch) for slot in range(hours)), hours)
    off = [slot - int(packet) * stretch for slot, packet in enumerate(packets) if packet]
    assert max(map(abs, off)) <= IN_STEP_SLOTS
    assert hours - len(off) <= hours * 510e-6 + IN_STEP_SLOTS
    numbers = [int(packet) for packet in packets if packet]
    assert numbers == sorted(set(numbers)), "none twice, none before another"


@pytest.mark.parametrize("longer", [0.3, 1.7, -0.3])
def test_a_path_that_becomes_another_one_puts_nothing_out_of_step_for_long(longer: float) -> None:
    before = 2.0
    sent = [Sent(s, s, before + (longer if s >= 1000 else 0.0)) for s in range(2000)]
    packets = lined_up(sent, 2150)
    place = round((before + longer + PATH_SECONDS) / FRAME_SECONDS)
    for slot in range(1700, 1900):
        assert packets[slot] == said(slot - place)
    numbers = [int(packet) for packet in packets if packet]
    assert numbers == sorted(set(numbers))


def test_who_left_and_came_back_goes_on_in_the_same_line_where_it_came() -> None:
    first = [Sent(slot, 5000 + slot, 0.2 if slot > 40 else 0.0) for slot in range(50)]
    second = [Sent(slot, slot - 60, source=2) for slot in range(60, 100)]
    packets = lined_up([*first, *second], 100)
    assert packets[:50] == [said(5000 + slot) for slot in range(50)], "its last word is whole"
    assert packets[50:60] == [b""] * 10
    assert packets[60:] == [said(slot - 60) for slot in range(60, 100)]


def test_a_sender_that_counts_anew_goes_on_and_nothing_is_left_out() -> None:
    first = [Sent(slot, 100_000 + slot) for slot in range(100)]
    second = [Sent(slot, slot - 100) for slot in range(100, 200)]
    packets = lined_up([*first, *second], 200)
    assert packets[:100] == [said(100_000 + slot) for slot in range(100)]
    assert packets[100:] == [said(slot - 100) for slot in range(100, 200)]


def test_one_number_far_from_the_others_is_left_out_and_moves_nothing() -> None:
    sent = [Sent(slot, 2**31 if slot == 50 else slot) for slot in range(100)]
    packets = lined_up(sent, 100)
    assert packets[50] == b""
    assert packets[51:] == [said(slot) for slot in range(51, 100)]


def test_who_sends_too_fast_is_heard_in_time_and_nothing_heaps_up() -> None:
    """Ten frames for each slot, numbered in a row."""
    line, packets = Line(BEGUN), list[bytes]()
    for number in range(20_000):
        frame = Sent(number // 10, number).frame
        while line.due <= frame.arrival:
            packets.append(line.pop())
        line.take(frame)
        assert held(line) <= MOST_HELD
    assert sum(map(bool, packets)) > 100
    for slot, packet in enumerate(packets):
        assert not packet or abs(int(packet) // 10 - slot) <= WAIT_SECONDS / FRAME_SECONDS


@given(
    st.lists(
        st.tuples(
            st.integers(1, 4),
            st.one_of(st.integers(0, 2**32 - 1), st.integers(0, 400)),
            st.floats(0, 0.1),
        ),
        max_size=300,
    ),
    st.booleans(),
)
def test_whatever_the_numbers_say_a_line_is_as_long_as_its_time_and_holds_little(
    frames: list[tuple[int, int, float]], asked: bool
) -> None:
    line, now, slots = Line(BEGUN), BEGUN, 0
    for source, number, pause in frames:
        now += pause
        member = TapMember(source, 1, kept=True)
        line.take(MemberFrame(member, number, now, said(number)))
        while asked and line.due <= now:
            line.pop()
            slots += 1
        assert held(line) <= 3 * MOST_HELD
    assert line.slot == slots


def held(line: Line) -> int:
    """Return how many packets a line holds."""
    numberings = [*line._numberings, *([line._strange] if line._strange else [])]
    return sum(len(numbering._held) for numbering in numberings)
