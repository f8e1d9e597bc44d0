"""Where a member's frames stand, and that all that is heard is kept. Time is virtual."""

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.kept_row import ROOM, KeptRow
from tests.support.whole_frame import whole_frame
from tui_call.bridge.timeline import Timeline
from tui_call.payload import (
    OLDEST_COPY,
    Audio,
    Block,
    Copy,
    parse_payload,
)
from tui_call.tap.recording.recording_files import WAIT_SECONDS
from tui_call.tap_frame import TapFrame
from tui_call.voice.sound import FRAME_SECONDS

BEGUN = 1000.0
PATH_SECONDS = 0.005
IN_STEP_SLOTS = 2
"""40 ms."""
A_SECOND = 1.0
MOST_HELD = 128


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
    def arrival(self) -> float:
        return BEGUN + self.slot * FRAME_SECONDS * self.stretch + PATH_SECONDS + self.delay

    @property
    def payload(self) -> bytes:
        copies = [Copy(earlier, said(self.number - earlier)) for earlier in self.copies]
        return whole_frame(self.number, [Audio(said(self.number)), *copies])


def said(number: int) -> bytes:
    return b"%d" % number


class Recorded:
    """A person's frames through the bridge into a recording.

    Attributes:
        row: what is kept.
        heard: slot and bytes of each frame that people may hear.
    """

    def __init__(self, wait: float = WAIT_SECONDS) -> None:
        self.row = KeptRow(BEGUN, range(1, 5), wait)
        self.heard: list[tuple[int, bytes]] = []
        self._timelines = defaultdict[int, Timeline](Timeline)

    def take(self, frame: bytes, arrival: float, source: int = 1) -> None:
        self.row.write_until(arrival)
        placed = self._timelines[source].place(frame, arrival)
        if placed is None:
            return
        self.row.take(TapFrame(ROOM, source, arrival, placed.slot, frame))
        if placed.heard:
            self.heard.append((placed.slot - self.row.first, frame))


def recorded(sent: Iterable[Sent], wait: float = WAIT_SECONDS) -> Recorded:
    found = Recorded(wait)
    for one in sorted(sent, key=lambda one: one.arrival):
        found.take(one.payload, one.arrival, one.source)
    return found


def lined_up(sent: Iterable[Sent], slots: int) -> list[bytes]:
    """Return the packets of so many slots, each of which waits for a second."""
    return recorded(sent, A_SECOND).row.write(slots)


def test_each_packet_has_the_slot_in_which_it_was_spoken() -> None:
    sent = [Sent(slot, 700 + slot) for slot in range(10, 60)]
    expected = [said(700 + slot) if 10 <= slot < 60 else b"" for slot in range(70)]
    assert lined_up(sent, 70) == expected


@given(st.lists(st.floats(0, A_SECOND - 0.05), min_size=150, max_size=150))
def test_in_whatever_order_they_come_within_a_second_packets_stand_in_a_row(
    delays: list[float],
) -> None:
    """Now and then one comes as quickly as the path is."""
    sent = [Sent(slot, slot, delay if slot % 8 else 0.0) for slot, delay in enumerate(delays)]
    sent += [Sent(slot, slot) for slot in range(150, 200)]
    assert lined_up(sent, 150) == [said(slot) for slot in range(150)]


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


def test_a_sender_that_counts_anew_goes_on_after_a_fifth_of_a_second() -> None:
    first = [Sent(slot, 100_000 + slot) for slot in range(100)]
    second = [Sent(slot, slot - 100) for slot in range(100, 200)]
    packets = lined_up([*first, *second], 200)
    assert packets[:100] == [said(100_000 + slot) for slot in range(100)]
    assert packets[100:110] == [b""] * 10
    assert packets[110:] == [said(slot - 100) for slot in range(110, 200)]


def test_one_number_far_from_the_others_is_left_out_and_moves_nothing() -> None:
    sent = [Sent(slot, 2**31 if slot == 50 else slot) for slot in range(100)]
    packets = lined_up(sent, 100)
    assert packets[50] == b""
    assert packets[51:] == [said(slot) for slot in range(51, 100)]


