"""A member's own client that wants to be heard where all is recorded by rule, and not be kept.

What it sends goes through a bridge's rooms to a device that plays it as every one does, and into a
row of the tap. Time is virtual.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from tests.support.bridge_rooms import Scene, people
from tests.support.kept_row import KeptRow
from tests.support.whole_frame import whole_frame
from tui_call.bridge_packet import BridgePacket, encode_packet, parse_packet
from tui_call.payload import Audio, Block, Copy, parse_payload
from tui_call.voice.jitter_buffer import JitterBuffer, Play
from tui_call.voice.sound import FRAME_SECONDS

SLOTS = 1500


@dataclass(frozen=True)
class Trick:
    """A packet of the liar's: in which slot it is sent, and what is in it."""

    at: float
    number: int
    sounds: tuple[Block, ...]
    again: int = 0


def word(number: int) -> bytes:
    return b"word %d" % number


def plain(number: int, at: float | None = None, *more: Block) -> Trick:
    return Trick(number if at is None else at, number, (Audio(word(number)), *more))


def now_and_then_ahead() -> Iterator[Trick]:
    """Where a numbering stands would be said by those that come quickest."""
    for number in range(SLOTS):
        yield plain(number)
        if number % 200 == 100:
            for ahead in (24, 47):
                yield Trick(number + 0.1, number + ahead, (Audio(b"not heard"),))


def behind() -> Iterator[Trick]:
    """Each comes when its slot has been written, but one a second."""
    for number in range(SLOTS):
        yield plain(number, number + (0 if number % 50 == 0 else 28))


def in_jumps() -> Iterator[Trick]:
    """Numbers leap, forth and not back, so that listeners follow them."""
    for slot in range(SLOTS):
        number = slot + slot // 60 * 40
        yield Trick(slot, number, (Audio(word(number)),))


def the_same_number_twice() -> Iterator[Trick]:
    """Some lose one of them, and some the other."""
    for number in range(SLOTS):
        yield Trick(number, number, (Audio(b"harmless %d" % number),))
        yield plain(number, number + 0.1)


def as_a_copy_before_what_is_something_else() -> Iterator[Trick]:
    """All have played the copy by the time at which the frame comes."""
    for number in range(0, SLOTS, 2):
        yield plain(number + 1, None, Copy(1, word(number)))
        yield Trick(number + 16, number, (Audio(b"harmless %d" % number),))


def as_a_repetition() -> Iterator[Trick]:
    """Who listens takes the frame itself in place of what is said to come again."""
    for number in range(SLOTS):
        yield Trick(number, number, (Audio(b"harmless %d" % number),), again=1)
        yield plain(number, number + 0.1)


@pytest.mark.parametrize(
    "tricks",
    [
        now_and_then_ahead,
        behind,
        in_jumps,
        the_same_number_twice,
        as_a_copy_before_what_is_something_else,
        as_a_repetition,
    ],
)
def test_however_a_client_numbers_what_others_hear_of_it_is_kept(
    tricks: Callable[[], Iterator[Trick]],
) -> None:
    heard, kept = heard_and_kept(tricks())
    assert heard <= kept


def test_one_that_does_nothing_of_that_is_heard_and_kept_whole() -> None:
    heard, kept = heard_and_kept(plain(number) for number in range(SLOTS))
    assert heard == kept == {word(number) for number in range(SLOTS)}


def heard_and_kept(tricks: Iterator[Trick]) -> tuple[set[bytes], set[bytes]]:
    """Return the sounds that a listener plays, and those that stand in the recording."""
    scene = Scene()
    scene.tell(people(2), tapped=True, only_tapped=True)
    begun, listener, row = scene.now, Listener(scene), KeptRow(scene.now)
    for hop, trick in enumerate(sorted(tricks, key=lambda trick: trick.at)):
        scene.now = begun + trick.at * FRAME_SECONDS + 0.005
        listener.play()
        frame = whole_frame(trick.number, trick.sounds)
        packet = BridgePacket(hop, 1, 20, trick.again, frame)
        listener.take(scene.rooms.packet("leg1", encode_packet(packet), scene.now))
        for passed_on in scene.tapped:
            row.take(passed_on)
        scene.tapped.clear()
    scene.now += 3.0
    listener.play()
    row.write_until(scene.now)
    return listener.heard, set(row.packets) - {b""}


class Listener:
    """A device that plays what it is sent of the member.

    Attributes:
        heard: all sounds so far.
    """

    def __init__(self, scene: Scene) -> None:
        self.heard = set[bytes]()
        self._scene = scene
        self._buffer = JitterBuffer()
        self._due = scene.now

    def take(self, sends: list[tuple[str, bytes]]) -> None:
        for leg, data in sends:
            if leg != "leg2":
                continue
            packet = parse_packet(data)
            number, blocks = parse_payload(packet.frame)
            for block in blocks:
                if isinstance(block, Copy):
                    earlier = number - block.offset
                    self._buffer.insert_copy(earlier, block.offset, block.packet, self._scene.now)
                elif isinstance(block, Audio) and packet.again:
                    self._buffer.insert_copy(number, packet.again, block.packet, self._scene.now)
                elif isinstance(block, Audio):
                    self._buffer.insert(number, block.packet, self._scene.now)

    def play(self) -> None:
        """Play what is due."""
        while self._due <= self._scene.now:
            if self._buffer.idle:
                start = self._buffer.start_time(self._due)
                if start is not None and start <= self._due:
                    self._buffer.start(self._due)
            if not self._buffer.idle:
                said = self._buffer.take(self._due)
                if isinstance(said, Play):
                    self.heard.add(said.audio)
            self._due += FRAME_SECONDS
