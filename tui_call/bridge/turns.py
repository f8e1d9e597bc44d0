"""Who is sent on a way that takes fewer than speak: each in turn, so that nobody waits for long.

There is no telling which voice matters, nor whether its level is a lie: of those who wait, who does
so longest gets the place of who has had one for longest. What is no voice beside the others, noise
above all, has a place only while nobody needs it.
"""

import math
from collections.abc import Mapping

from tui_call.bridge.loudest import LatelyLoud, loudness_of
from tui_call.bridge_packet import MUTED

MOST_WAIT_SECONDS = 0.9
"""Until a voice that goes on is sent again, and a packet's time for each that is so before it."""

VOICE = MUTED - 50
"""What is as loud is a voice: devices bring speech to some -20 dBov, and noise far below this."""
NEAR = 10
"""Decibels below the loudest, down to which all are voices where nobody is as loud."""
CHANGE_SECONDS = 0.03
"""Between two places that are taken away: more than the 20 ms of a packet, less than those of two.

Who loses a place may have been sent in the same 20 ms; so it is at most one packet more than there
are places, and never in two packets' times in a row.
"""


class Turns:
    """Places for those who are sent at once.

    Args:
        places: how many.
    """

    def __init__(self, places: int) -> None:
        self.places = places
        self._said: dict[int, LatelyLoud] = {}
        # Since when; both are in the order of time.
        self._sent: dict[int, float] = {}
        self._waiting: dict[int, float] = {}
        self._changed = -math.inf

    def takes(self, source: int, level: int, now: float) -> bool:
        """Tell whether a packet of somebody is sent.

        Args:
            source: who.
            level: -dBov as the sender says, or `LEVEL_UNKNOWN`, which counts as the quietest.
            now: monotonic seconds.
        """
        if source not in self._said:
            self._said[source] = LatelyLoud()
        self._said[source].note(loudness_of(level), now)
        lately = {one: said.lately(now) for one, said in self._said.items()}
        least = min(VOICE, max(lately.values()) - NEAR)
        for one, loudness in lately.items():
            if not loudness:
                self._leave(one)
            elif loudness < least:
                self._waiting.pop(one, None)
        if source not in self._sent and lately[source]:
            self._claim(source, lately, least, now)
        return source in self._sent

    def _claim(self, source: int, lately: Mapping[int, int], least: int, now: float) -> None:
        """Give somebody a place, if one is free, is not a voice's, or is due to this one now."""
        if len(self._sent) >= self.places:
            if lately[source] < least:
                return
            self._waiting.setdefault(source, now)
            if now - self._changed < CHANGE_SECONDS:
                return
            place = next((one for one in self._sent if lately[one] < least), None)
            if place is None:
                place, since = next(iter(self._sent.items()))
                first, waits = next(iter(self._waiting.items()))
                turn = MOST_WAIT_SECONDS / len(self._waiting)
                if source != first or now - max(since, waits) < turn:
                    return
            del self._sent[place]
            self._changed = now
        self._waiting.pop(source, None)
        self._sent[source] = now

    def _leave(self, source: int) -> None:
        for known in (self._said, self._sent, self._waiting):
            known.pop(source, None)
