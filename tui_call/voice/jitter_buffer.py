"""Which frame is due, and how long frames wait: the jitter buffer, without sound in it.

Theory of operation. Frames are numbered without gaps, one each 20 ms. The buffer plays every frame
at `offset + number * 20 ms` and wants `offset` to be the *play point*: late enough for all frames
but outliers (`arrivals.py`), for the player's appetite and for the copy that repairs a lost frame,
and never less than the target after the quickest one.

- A frame that is missing while later ones are there is lost, and time goes on: loss adds no delay.
- Where nothing at all is there, the path is held up. The player waits, frame by frame, and what
  comes then is played: nothing that was said is dropped. If it turns out that the frames were lost,
  the wait was their time.
- After `MOST_GAPS` of either in a row the stream is idle. The next frames start it afresh, from the
  oldest that is at most `MOST_CATCH_UP` late.
- Where only some of a speaker's frames are forwarded, the others are no loss: `insert` is told how
  many of those before a frame were never sent here. Time is theirs all the same, so that the next
  ones play at their own point, at once.
- By how much the delay is off its point is left to the player, which can stretch and shrink sound
  (`excess`). Only where it is off by more than any path makes it, whole frames are skipped.

All times are seconds of one monotonic clock and come in as arguments.
"""

from dataclasses import dataclass, field

from tui_call.voice.arrivals import Arrivals
from tui_call.voice.sound import FRAME_SECONDS

DEFAULT_TARGET = 0.010
MOST_TARGET = 0.250
MOST_GAPS = 6
MOST_HELD = 128
MOST_CATCH_UP = 0.240
"""Seconds of speech that are played late rather than never, after a path was held up."""

_MARGIN = 0.002  # for a player that looks a little late
_FAR = 0.350  # an excess that only another clock explains
_COPIES_FRAMES = 100  # copies are waited for that long after one came
_MOST_LOST = 256  # in one jump; of a longer one nobody asks what comes late
_REMEMBERED = 1024  # numbers below the highest that duplicates are known by


@dataclass(frozen=True, slots=True)
class Play:
    """A frame is due and there.

    Attributes:
        audio: its packet.
        instead_of: the packet of the frame that would have been next, when frames were skipped.
        is_copy: it came in a later packet than its own.
    """

    audio: bytes
    instead_of: bytes | None = None
    is_copy: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class Gap:
    """A frame is due and not there.

    Attributes:
        next_audio: the packet of the frame after it, if that is there.
    """

    next_audio: bytes | None = None


@dataclass(slots=True)
class Counters:
    """Counts of frames: received = played + skipped + late + those still held.

    Attributes:
        received: distinct frames, copies not counted.
        played: those handed out in time.
        from_copies: handed out from a copy in a later packet.
        lost: frames that were due and came neither themselves nor as a copy (one that comes
            later moves to `late`).
        late: came after they were due.
        duplicates: came again.
        skipped: in time, left out to bring the delay down.
    """

    received: int = 0
    played: int = 0
    from_copies: int = 0
    lost: int = 0
    late: int = 0
    duplicates: int = 0
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class _Held:
    audio: bytes
    arrived: float
    is_copy: bool


