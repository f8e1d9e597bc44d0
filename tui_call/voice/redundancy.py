"""How speech is sent: bit rate, and copies of earlier frames against loss, as the path allows.

Theory of operation. The peer reports twice a second what arrives. Two decisions follow:

- *Protection*, by the share of frames that is lost: none, or one, two or three whole copies, each
  in a later packet, so that a lost frame is played from one of them. Whole copies beat in-band FEC
  at the same rate (voice.md, "Redundancy"). The first copy comes at once; a further one, which
  costs bits and delay, when the loss is higher than chance makes it look; less protection only
  after the loss stayed low for a while. One or two outages are no loss that goes on: copies against
  those to come would cost delay and sound, and repair nothing. With copies the coding is that of
  wideband speech: limited to 8 kHz, Opus makes much more of 16 to 32 kbit/s.
- *Packet size*, by what the path takes: large, medium or small. Where the round trip grows by a
  queue, or where loss doubled after packets grew, they are a step smaller; if the loss does not
  care they grow again, and else it is tried again later, and later each time. Another path gets
  large ones until it shows otherwise, and a longer way is no queue.

All sound in one packet, copies included, is at most 64 kbit/s. Times are monotonic seconds.
"""

import math
import statistics
from collections import deque
from dataclasses import dataclass, replace
from enum import IntEnum

from tui_call.voice.coding import Bandwidth, Coding
from tui_call.voice.sound import FRAMES_PER_SECOND

FARTHEST_COPY = 8
"""Frames; as far back as the sealed payload can name one (e2ee.md, "Media")."""


@dataclass(frozen=True, slots=True)
class Sending:
    """What the encoder makes, and which earlier frames travel with each one.

    Attributes:
        coding: of each frame.
        copies: how many frames earlier, in growing order.
    """

    coding: Coding
    copies: tuple[int, ...] = ()


class PacketSize(IntEnum):
    """How large packets may be."""

    SMALL = 0
    MEDIUM = 1
    LARGE = 2


_FULL, _WIDE = Bandwidth.FULL, Bandwidth.WIDE
PLAIN = Sending(Coding(43_200, _FULL))
_SMALL = Sending(Coding(16_000, _WIDE))
_MEDIUM = Sending(Coding(20_000, _WIDE), (3,))
_LARGE = (
    PLAIN,
    Sending(Coding(32_000, _WIDE), (2,)),
    Sending(Coding(20_800, _WIDE), (1, 3)),
    Sending(Coding(16_000, _WIDE), (1, 3, 5)),
)

_RISES = (0.02, 0.12, 0.25)
"""Loss from which one, two, three copies serve best.

Median PESQ of 18 s of speech, eight seeds each, in virtual time:

    loss      8 %   12 %   16 %   20 %   24 %   28 %   32 %
    one      3.60   3.37   3.34   3.10   2.74   2.47   2.25
    two      3.53   3.50   3.39   3.29   3.13   2.87   2.61
    three    3.07   3.07   3.07   3.07   2.99   2.87   2.77
"""
_FALLS = (0.004, 0.11, 0.23)
"""Mean loss of `_FALLS_AFTER` seconds below which there is one copy less."""
_FALLS_AFTER = 8.0
_REPORTED_FRAMES = 245  # that a report of the loss is about
_LEAST_LOSSES = 3  # of them, in a row or single, are a habit of the path
_LIKELY, _SURE = 1.0, 2.0  # standard deviations of chance
_LONG_OUTAGE = 25.5  # frames in a row; what a report says instead of more
_BURSTS = 2.0  # mean length of losses from which they do not come singly

_LEAST_REPORT_SECONDS = 0.1
"""Between reports, so that a peer that says more has no more of them kept and looked through."""

_QUEUE_SECONDS = 0.100
_QUEUE_REPORTS = 4  # in all of the last so many
_BASE_SECONDS = 60.0
_STEP_SECONDS = 3.0
_GROWTH_SECONDS = 6.0  # until the reported loss is wholly that of the larger packets
_WORSE = 0.15
_SHARE_KEPT = 0.6  # of the loss, when packets became smaller: it was not for their size
_TRY_AGAIN_SECONDS = 10.0
_MOST_TRY_AGAIN_SECONDS = 80.0