def test_who_sends_too_fast_is_heard_in_time_and_nothing_heaps_up() -> None:
    """Ten frames for each slot, numbered in a row."""
    fast = Recorded()
    for number in range(20_000):
        sent = Sent(number // 10, number)
        fast.take(sent.payload, sent.arrival)
        assert fast.row.held <= MOST_HELD
    assert sum(map(bool, fast.row.packets)) > 100
    for slot, packet in enumerate(fast.row.packets):
        assert not packet or abs(int(packet) // 10 - slot) <= A_SECOND / FRAME_SECONDS


@given(
    st.lists(
        st.tuples(
            st.integers(1, 4),
            st.one_of(st.integers(0, 2**32 - 1), st.integers(0, 400)),
            st.floats(0, 0.1),
        ),
        max_size=300,
    )
)
def test_whatever_the_numbers_say_a_line_is_as_long_as_its_time_and_holds_little(
    frames: list[tuple[int, int, float]],
) -> None:
    one, now = Recorded(), BEGUN
    for source, number, pause in frames:
        now += pause
        one.take(whole_frame(number, [Audio(said(number))]), now, source)
        assert one.row.held <= MOST_HELD
    assert len(one.row.packets) == max(0, int((now - WAIT_SECONDS - BEGUN) / FRAME_SECONDS))


def heard_of(sent: Iterable[Sent]) -> list[int]:
    """Return the numbers of the frames that people hear."""
    return [parse_payload(frame)[0] for _, frame in recorded(sent).heard]


@pytest.mark.parametrize("parts_in_a_million", [200, -200])
def test_of_a_device_with_a_bad_clock_on_a_bad_path_all_but_a_few_are_heard(
    parts_in_a_million: int,
) -> None:
    chance, stretch = random.Random(1), 1 + parts_in_a_million / 1e6
    sent = [
        Sent(slot, slot, chance.random() * 0.06, copies=(1, 3), stretch=stretch)
        for slot in range(3, 60_000)
        if chance.random() > 0.05
    ]
    assert len(sent) - len(heard_of(sent)) <= len(sent) / 1000


@pytest.mark.parametrize(
    ("pause", "behind", "missed"),
    [(10, 0, 0), (10, 1, 0), (100, 100, 10), (9000, 0, 0), (9000, 9000, 0)],
)
def test_who_comes_back_after_a_pause_is_heard_at_once_or_soon(
    pause: int, behind: int, missed: int
) -> None:
    """The way was cut, or the computer slept, and its clock with it."""
    sent = [Sent(slot, 10_000 + slot) for slot in range(100)]
    sent += [Sent(slot, 10_000 + slot - behind) for slot in range(100 + pause, 300 + pause)]
    assert len(heard_of(sent)) == 300 - missed


@pytest.mark.parametrize("longer", [0.2, 0.35, 0.9, 3.0])
def test_where_the_way_becomes_longer_a_fifth_of_a_second_is_not_heard_at_most(
    longer: float,
) -> None:
    sent = [Sent(slot, slot, 0.0 if slot < 100 else longer) for slot in range(400)]
    assert len(heard_of(sent)) >= 390


def test_of_what_was_held_up_for_long_the_newest_is_heard() -> None:
    held = [Sent(slot, slot, (200 - slot) * FRAME_SECONDS) for slot in range(100, 200)]
    around = [Sent(slot, slot) for slot in range(300) if not 100 <= slot < 200]
    assert sorted(heard_of([*around, *held])) == [*range(100), *range(177, 300)]


def test_a_first_frame_that_was_held_up_costs_a_frame_now_and_then() -> None:
    sent = [Sent(0, 0, 0.1), *(Sent(slot, slot) for slot in range(1, 1000))]
    found = recorded(sent)
    assert len(found.heard) >= 1000 - 5
    assert found.row.write(1000)[600:] == [said(number) for number in range(600, 1000)]


@dataclass(frozen=True)
class Liar:
    """A device that numbers, repeats and contradicts itself as it likes.

    Attributes:
        paces: slots to its next frame, one of them each time.
        stands: by how much its numbers are ahead of the clock, one of them for a while.
        strays: and of some frames beside that.
        lies: how many sounds of a hundred are others than it said before.
        lacks: how many frames of a hundred have no sound of their own.
    """

    paces: tuple[float, ...]
    stands: tuple[int, ...]
    strays: tuple[int, ...] = (0,)
    lies: int = 0
    lacks: int = 0

    def frames(self, chance: random.Random) -> Iterator[tuple[float, bytes]]:
        """Yield what it sends, and the slot in which that comes."""
        at, stands = 300.0 + chance.random(), 0
        for _ in range(400):
            at += chance.choice(self.paces)
            if chance.random() < 0.02:
                stands = chance.choice(self.stands)
            number = max(OLDEST_COPY, int(at) + stands)
            if chance.random() < 0.3:
                number = max(OLDEST_COPY, number + chance.choice(self.strays))
            lacks = chance.random() * 100 < self.lacks
            blocks: list[Block] = [] if lacks else [Audio(self._sound(number, chance))]
            copied = chance.sample(range(1, OLDEST_COPY + 1), chance.choice((0, 0, 1, 2, 3)))
            blocks += [Copy(back, self._sound(number - back, chance)) for back in copied]
            yield at, whole_frame(number, blocks)

    def _sound(self, number: int, chance: random.Random) -> bytes:
        return b"%d %s" % (number, b"other" if chance.random() * 100 < self.lies else b"said")


@given(st.integers(0, 2**32))
@pytest.mark.parametrize(
    "liar",
    [
        Liar((1.0,), (0, -3, 3, 9, -16, 60), lies=10, lacks=10),
        Liar((1.0, 1.0, 0.0, 1.02, 0.3, 4.0), (0, -40, -17, 11, 20), (-8, -16, 9, 30), 10, 10),
        Liar((1.0, 1.0, 0.98, 0.5, 1.5), (-4, -2, 0, 2, 4, 8), lacks=30),
        Liar((1.0, 1.0, 1.0, 300.0), (0, 500, -200), (-1, 1), 3, 3),
    ],
    ids=["jumps", "all", "moves", "pauses"],
)
def test_whatever_a_device_sends_what_others_hear_of_it_is_kept(liar: Liar, seed: int) -> None:
    one = Recorded()
    for at, frame in liar.frames(random.Random(seed)):
        one.take(frame, BEGUN + at * FRAME_SECONDS)
    assert len(one.heard) > 50
    packets = one.row.write(len(one.row.packets) + 200)
    kept = set(packets)
    for slot, frame in one.heard:
        for block in parse_payload(frame)[1]:
            if isinstance(block, Audio):
                assert packets[slot] == block.packet
            elif isinstance(block, Copy):
                assert block.packet in kept