class JitterBuffer:
    """Holds numbered frames and hands out one each 20 ms.

    Attributes:
        counters: what happened so far.
        waited: how long frames waited here lately, seconds.
        pull_seconds: how much the player takes at once; a frame is needed that much earlier.
        repair_seconds: how much later the decoder can repair a lost frame, 0.0 if it cannot.
        excess: by how much the delay was above the wanted one at the last `take`, seconds.
    """

    def __init__(self, target: float = DEFAULT_TARGET) -> None:
        self.counters = Counters()
        self.waited = 0.0
        self.excess = 0.0
        self.pull_seconds = 0.0
        self.repair_seconds = 0.0
        self.target = target
        self._arrivals = Arrivals()
        self._held: dict[int, _Held] = {}
        self._first: int | None = None  # number that the stream began with
        self._next = 0  # number due next
        self._offset: float | None = None  # None while idle
        self._gaps = 0  # lost frames in a row
        self._waits = 0  # frames of time in a row for which nothing was there
        self._copies = _Reach()
        self._highest = -1
        self._seen = 0  # bit i: highest - i was received
        self._lost: set[int] = set()
        self._absent = range(0)  # the newest numbers that were never sent here

    @property
    def target(self) -> float:
        """Delay that the quickest frame is given at least, seconds; may be changed at any time."""
        return self._target

    @target.setter
    def target(self, seconds: float) -> None:
        self._target = max(0.0, min(MOST_TARGET, seconds))

    @property
    def jitter(self) -> float:
        """Mean deviation of transit between frames, seconds (RFC 3550 section 6.4.1)."""
        return self._arrivals.jitter

    @property
    def wanted_delay(self) -> float:
        """What the quickest frame should wait, seconds."""
        repair = max(self.repair_seconds, self._copies.seconds)
        spread = self._arrivals.high - self._arrivals.quickest
        needed = spread + self.pull_seconds + repair + _MARGIN
        return max(self._target, min(needed, MOST_TARGET))

    @property
    def idle(self) -> bool:
        """Nothing is being played: before the first frame and after a long gap."""
        return self._offset is None

    @property
    def empty(self) -> bool:
        """Nothing is being played, and nothing waits to be."""
        return self.idle and not self._held

    def insert(self, number: int, audio: bytes, now: float, absent: int = 0) -> None:
        """Take a frame that arrived at `now`; anything goes, twice or out of order.

        Args:
            number: of the frame.
            audio: its packet.
            now: seconds.
            absent: how many frames right before it were never sent here.
        """
        if self._is_duplicate(number):
            self.counters.duplicates += 1
            return
        self.counters.received += 1
        self._arrivals.note(number, now)
        self._copies.pass_by(number)
        if absent:
            self._absent = range(max(0, number - absent), number)
        if self._first is not None and number < self._next:
            self.counters.late += 1
            if number in self._lost:
                self._lost.discard(number)
                self.counters.lost -= 1
            return
        self._hold(number, _Held(audio, now, is_copy=False))

    def insert_copy(self, number: int, offset: int, audio: bytes, now: float) -> None:
        """Take the copy of frame `number` that came in frame `number + offset`."""
        self._copies.note(number + offset, offset)
        over = self._first is None or number < self._next
        if not (over or number in self._held or self._was_received(number)):
            self._hold(number, _Held(audio, now, is_copy=True))

    def start_time(self, now: float) -> float | None:
        """When idle: the time at which playing should start again, None if nothing is there."""
        number = self._first_worth_playing(now)
        return None if number is None else max(now, self._play_point + number * FRAME_SECONDS)

    def start(self, now: float) -> None:
        """Leave the idle state; the first `take` follows, for `now`."""
        number = self._first_worth_playing(now)
        assert number is not None
        if self._first is None:
            self._first = self._next = min(self._held)
        self._pass_over(number)
        self._offset = now - number * FRAME_SECONDS
        self._gaps = self._waits = 0

    def take(self, due: float) -> Play | Gap | None:
        """Return what is played in the 20 ms from `due`, or None when that made it idle.

        Args:
            due: when the first sample of the frame is taken by the player.
        """
        self._settle_waits()
        self._offset = due - self._next * FRAME_SECONDS
        self.excess = self._offset - self._play_point
        replaced = self._skip_far()
        held = self._held.pop(self._next, None)
        if held is not None:
            return self._play(held, replaced, due)
        if self._held:
            self._gaps += 1
            self._pass_over(self._next + 1)
        else:
            self._waits += 1
        if self._gaps + self._waits > MOST_GAPS:
            self._offset = None
            return None
        following = self._held.get(self._next) if self._held else None
        return Gap(following.audio if following else None)

    @property
    def _play_point(self) -> float:
        return self._arrivals.quickest + self.wanted_delay

    def _hold(self, number: int, held: _Held) -> None:
        self._held[number] = held
        if len(self._held) > MOST_HELD:
            self._drop_oldest()

    def _play(self, held: _Held, replaced: bytes | None, due: float) -> Play:
        self._next += 1
        self._gaps = self._waits = 0
        if held.is_copy:
            self.counters.from_copies += 1
        else:
            self.counters.played += 1
            self.waited += (due - held.arrived - self.waited) / 16
        return Play(held.audio, replaced, held.is_copy)

    def _settle_waits(self) -> None:
        """Count the time that was waited as that of frames which now prove lost."""
        if self._waits and self._held and self._next not in self._held:
            self._gaps += min(self._waits, min(self._held) - self._next)
            self._pass_over(min(self._next + self._waits, min(self._held)))
            self._waits = 0

    def _skip_far(self) -> bytes | None:
        """Skip frames where the delay is beyond reason; return the packet of the first."""
        count = int(self.excess / FRAME_SECONDS)
        # Skipping helps only where the frame to go on with is there.
        there = self._next in self._held and self._next + count in self._held
        if self.excess < _FAR or not there:
            return None
        replaced = self._held[self._next].audio
        self._pass_over(self._next + count)
        self.excess -= count * FRAME_SECONDS
        return replaced

    def _pass_over(self, number: int) -> None:
        """Go on to a number; what is held below it is skipped, the rest is lost."""
        skipped = [held for held in self._held if held < number]
        own = sum(not self._held.pop(held).is_copy for held in skipped)
        self.counters.skipped += own
        absent = _common(self._absent, range(self._next, number))
        # A copy of a frame that was not sent itself may be among what is skipped.
        due = len(absent) + sum(held not in absent for held in skipped)
        self.counters.lost += number - self._next - due
        if number - self._next <= _MOST_LOST:
            self._lost.update(set(range(self._next, number)).difference(skipped, absent))
        if len(self._lost) > 2 * _REMEMBERED:
            self._lost = {lost for lost in self._lost if lost >= number - _REMEMBERED}
        self._next = number

    def _first_worth_playing(self, now: float) -> int | None:
        if not self._held:
            return None
        if now - MOST_CATCH_UP > self._play_point + max(self._held) * FRAME_SECONDS:
            self._follow_slower_path()
        oldest = (now - MOST_CATCH_UP - self._play_point) / FRAME_SECONDS
        return min((number for number in self._held if number >= oldest), default=None)

    def _follow_slower_path(self) -> None:
        self._arrivals.restart()
        for number in sorted(self._held):
            self._arrivals.note(number, self._held[number].arrived)

    def _is_duplicate(self, number: int) -> bool:
        if number > self._highest:
            ahead = number - self._highest
            self._seen = (self._seen << min(ahead, _REMEMBERED) | 1) & ((1 << _REMEMBERED) - 1)
            self._highest = number
            return False
        if self._was_received(number):
            return True
        if self._highest - number < _REMEMBERED:
            self._seen |= 1 << self._highest - number
        return False

    def _was_received(self, number: int) -> bool:
        behind = self._highest - number
        return 0 <= behind < _REMEMBERED and bool(self._seen >> behind & 1)

    def _drop_oldest(self) -> None:
        oldest = min(self._held)
        if self._first is None:
            del self._held[oldest]
            self.counters.skipped += 1
        else:
            self._pass_over(oldest + 1)


def _common(one: range, other: range) -> range:
    return range(max(one.start, other.start), min(one.stop, other.stop))


class _Reach:
    """How far after a frame its last copy comes, as the sender does it lately."""

    def __init__(self) -> None:
        self._offset = 0
        self._seen_in = 0

    @property
    def seconds(self) -> float:
        return self._offset * FRAME_SECONDS

    def note(self, number: int, offset: int) -> None:
        """Frame `number` carried a copy of the frame `offset` before it."""
        self.pass_by(number)
        if offset >= self._offset:
            self._offset, self._seen_in = offset, number

    def pass_by(self, number: int) -> None:
        """Frame `number` came."""
        if number - self._seen_in > _COPIES_FRAMES:
            self._offset = 0
