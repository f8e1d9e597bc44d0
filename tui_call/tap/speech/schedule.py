"""Whose turn it is at the one engine: finals first, then the speaker who was served longest ago.

Pure: who decodes says how long it took, and what time it is.
"""

from collections import deque
from dataclasses import dataclass

LEAST_INTERVAL = 0.6
"""Seconds between two partials of a speaker, where the engine is quick."""

MOST_WAITING = 30.0
"""Seconds of speech that may wait as finals; beyond it the oldest are given up."""

_FIRST_GUESS = 0.3
_WEIGHT = 0.2
"""Of the last decoding in the mean."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What is to be decoded now.

    Attributes:
        utterance: number.
        final: it is over, and decoded for the last time.
        lost: it is not decoded any more: too much waits.
    """

    utterance: int
    final: bool
    lost: bool = False


class Schedule:
    """Decides what the engine does next.

    Attributes:
        mean: seconds that decoding takes.
    """

    def __init__(self) -> None:
        self.mean = _FIRST_GUESS
        self._due: dict[int, float] = {}
        self._finals: deque[tuple[int, float]] = deque()

    @property
    def interval(self) -> float:
        """Seconds between two partials of a speaker: half of the engine's time stays free."""
        return max(LEAST_INTERVAL, 2 * self.mean * len(self._due))

    @property
    def waiting(self) -> float:
        """Seconds of speech that wait as finals."""
        return sum(seconds for _, seconds in self._finals)

    def begins(self, utterance: int, now: float) -> None:
        """Count an utterance in, of somebody who begins to speak; its first partial is soon due."""
        self._due[utterance] = now + LEAST_INTERVAL

    def ends(self, utterance: int, seconds: float) -> None:
        """Let an utterance of so many seconds wait for its final."""
        del self._due[utterance]
        self._finals.append((utterance, seconds))

    def forget(self, utterance: int) -> None:
        """Leave out an utterance in which nothing was said."""
        self._due.pop(utterance, None)

    def next(self, now: float) -> Turn | None:
        """Return what is to be decoded now; None while nothing is due."""
        if self._finals:
            lost = self.waiting > MOST_WAITING
            return Turn(self._finals.popleft()[0], final=True, lost=lost)
        first = min(self._due, key=self._due.__getitem__, default=None)
        if first is None or now < self._due[first]:
            return None
        return Turn(first, final=False)

    def had_its_turn(self, utterance: int, now: float, *, shown: bool) -> None:
        """Let an utterance wait for its next partial, less long where there was none to show."""
        self._due[utterance] = now + (self.interval if shown else LEAST_INTERVAL)

    def decoding_took(self, seconds: float) -> None:
        """Take note of how long decoding took once more."""
        self.mean += _WEIGHT * (seconds - self.mean)

    def seconds_until_due(self, now: float) -> float | None:
        """Return how long nothing is due while nobody says more; None for as long as that."""
        if self._finals:
            return 0.0
        if not self._due:
            return None
        return max(0.0, min(self._due.values()) - now)
