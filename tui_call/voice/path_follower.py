"""What a path needs and takes, by what the other end reports of what is sent to it.

Theory of operation. Two decisions follow from the reports:

- *Protection*, by the share of frames that is lost: how many times a frame is said again, so that a
  lost one is played from one of them. The first comes at once; a further one, which costs bits and
  delay, when the loss is higher than chance makes it look; less protection only after the loss
  stayed low for a while. One or two outages are no loss that goes on: what is said again against
  those to come would cost delay, and repair nothing.
- *Room*, by what the path takes. Where the round trip grows by a queue, or where loss doubled after
  more was sent, there is a step less; if the loss does not care there is more again, and else it is
  tried again later, and later each time. Another path gets all until it shows otherwise, and a
  longer way is no queue.

Times are monotonic seconds.
"""

import math
import statistics
from collections import deque
from dataclasses import dataclass

from tui_call.voice.sound import FRAMES_PER_SECOND

_FALLS_AFTER = 8.0
_REPORTED_FRAMES = 245  # that a report of the loss is about
_LEAST_LOSSES = 3  # of them, in a row or single, are a habit of the path
_LIKELY, _SURE = 1.0, 2.0  # standard deviations of chance
_LONG_OUTAGE = 25.5  # frames in a row; what a report says instead of more

_LEAST_REPORT_SECONDS = 0.1
"""Between reports, so that a peer that says more has no more of them kept and looked through."""

_QUEUE_SECONDS = 0.100
_QUEUE_REPORTS = 4  # in all of the last so many
_BASE_SECONDS = 60.0
_STEP_SECONDS = 3.0
_GROWTH_SECONDS = 6.0  # until the reported loss is wholly that of what is sent now
_WORSE = 0.15
_SHARE_KEPT = 0.6  # of the loss, when less was sent: it was not for that
_TRY_AGAIN_SECONDS = 10.0
_MOST_TRY_AGAIN_SECONDS = 80.0


