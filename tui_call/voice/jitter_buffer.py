"""Which frame is due, and how long frames wait: the jitter buffer, without sound in it.

Theory of operation. Frames are numbered without gaps, one each 20 ms. A frame's *transit* is its
arrival minus `number * 20 ms`: meaningless by itself, but the smallest of the last two seconds
belongs to the quickest frame. The buffer plays every frame at `offset + number * 20 ms`; the
delay that it adds to the quickest frame, `offset - smallest transit`, is held at the *wanted
delay*: the target, or what the spread of transits, the player's appetite and the wait for FEC need
where that is more.

- A frame that is not there when due is a gap, and time goes on: lost frames add no delay.
- After `MOST_GAPS` gaps in a row the stream is idle; the next frames start it afresh, from the
  newest that is in time. An outage, a pause of the sender or a slower path leave no delay behind.
- Where the delay has grown by a frame (a faster path, clocks that differ), one is skipped, in a
  quiet place if there is one soon; where it is too small, one gap is inserted. Smaller amounts
  are left to the player, which can resize a quiet frame (`excess`).

All times are seconds of one monotonic clock and come in as arguments.
"""

from collections import deque
from dataclasses import dataclass

from tui_call.voice.sound import FRAME_SECONDS

DEFAULT_TARGET = 0.015
MOST_TARGET = 0.250
MOST_GAPS = 6
MOST_HELD = 128

_WINDOW = 100  # arrivals that transits are judged by: two seconds
_ENOUGH = 25  # fewer of them say nothing about the spread
_SPREAD_SHARE = 0.95  # this share of frames is to be in time
_MARGIN = 0.004  # for a player that looks a little late
_EXCESS = FRAME_SECONDS + 0.002
_SHORTAGE = -0.010
_URGENT_EXCESS = 0.060
_PATIENCE_FRAMES = 100
_REMEMBERED = 1024  # numbers below the highest that duplicates are known by


