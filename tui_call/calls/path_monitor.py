"""Watches the path of a call by the authentic frames that arrive on it.

A transport learns only after half a minute that a path is dead, and what comes without a key
proves nothing. So the frames themselves are the watchdog: one is due every 20 ms, in speech,
silence and mute alike.

    ┌───────┐ ── 0.4 s of silence: PathSuspect ──► ┌─────────┐ ── 30 s: PathDead ──► ┌──────┐
    │ alive │                                      │ suspect │                       │ lost │
    └───────┘ ◄──── a frame: PathRecovered ─────── └─────────┘                       └──────┘
"""

from dataclasses import dataclass, replace
from enum import Enum, StrEnum, auto

from tui_call.loss_window import LossWindow

FRAME_SECONDS = 0.02
"""One frame holds 20 ms of sound (docs/protocol.md, "Media")."""

SUSPECT_AFTER = 0.4
"""Seconds of silence after which another path should be tried:
longer than any jitter that playout absorbs (250 ms), shorter than people take to ask "hello?"."""

LOST_AFTER = 30.0
"""Seconds without an authentic frame that end a call (docs/protocol.md, "Media")."""

QUALITY_SECONDS = 1.0
"""How often quality is judged, so that a word on the screen does not flicker."""

FAIR_LOSS = 0.03
"""Conversational speech should lose less than this (ITU-T G.1010, table I.1)."""
POOR_LOSS = 0.10
"""Where even a caller that repeats frames is audibly impaired (measured, PESQ)."""
FAIR_JITTER = 0.010
"""RFC 3550's estimate of jitter spread evenly over 0-30 ms is a third of its range."""
POOR_JITTER = 0.030
"""The same for 0-90 ms: beyond the 0-60 ms that playout takes without a gap (measured)."""

_JITTER_GAIN = 1 / 16


class Quality(StrEnum):
    """One word for a path."""

    GOOD = "good"
    FAIR = "fair"
    POOR = "poor"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class PathFigures:
    """What the screen shows and the peer is told.

    Attributes:
        loss: the part of the window's frames that did not arrive, 0.0 to 1.0.
        jitter_ms: interarrival jitter (RFC 3550, section 6.4.1).
        burst: mean number of frames lost in a row, 0.0 while none was.
    """

    loss: float
    jitter_ms: float
    burst: float


@dataclass(frozen=True, slots=True)
class PathSuspect:
    """No frame for `SUSPECT_AFTER`: the path may be dead."""


@dataclass(frozen=True, slots=True)
class PathRecovered:
    """Frames arrive again.

    Attributes:
        silence: seconds for which none did.
    """

    silence: float


@dataclass(frozen=True, slots=True)
class PathDead:
    """No frame for `LOST_AFTER`: the call ends. The last event."""


@dataclass(frozen=True, slots=True)
class QualityChanged:
    """Another word holds for the path."""

    quality: Quality


PathEvent = PathSuspect | PathRecovered | PathDead | QualityChanged


class _State(Enum):
    ALIVE = auto()
    SUSPECT = auto()
    LOST = auto()