class RedundancyControl:
    """Follows the peer's reports.

    Attributes:
        sending: what holds now.
        packet_size: how large packets may be.
    """

    def __init__(self) -> None:
        self.sending = PLAIN
        self.packet_size = PacketSize.LARGE
        self._copies = 0
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

    def report(self, loss: float, burst: float, round_trip: float | None, now: float) -> Sending:
        """Take what the peer sees of the frames sent to it, and return how to go on.

        Args:
            loss: the share of frames that did not arrive lately, 0.0 to 1.0.
            burst: mean number of frames lost in a row, 0.0 when none was.
            round_trip: measured with this report, in seconds; None if it could not be.
            now: monotonic seconds; one that follows too soon is not looked at.
        """
        if now - self._reported_at < _LEAST_REPORT_SECONDS:
            return self.sending
        self._reported_at = now
        self._first_report = min(self._first_report, now)
        loss = _lasting(loss, burst, self._seen(now))
        before = self._copies
        self._follow_loss(loss, now)
        if self._copies > before and self.packet_size is PacketSize.LARGE and self._growth is None:
            self._growth = _Growth(self._interval(loss, _SURE, now)[1], now)
        self._follow_room(loss, round_trip, now)
        self.sending = self._chosen(loss, burst)
        return self.sending

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

    def path_changed(self) -> None:
        """Begin anew with what a path takes, for another one may be slower without a queue."""
        self.packet_size = PacketSize.LARGE
        self._queue = _Queue()
        self._changed_at, self._give_back_at = -math.inf, math.inf
        self._patience = _TRY_AGAIN_SECONDS
        self._growth = self._doubt = None

    def _follow_loss(self, loss: float, now: float) -> None:
        self._lately.append((now, loss))
        while now - self._lately[0][0] > _FALLS_AFTER:
            self._lately.popleft()
        least, _ = self._interval(loss, _LIKELY, now)
        first, *further = _RISES
        wanted = int(loss >= first) + sum(least >= rise for rise in further)
        if wanted > self._copies:
            self._copies, self._copies_since = wanted, now
        elif wanted < self._copies and self._stayed_low(now):
            self._copies, self._copies_since = self._copies - 1, now

    def _stayed_low(self, now: float) -> bool:
        mean = statistics.fmean(loss for _, loss in self._lately)
        return now - self._copies_since >= _FALLS_AFTER and mean < _FALLS[self._copies - 1]

    def _follow_room(self, loss: float, round_trip: float | None, now: float) -> None:
        if self._queue.grew(round_trip, now) and now - self._changed_at >= _STEP_SECONDS:
            self._less_room(now)
            return
        if self._doubt is not None and now - self._doubt.at >= _GROWTH_SECONDS:
            if loss > self._doubt.loss * _SHARE_KEPT:  # it was not for the size of packets
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
        self.packet_size = PacketSize(max(PacketSize.SMALL, self.packet_size - 1))
        self._patience = min(2 * self._patience, _MOST_TRY_AGAIN_SECONDS)
        self._changed_at, self._give_back_at = now, now + self._patience
        self._growth = None

    def _more_room(self, now: float) -> None:
        self.packet_size = PacketSize(min(PacketSize.LARGE, self.packet_size + 1))
        self._changed_at = now
        self._give_back_at = (
            math.inf if self.packet_size is PacketSize.LARGE else now + self._patience
        )

    def _chosen(self, loss: float, burst: float) -> Sending:
        match self.packet_size:
            case PacketSize.SMALL:
                chosen = _SMALL
            case PacketSize.MEDIUM:
                chosen = _MEDIUM if self._copies else PLAIN
            case PacketSize.LARGE:
                chosen = _LARGE[self._copies]
        copies = _spaced(chosen.copies, burst)
        # In-band FEC only has to make up for what the copies leave.
        left = round(100 * loss ** (1 + len(copies)))
        return Sending(replace(chosen.coding, expected_loss=left), copies)


@dataclass(frozen=True, slots=True)
class _Growth:
    """The loss that there was, at most, when packets grew, or when a smaller room is on trial."""

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


def _spaced(copies: tuple[int, ...], burst: float) -> tuple[int, ...]:
    """Return copies farther apart where losses come in a row, so that one is outside of it."""
    if burst < _BURSTS:
        return copies
    step = min(round(burst), FARTHEST_COPY // max(1, len(copies)))
    return tuple(max(copy, step * place) for place, copy in enumerate(copies, 1))