class PathFollower:
    """Follows the reports about one path.

    Attributes:
        copies: how many times a frame is said again.
        room: how much the path takes, 0 for the least.

    Args:
        rises: the loss from which one, two, … copies serve best.
        falls: the mean loss of `_FALLS_AFTER` seconds below which there is one copy less.
        most_room: `room` of a path that takes everything.
    """

    def __init__(self, rises: tuple[float, ...], falls: tuple[float, ...], most_room: int) -> None:
        self.copies = 0
        self.room = most_room
        self._rises, self._falls, self._most_room = rises, falls, most_room
        self._copies_since = -math.inf
        self._lately: deque[tuple[float, float]] = deque()
        self._first_report = math.inf
        self._reported_at = -math.inf
        self._queue = _Queue()
        self._changed_at = -math.inf
        self._give_back_at = math.inf
        self._patience = _TRY_AGAIN_SECONDS
        self._growth: _Growth | None = None
        self._doubt: _Growth | None = None

    def report(
        self, loss: float, burst: float, round_trip: float | None, now: float
    ) -> float | None:
        """Take a report; return the loss that may be expected to go on.

        Args:
            loss: the share of frames that did not arrive lately, 0.0 to 1.0.
            burst: mean number of frames lost in a row, 0.0 when none was.
            round_trip: measured with this report, in seconds; None if it could not be.
            now: monotonic seconds; a report that follows too soon is not looked at: None.
        """
        if now - self._reported_at < _LEAST_REPORT_SECONDS:
            return None
        self._reported_at = now
        self._first_report = min(self._first_report, now)
        loss = _lasting(loss, burst, self._seen(now))
        before = self.copies
        self._follow_loss(loss, now)
        if self.copies > before and self.room == self._most_room and self._growth is None:
            self._growth = _Growth(self._interval(loss, _SURE, now)[1], now)
        self._follow_room(loss, round_trip, now)
        return loss

    def path_changed(self) -> None:
        """Begin anew with what a path takes, for another one may be slower without a queue."""
        self.room = self._most_room
        self._queue = _Queue()
        self._changed_at, self._give_back_at = -math.inf, math.inf
        self._patience = _TRY_AGAIN_SECONDS
        self._growth = self._doubt = None

    def _interval(self, loss: float, deviations: float, now: float) -> tuple[float, float]:
        """Return what loss a report can stand for, at least and at most, so early in the call.

        That is the interval of Agresti and Coull (1998) around a share of few.

        Args:
            loss: as reported.
            deviations: half the interval's width, in standard deviations.
            now: monotonic seconds.
        """
        added = deviations**2
        frames = self._seen(now) + added
        share = (loss * (frames - added) + added / 2) / frames
        half = deviations * math.sqrt(share * (1 - share) / frames)
        return share - half, share + half

    def _seen(self, now: float) -> int:
        """Return how many frames a report is about."""
        return min(_REPORTED_FRAMES, round((now - self._first_report) * FRAMES_PER_SECOND))

    def _follow_loss(self, loss: float, now: float) -> None:
        self._lately.append((now, loss))
        while now - self._lately[0][0] > _FALLS_AFTER:
            self._lately.popleft()
        least, _ = self._interval(loss, _LIKELY, now)
        first, *further = self._rises
        wanted = int(loss >= first) + sum(least >= rise for rise in further)
        if wanted > self.copies:
            self.copies, self._copies_since = wanted, now
        elif wanted < self.copies and self._stayed_low(now):
            self.copies, self._copies_since = self.copies - 1, now

    def _stayed_low(self, now: float) -> bool:
        mean = statistics.fmean(loss for _, loss in self._lately)
        return now - self._copies_since >= _FALLS_AFTER and mean < self._falls[self.copies - 1]

    def _follow_room(self, loss: float, round_trip: float | None, now: float) -> None:
        if self._queue.grew(round_trip, now) and now - self._changed_at >= _STEP_SECONDS:
            self._less_room(now)
            return
        if self._doubt is not None and now - self._doubt.at >= _GROWTH_SECONDS:
            if loss > self._doubt.loss * _SHARE_KEPT:  # it was not for what was sent
                self._patience = _TRY_AGAIN_SECONDS
                self._more_room(now)
            self._doubt = None
        elif self._growth is not None and now - self._growth.at >= _GROWTH_SECONDS:
            if loss >= max(_WORSE, 2 * self._growth.loss):
                self._less_room(now)
                self._doubt = _Growth(loss, now)
            self._growth = None
        elif now >= self._give_back_at:
            self._more_room(now)

    def _less_room(self, now: float) -> None:
        self.room = max(0, self.room - 1)
        self._patience = min(2 * self._patience, _MOST_TRY_AGAIN_SECONDS)
        self._changed_at, self._give_back_at = now, now + self._patience
        self._growth = None

    def _more_room(self, now: float) -> None:
        self.room = min(self._most_room, self.room + 1)
        self._changed_at = now
        self._give_back_at = math.inf if self.room == self._most_room else now + self._patience


@dataclass(frozen=True, slots=True)
class _Growth:
    """The loss that there was, at most, when more was sent, or when a smaller room is on trial."""

    loss: float
    at: float


class _Queue:
    """Whether packets wait in a queue: the round trip against its least in the last minute."""

    def __init__(self) -> None:
        self._trips: deque[tuple[float, float]] = deque()

    def grew(self, round_trip: float | None, now: float) -> bool:
        while self._trips and now - self._trips[0][0] > _BASE_SECONDS:
            self._trips.popleft()
        if round_trip is None:
            return False
        self._trips.append((now, round_trip))
        trips = [trip for _, trip in self._trips]
        lately = trips[-_QUEUE_REPORTS:]
        return len(lately) == _QUEUE_REPORTS and min(lately) - min(trips) > _QUEUE_SECONDS


def _lasting(loss: float, burst: float, seen: int) -> float:
    """Return the loss that may be expected to go on: a few outages are no sign of any.

    Nor is one of half a second or more, for which no copy reaches back far enough.
    """
    return loss if burst < _LONG_OUTAGE and loss * seen >= _LEAST_LOSSES * burst else 0.0
