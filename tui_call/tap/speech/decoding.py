"""A member's packets as one stretch of sound, as soon as they come.

What is shown live cannot wait for what is late: a gap is filled by the copies in the packet behind
it, then by what the codec makes up, and who comes too late is left out.
"""

from collections.abc import Iterator
from math import inf

import numpy as np

from tui_call.tap.speech.engine_messages import SpeakerFrame
from tui_call.tap.speech.recogniser import RATE, Speech16
from tui_call.voice.opus import Decoder, MalformedAudio
from tui_call.voice.sound import FRAME_SECONDS

MOST_CONCEALED = 5
"""Frames that the codec makes up in a row; then there is silence."""

MOST_AT_ONCE = 150
"""Frames that may come together because they were held up; beyond that nobody has more sound than
time, whatever the numbers leave to be filled: all speakers share one engine."""

AT_FIRST = 10
"""So many of somebody of whom nothing came yet: whoever holds the call again and again begins anew
each time."""

_FRAME = RATE // 50
_LONGEST_GAP = 50
"""Frames; after more, either way, it is another stretch of sound, and nothing is filled in."""


class MemberSound:
    """Decodes what one member sends."""

    def __init__(self) -> None:
        self._decoder = Decoder(RATE)
        self._last: int | None = None
        self._room = float(AT_FIRST)
        self._arrived = inf

    def take(self, frame: SpeakerFrame) -> Iterator[tuple[Speech16, float]]:
        """Yield frames of 320 samples in order, each with the seconds at which it was said."""
        missed = 0 if self._last is None else frame.number - self._last - 1
        if -_LONGEST_GAP <= missed < 0:
            return
        if missed > _LONGEST_GAP or missed < 0:
            missed = 0
        self._last = frame.number
        missed = self._taking(missed, frame.arrival)
        copies = dict(frame.copies)
        for back in range(missed, 0, -1):
            at = frame.arrival - (back + 1) * FRAME_SECONDS
            yield self._decoded(copies.get(back, b""), conceal=back > missed - MOST_CONCEALED), at
        if missed >= 0:
            yield self._decoded(frame.packet, conceal=False), frame.arrival - FRAME_SECONDS

    def _taking(self, missed: int, arrival: float) -> int:
        """Return how many missed frames there is room for with the one that came, -1 for none."""
        passed = max(0.0, arrival - self._arrived) / FRAME_SECONDS
        self._arrived = arrival
        self._room = min(MOST_AT_ONCE, self._room + passed)
        missed = min(missed, int(self._room) - 1)
        self._room -= missed + 1
        return missed

    def _decoded(self, packet: bytes, *, conceal: bool) -> Speech16:
        try:
            if packet:
                return self._decoder.decode(packet)
            if conceal:
                return self._decoder.conceal()
        except MalformedAudio:
            pass
        return np.zeros(_FRAME, np.int16)
