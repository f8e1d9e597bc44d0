"""What the intruder keeps of one voice, and whether it is what was said."""

import numpy as np

from tui_call.voice.alignment import Alignment, align
from tui_call.voice.opus import Decoder
from tui_call.voice.samples import Samples, silence
from tui_call.voice.sound import FRAME_SAMPLES, FRAME_SECONDS, SAMPLE_RATE


class Tape:
    """Opened frames of one direction of a call, in the order of their numbers.

    Args:
        most_seconds: what comes later is not kept.
    """

    def __init__(self, most_seconds: float) -> None:
        self._most = round(most_seconds / FRAME_SECONDS)
        self._packets: dict[int, bytes] = {}
        self._first = 0
        self._begins: float | None = None

    @property
    def begins(self) -> float:
        """When frame 0 of the tape arrived or would have, in monotonic seconds; 0 if empty.

        The quickest frame tells: the first ones may have waited for the path.
        """
        return self._begins or 0.0

    @property
    def seconds(self) -> float:
        """How much is on it."""
        return len(self._packets) * FRAME_SECONDS

    @property
    def full(self) -> bool:
        """Whether nothing more is kept."""
        return len(self._packets) >= self._most

    def keep(self, number: int, packet: bytes, now: float) -> None:
        """Keep one Opus packet.

        Args:
            number: of its frame in the call.
            packet: 20 ms of Opus.
            now: monotonic seconds.
        """
        if self.full:
            return
        if self._begins is None:
            self._first, self._begins = number, now
        self._packets[number] = packet
        self._begins = min(self._begins, now - (number - self._first) * FRAME_SECONDS)

    def samples(self) -> Samples:
        """Decode it all; a frame that never came is concealed as a listener would."""
        if not self._packets:
            return silence(0)
        decoder = Decoder()
        heard = [
            decoder.decode(self._packets[number]) if number in self._packets else decoder.conceal()
            for number in range(self._first, max(self._packets) + 1)
        ]
        return np.concatenate(heard)

    def matches(self, said: Samples, said_from: float) -> Alignment:
        """Look in it for what was said.

        Args:
            said: samples at 48 kHz, from the first one that was spoken.
            said_from: when that was, in monotonic seconds.
        """
        missed = max(0, round((self.begins - said_from) * SAMPLE_RATE))
        missed -= missed % FRAME_SAMPLES
        starts = self.begins - said_from - missed / SAMPLE_RATE
        return align(said[missed:], self.samples(), starts)
