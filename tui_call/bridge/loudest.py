"""Who of many is heard: few have a place, and whoever is louder takes that of the quietest.

Somebody who starts is judged by the packet in hand, so that no first syllable is lost; somebody who
has a place by the loudest of the last 0.4 s, so that a breath does not cost it. Noise of much the
same level does not make places change hands.
"""

from collections import deque

from tui_call.bridge_packet import LEVEL_UNKNOWN, MUTED

KEPT_SECONDS = 0.4
"""For so long a place is kept after what earned it."""

CLEARLY_LOUDER = 3
"""Decibels by which one has to be louder than whose place one takes."""


class Loudest:
    """Places for those who are heard at once.

    Args:
        places: how many.
    """

    def __init__(self, places: int) -> None:
        self.places = places
        self._taken: dict[int, LatelyLoud] = {}

    @property
    def heard(self) -> frozenset[int]:
        """Whose the places are."""
        return frozenset(self._taken)

    def takes(self, source: int, level: int, now: float) -> bool:
        """Tell whether somebody who sends a packet of a level is heard with it.

        Args:
            source: who.
            level: -dBov as the sender says, or `LEVEL_UNKNOWN`, which counts as the quietest.
            now: monotonic seconds.
        """
        loudness = loudness_of(level)
        place = self._taken.get(source)
        if place is None:
            if not loudness or not self._make_room(loudness, now):
                return False
            place = self._taken[source] = LatelyLoud()
        place.note(loudness, now)
        if not place.lately(now):
            del self._taken[source]
            return False
        return True

    def leave(self, source: int) -> None:
        """Give up the place of somebody who is gone."""
        self._taken.pop(source, None)

    def _make_room(self, loudness: int, now: float) -> bool:
        if len(self._taken) < self.places:
            return True
        quietest, taken = min(
            ((source, place.lately(now)) for source, place in self._taken.items()),
            key=lambda pair: pair[1],
        )
        if taken and loudness < taken + CLEARLY_LOUDER:
            return False
        del self._taken[quietest]
        return True


class LatelyLoud:
    """The loudest of the last 0.4 s: what may still become it, in falling order."""

    def __init__(self) -> None:
        self._peaks: deque[tuple[float, int]] = deque()

    def note(self, loudness: int, now: float) -> None:
        """Take what somebody says now."""
        peaks = self._peaks
        while peaks and peaks[-1][1] <= loudness:
            peaks.pop()
        peaks.append((now, loudness))

    def lately(self, now: float) -> int:
        """Return the loudest of it, 0 where nothing was said."""
        peaks = self._peaks
        while peaks and now - peaks[0][0] > KEPT_SECONDS:
            peaks.popleft()
        return peaks[0][1] if peaks else 0


def loudness_of(level: int) -> int:
    """Return more for what is louder, 0 where nothing is said."""
    return 1 if level == LEVEL_UNKNOWN else MUTED - level