@dataclass(frozen=True, slots=True)
class Play:
    """A frame is due and there.

    Attributes:
        audio: its packet.
        instead_of: the packet of the frame that would have been next, when frames were skipped.
    """

    audio: bytes
    instead_of: bytes | None = None


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
        received: distinct frames.
        played: those handed out in time.
        lost: gaps whose frame never came (one that comes later moves to `late`).
        late: came after they were due.
        duplicates: came again.
        skipped: in time, left out to bring the delay down.
    """

    received: int = 0
    played: int = 0
    lost: int = 0
    late: int = 0
    duplicates: int = 0
    skipped: int = 0


class JitterBuffer:
    """Holds numbered frames and hands out one each 20 ms.

    Attributes:
        counters: what happened so far.
        jitter: mean deviation of transit between frames, seconds (RFC 3550 section 6.4.1).
        waited: how long frames waited here lately, seconds.
        pull_seconds: how much the player takes at once; a frame is needed that much earlier.
        repair_seconds: how much later a lost frame can be repaired, 0.0 if it cannot.
        excess: by how much the delay was above the wanted one at the last `take`, seconds.
    """

    def __init__(self, target: float = DEFAULT_TARGET) -> None:
        self.counters = Counters()
        self.jitter = 0.0
        self.waited = 0.0
        self.excess = 0.0
        self.pull_seconds = 0.0
        self.repair_seconds = 0.0
        self.target = target
        self._held: dict[int, tuple[bytes, float]] = {}
        self._transits: deque[float] = deque(maxlen=_WINDOW)
        self._last_transit: float | None = None
        self._first: int | None = None  # number that the stream began with
        self._next = 0  # number due next
        self._offset: float | None = None  # None while idle
        self._gaps = 0
        self._excess_frames = 0
        self._highest = -1
        self._seen = 0  # bit i: highest - i was received

    @property
    def target(self) -> float:
        """Delay that the quickest frame is given, seconds; may be changed at any time."""
        return self._target

    @target.setter
    def target(self, seconds: float) -> None:
        self._target = max(0.0, min(MOST_TARGET, seconds))

    @property
    def wanted_delay(self) -> float:
        """The target, or what the player and the present spread of transits need, seconds."""
        spread = 0.0
        if len(self._transits) >= _ENOUGH:
            ordered = sorted(self._transits)
            spread = ordered[int(len(ordered) * _SPREAD_SHARE)] - ordered[0]
        needed = spread + self.pull_seconds + self.repair_seconds + _MARGIN
        return max(self._target, min(needed, MOST_TARGET))

    @property
    def idle(self) -> bool:
        """Nothing is being played: before the first frame and after a long gap."""
        return self._offset is None

    def insert(self, number: int, audio: bytes, now: float) -> None:
        """Take a frame that arrived at `now`; anything goes, twice or out of order."""
        if self._is_duplicate(number):
            self.counters.duplicates += 1
            return
        self.counters.received += 1
        self._note_transit(now - number * FRAME_SECONDS)
        if self._first is not None and number < self._next:
            self.counters.late += 1
            if number >= max(self._first, self._highest - _REMEMBERED + 1):
                self.counters.lost -= 1
            return
        self._held[number] = (audio, now)
        if len(self._held) > MOST_HELD:
            self._drop_oldest()

    def start_time(self, now: float) -> float | None:
        """When idle: the time at which playing should start again, None if nothing is there."""
        number = self._first_in_time(now)
        return None if number is None else max(now, self._start_offset() + number * FRAME_SECONDS)

    def start(self, now: float) -> None:
        """Leave the idle state; the first `take` follows, for `now`."""
        number = self._first_in_time(now)
        assert number is not None
        if self._first is None:
            self._first = self._next = number
        passed = number - self._next
        skipped = [held for held in self._held if held < number]
        for held in skipped:
            del self._held[held]
        self.counters.skipped += len(skipped)
        if passed:
            self.counters.lost += passed - len(skipped)
        self._next = number
        self._offset = now - number * FRAME_SECONDS
        quickest = min(self._transits)
        self._transits.clear()  # those of a burst after an outage say nothing about the path
        self._transits.append(quickest)
        self._gaps = 0
        self._excess_frames = 0

    def take(self, due: float, *, quiet: bool) -> Play | Gap | None:
        """Return what is played in the 20 ms from `due`, or None when that made it idle.

        Args:
            due: when the first sample of the frame is taken by the player.
            quiet: the sound just before was quiet, so that a cut would not be heard.
        """
        self._offset = due - self._next * FRAME_SECONDS
        excess = self._offset - min(self._transits) - self.wanted_delay
        self.excess = excess
        if excess < _SHORTAGE:
            return Gap()  # without going on: every later frame waits 20 ms longer
        skip = self._frames_to_skip(excess, quiet=quiet)
        replaced = self._skip(skip) if skip else None
        held = self._held.pop(self._next, None)
        self._next += 1
        if held is not None:
            audio, arrived = held
            self.counters.played += 1
            self._gaps = 0
            self.waited += (due - arrived - self.waited) / 16
            return Play(audio, replaced)
        self.counters.lost += 1
        self._gaps += 1
        if self._gaps > MOST_GAPS:
            self._become_idle()
            return None
        following = self._held.get(self._next)
        return Gap(following[0] if following else None)

    def _frames_to_skip(self, excess: float, *, quiet: bool) -> int:
        if excess < _EXCESS:
            self._excess_frames = 0
            return 0
        self._excess_frames += 1
        if excess >= _URGENT_EXCESS:
            count = int(excess / FRAME_SECONDS)
        elif quiet or self._excess_frames > _PATIENCE_FRAMES:
            count = 1
        else:
            return 0
        # Skipping helps only where the frame to go on with is there.
        return count if self._next in self._held and self._next + count in self._held else 0

    def _skip(self, count: int) -> bytes:
        replaced = self._held[self._next][0]
        for number in range(self._next, self._next + count):
            if self._held.pop(number, None) is None:
                self.counters.lost += 1
            else:
                self.counters.skipped += 1
        self._next += count
        self._excess_frames = 0
        self.excess -= count * FRAME_SECONDS
        return replaced

    def _become_idle(self) -> None:
        self._offset = None
        self._gaps = 0
        self._transits.clear()
        self._transits.extend(
            arrived - number * FRAME_SECONDS for number, (_, arrived) in self._held.items()
        )

    def _start_offset(self) -> float:
        return min(self._transits) + self.wanted_delay

    def _first_in_time(self, now: float) -> int | None:
        offset = self._start_offset() if self._transits else 0.0
        in_time = (n for n in self._held if offset + n * FRAME_SECONDS > now - FRAME_SECONDS)
        return min(in_time, default=None)

    def _note_transit(self, transit: float) -> None:
        self._transits.append(transit)
        if self._last_transit is not None:
            self.jitter += (abs(transit - self._last_transit) - self.jitter) / 16
        self._last_transit = transit

    def _is_duplicate(self, number: int) -> bool:
        if number > self._highest:
            ahead = number - self._highest
            self._seen = (self._seen << min(ahead, _REMEMBERED) | 1) & ((1 << _REMEMBERED) - 1)
            self._highest = number
            return False
        behind = self._highest - number
        if behind >= _REMEMBERED:
            return False
        known = bool(self._seen >> behind & 1)
        self._seen |= 1 << behind
        return known

    def _drop_oldest(self) -> None:
        oldest = min(self._held)
        del self._held[oldest]
        self.counters.skipped += 1
        if self._first is not None:
            self.counters.lost += oldest - self._next
            self._next = oldest + 1