class PathMonitor:
    """One for a call, whatever paths it takes; frames that came twice count once.

    Attributes:
        quality: as judged last.
    """

    def __init__(self, now: float) -> None:
        """Begin to expect frames at `now`, in monotonic seconds."""
        self.quality = Quality.GOOD
        self._state = _State.ALIVE
        self._last_arrival = self._heard_since = now
        self._next_judgement = now + QUALITY_SECONDS
        self._window = LossWindow()
        self._jitter = _Jitter()

    @property
    def figures(self) -> PathFigures:
        """Loss and jitter as of the newest frame."""
        return PathFigures(self._window.loss(), self._jitter.seconds * 1000, self._window.burst)

    def figures_at(self, now: float) -> PathFigures:
        """Return the same, with what a path that went silent should have brought since."""
        missing = int(self.silence(now) / FRAME_SECONDS) if self._suspect(now) else 0
        return replace(self.figures, loss=self._window.loss(missing))

    def silence(self, now: float) -> float:
        """Return for how many seconds no authentic frame has arrived."""
        return now - self._last_arrival

    def heard_for(self, now: float) -> float:
        """Return for how many seconds frames have arrived without a silence, 0 in one."""
        return 0.0 if self._suspect(now) else now - self._heard_since

    def lost(self, now: float) -> bool:
        """Return whether the silence is long enough to end the call."""
        return now >= self._last_arrival + LOST_AFTER

    def next_deadline(self) -> float | None:
        """Return when `time_passed` has to be called, None after the last event."""
        if self._state is _State.LOST:
            return None
        silence = SUSPECT_AFTER if self._state is _State.ALIVE else LOST_AFTER
        return min(self._next_judgement, self._last_arrival + silence)

    def frame(self, number: int, now: float) -> list[PathEvent]:
        """Take note of an authentic frame.

        Args:
            number: the frame's number in the call, N.
            now: when it arrived, in monotonic seconds.
        """
        return self.packet(number, (0, number), now)

    def packet(
        self, number: int | None, spoken: tuple[int, int] | None, now: float
    ) -> list[PathEvent]:
        """Take note of an authentic packet that brings the frame of one of several sources.

        Args:
            number: counts what the other end sent on this path, and tells what was lost; None
                where it came on another one.
            spoken: the source, and its frame's number, by which jitter is measured; None where
                it waited on purpose, or is nobody's.
            now: when it arrived, in monotonic seconds.
        """
        if self._state is _State.LOST:
            return []
        if number is not None and self._window.take(number) and spoken is not None:
            source, frame = spoken
            self._jitter.take(source, frame * FRAME_SECONDS, now)
        silence = self.silence(now)
        self._last_arrival = now
        events: list[PathEvent] = []
        if self._state is _State.SUSPECT:
            self._state = _State.ALIVE
            self._heard_since = now
            events.append(PathRecovered(silence))
        return events + self._judge(now)

    def count_anew(self) -> None:
        """Take it that another path has the numbers of what comes now."""
        self._window = LossWindow()

    def time_passed(self, now: float) -> list[PathEvent]:
        """Say what follows from the time alone; may be called at any time."""
        events: list[PathEvent] = []
        if self._state is _State.ALIVE and self._suspect(now):
            self._state = _State.SUSPECT
            events.append(PathSuspect())
        events += self._judge(now)
        if self._state is _State.SUSPECT and self.lost(now):
            self._state = _State.LOST
            events.append(PathDead())
        return events

    def _suspect(self, now: float) -> bool:
        # The same sum as in `next_deadline`: a difference could be rounded to just below.
        return now >= self._last_arrival + SUSPECT_AFTER

    def _judge(self, now: float) -> list[PathEvent]:
        if now < self._next_judgement:
            return []
        self._next_judgement = now + QUALITY_SECONDS
        quality = self._quality(now)
        if quality is self.quality:
            return []
        self.quality = quality
        return [QualityChanged(quality)]

    def _quality(self, now: float) -> Quality:
        if self._suspect(now):
            return Quality.LOST
        loss, jitter = self._window.loss(), self._jitter.seconds
        if loss > POOR_LOSS or jitter > POOR_JITTER:
            return Quality.POOR
        return Quality.FAIR if loss > FAIR_LOSS or jitter > FAIR_JITTER else Quality.GOOD


class _Jitter:
    """Interarrival jitter (RFC 3550, section 6.4.1): the smoothed difference of transit times.

    Each source has a clock of its own, so that only its own transits are compared.
    """

    def __init__(self) -> None:
        self.seconds = 0.0
        self._transits: dict[int, float] = {}

    def take(self, source: int, sent: float, arrived: float) -> None:
        transit = arrived - sent
        before = self._transits.get(source)
        if before is not None:
            self.seconds += (abs(transit - before) - self.seconds) * _JITTER_GAIN
        self._transits[source] = transit
