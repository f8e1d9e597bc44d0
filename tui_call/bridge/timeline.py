"""Where the frames of one member stand in time: what is heard of them can be recorded.

No input or output, no clock. Theory of operation. A slot is 20 ms of the monotonic clock, counted
from its beginning, and a recording has one sound of a member in each. Frames come late, twice and
out of order, but their sender numbers them by its own clock: a frame's slot is its number and where
that numbering stands, which the first frame says, and those that come quickest: nobody's frame
arrives before it was spoken. A device may number as it likes, and may lie. So here is decided what
of it is heard, by the one rule that the slot of each sound is free, and still waits in the tap:

- A frame is heard that comes at most `MOST_LATE` slots after that of the oldest sound in it, and
  `MOST_AHEAD` before its own. Later ones the tap gets for `LATEST` slots, and nobody else; all
  others are refused.
- A frame is refused that says something else than what stands in a slot already, in its own sound
  or in a copy of an earlier one: of two that contradict each other some would hear the second.
- Where none of `_BELIEVED_AFTER` frames came in time, for as many slots, the numbering stands where
  the quickest of them says: another path, a computer that slept, or a device that counts anew.
  After a long pause the first frame says it at once, for clocks drift.
- By such a drift, and for a first frame that was held up, it moves: a slot at a time towards what
  is earlier, which costs the frame whose slot is taken, and at once to what is later. It does so
  seldom enough for late frames and copies to be counted as their own time did. The tap counts
  copies from the slot of their frame, so it is that slot which is looked at, too.

So whatever a device sends, of what is passed on to people each sound has a slot that the tap fills
with it. What is refused costs nobody anything else.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

from tui_call.payload import (
    MOST_SOUND,
    Audio,
    Block,
    Copy,
    MalformedPayload,
    parse_payload,
)
from tui_call.voice.sound import FRAME_SECONDS

MOST_LATE = 24
"""Slots after its own in which a sound is heard, a copy as well: 480 ms. The tap waits for longer,
and who listens for 250 ms at most."""

MOST_AHEAD = 10
"""Slots by which a frame may come sooner than its own: the one that said where its numbering stands
was held up for so long."""

LATEST = 49
"""Slots after its own in which the tap still gets a frame: within a second."""

_REMEMBERED = 128
"""Slots of which it is known what stands there: more than any that may be filled at one time."""
_BELIEVED_AFTER = 10
"""Frames and slots: what a path held up comes out of it at once, and moves nothing."""
_LONG_PAUSE = 250
"""Slots without a frame."""
_WINDOW = 100
"""Slots; the quickest is that of this window and the one before it, two to four seconds."""
_FAR = 0.7
"""Slots from where a numbering should stand, at which it moves: two people are then in step by less
than 30 ms, and none moves back and forth."""
_MOVES_EVERY = 75
"""Slots; more than from the latest frame with its oldest copy to the earliest."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A frame that has a place.

    Attributes:
        slot: of its own sound, 20 ms each of the monotonic clock.
        heard: it came in time for those who listen, too.
    """

    slot: int
    heard: bool


class Timeline:
    """The frames of one member."""

    def __init__(self) -> None:
        # What stands where, in a ring of slots.
        self._slots: list[int | None] = [None] * _REMEMBERED
        self._sounds = [b""] * _REMEMBERED
        # A number from `_moved_from` on has the slot `_stands` after it, one before it `_stood`.
        self._stands = self._stood = self._moved_from = 0
        self._moved_at = self._came_at = -inf
        self._newest = -1
        self._quickest = self._quickest_before = inf
        self._window_ends = -inf
        self._strays = 0
        self._stray_since = self._stray_quickest = inf

    def place(self, frame: bytes, now: float) -> Placed | None:
        """Return where a frame stands, None for one that nobody may hear.

        Args:
            frame: the bytes of a `payload`.
            now: monotonic seconds, never less than the last time.
        """
        try:
            number, blocks = parse_payload(frame)
        except MalformedPayload:
            return None
        at, sounds = now / FRAME_SECONDS, blocks[:MOST_SOUND]
        heard = self._settle(number, _reach(sounds), at)
        slot = self._slot_of(number)
        if not at - LATEST <= slot <= at + MOST_AHEAD or not self._agrees(number, sounds):
            return None
        self._hold(number, sounds, at - MOST_LATE)
        return Placed(slot, heard)

    def _slot_of(self, number: int) -> int:
        return number + (self._stands if number >= self._moved_from else self._stood)

    def _settle(self, number: int, reach: int, at: float) -> bool:
        """Look where the numbering stands; tell whether a frame of it is in time.

        Args:
            number: of the frame.
            reach: how many frames before it the oldest sound in it is.
            at: when it came, in slots.
        """
        transit = at - number
        if at - self._came_at > _LONG_PAUSE:
            self._begin(transit)
        elif not self._is_in_time(number, reach, at) and self._believes(transit, at):
            self._begin(self._stray_quickest)
        self._came_at = at
        if not self._is_in_time(number, reach, at):
            return False
        self._forget_strays()
        self._note(transit, at)
        self._move(number, at)
        return True

    def _is_in_time(self, number: int, reach: int, at: float) -> bool:
        return at - MOST_LATE + reach <= self._slot_of(number) <= at + MOST_AHEAD

    def _believes(self, transit: float, at: float) -> bool:
        """Take a frame that is not in time; tell whether so many were not, for as long."""
        self._strays += 1
        self._stray_since = min(self._stray_since, at)
        self._stray_quickest = min(self._stray_quickest, transit)
        return self._strays > _BELIEVED_AFTER and at - self._stray_since >= _BELIEVED_AFTER

    def _begin(self, transit: float) -> None:
        self._stands = self._stood = round(transit)
        self._moved_from, self._moved_at = 0, -inf
        self._newest = -1
        self._quickest = self._quickest_before = inf
        self._window_ends = -inf
        self._forget_strays()

    def _forget_strays(self) -> None:
        self._strays = 0
        self._stray_since = self._stray_quickest = inf

    def _note(self, transit: float, at: float) -> None:
        if at >= self._window_ends:
            self._quickest_before, self._quickest = self._quickest, inf
            self._window_ends = at + _WINDOW
        self._quickest = min(self._quickest, transit)

    def _move(self, number: int, at: float) -> None:
        """Have the numbering stand where it should behind a new number, if it may move now."""
        off = min(self._quickest, self._quickest_before) - self._stands
        if abs(off) > _FAR and number > self._newest and at - self._moved_at >= _MOVES_EVERY:
            self._stood, self._moved_from, self._moved_at = self._stands, number + 1, at
            self._stands += round(off) if off > 0 else -1
        self._newest = max(self._newest, number)

    def _agrees(self, number: int, sounds: Sequence[Block]) -> bool:
        """Tell whether the tap has each sound of a frame, or fills a slot with it."""
        slot, heard = self._slot_of(number), False
        for block in sounds:
            if isinstance(block, Copy):
                earlier = block.offset
                if not (
                    self._is_free_for(block.packet, slot - earlier)
                    or self._stands_in(block.packet, self._slot_of(number - earlier))
                ):
                    return False
            elif isinstance(block, Audio) and not heard:  # of two, those who listen hear the first
                heard = True
                if not self._is_free_for(block.packet, slot):
                    return False
        return True

    def _is_free_for(self, sound: bytes, slot: int) -> bool:
        place = slot % _REMEMBERED
        return self._slots[place] != slot or self._sounds[place] == sound

    def _stands_in(self, sound: bytes, slot: int) -> bool:
        place = slot % _REMEMBERED
        return self._slots[place] == slot and self._sounds[place] == sound

    def _hold(self, number: int, sounds: Sequence[Block], first: float) -> None:
        """Remember what the tap fills slots with, of those that are surely open there."""
        slot, heard = self._slot_of(number), False
        for block in sounds:
            if isinstance(block, Copy):
                self._put(block.packet, slot - block.offset, first)
            elif isinstance(block, Audio) and not heard:
                heard = True
                self._put(block.packet, slot, first)

    def _put(self, sound: bytes, slot: int, first: float) -> None:
        place = slot % _REMEMBERED
        if slot >= first and self._slots[place] != slot:
            self._slots[place], self._sounds[place] = slot, sound


def _reach(sounds: Sequence[Block]) -> int:
    reach = 0
    for block in sounds:
        if isinstance(block, Copy) and block.offset > reach:
            reach = block.offset
    return reach
