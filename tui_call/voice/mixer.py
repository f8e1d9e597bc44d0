"""Several voices at once: a playout for each source, summed.

A bridge forwards the frames of those who are loudest, so sources come and go all the time. Each
keeps its playout over its pauses, with what that knows of the way, so that it is heard again at
once; while it is silent it costs nothing.

One thread may insert while another one pulls. The table of sources belongs to who inserts, and is
put in place whole; the puller only goes through it.
"""

from collections.abc import Callable, Mapping
from dataclasses import astuple, dataclass, replace
from functools import reduce

import numpy as np

from tui_call.voice.limiter import Limiter
from tui_call.voice.opus import Decoder
from tui_call.voice.playout import FrameDecoder, Playout, PlayoutStatistics
from tui_call.voice.samples import Samples, silence
from tui_call.voice.sound import FRAME_SAMPLES

TONES = 0
"""The source that is nobody's voice, and is heard beside all others."""

MOST_HEARD = 8
"""Voices at once, whatever a bridge sends: twice as many as it forwards, since a speaker may follow
the one before without a pause."""

MOST_KNOWN = 16
"""Sources that are remembered."""

FORGOTTEN_SECONDS = 9.0
"""After which a source is another one: a number is not given again within ten seconds."""

_FAR_BACK = 250  # frames; a source that counts from so far behind has begun anew
_HEARD_SECONDS = 0.100  # a source is one of those heard for so long after a packet


@dataclass(slots=True)
class _Source:
    number: int
    playout: Playout
    came: float  # when the newest packet did, monotonic seconds
    highest: int = 0  # number of a frame


class Mixer:
    """Plays what comes from several sources, as `Playout` plays one.

    Attributes:
        refused: packets of voices beyond `MOST_HEARD`.
    """

    def __init__(self, decoder: Callable[[], FrameDecoder] = Decoder) -> None:
        """Begin without sources; `decoder` makes one for each that comes."""
        self.refused = 0
        self._decoder = decoder
        self._sources: tuple[_Source, ...] = ()
        self._gone = PlayoutStatistics()
        self._limiter = Limiter()

    def insert(self, source: int, number: int, audio: bytes, now: float, absent: int = 0) -> None:
        """Hand over the packet of a frame.

        Args:
            source: whose it is.
            number: of the frame among those of its source.
            audio: its Opus packet; rubbish is concealed and counted.
            now: monotonic seconds of its arrival.
            absent: how many frames right before it were not sent here, and are no loss.
        """
        playout = self._playout(source, number, now)
        if playout is not None:
            playout.insert(number, audio, now, absent)

    def insert_copy(self, source: int, number: int, offset: int, audio: bytes, now: float) -> None:
        """Hand over another packet of frame `number`, which came `offset` frames after it."""
        playout = self._playout(source, number, now)
        if playout is not None:
            playout.insert_copy(number, offset, audio, now)

    def pull(
        self,
        now: float,
        samples: int = FRAME_SAMPLES,
        *,
        whole_frames: bool = False,  # noqa: ARG002
    ) -> Samples:
        """Return exactly the next samples to play.

        Frames of different sources begin at different times, so there are no whole ones: to wait
        for the end of one would be to need the next of another too early.

        Args:
            now: monotonic seconds.
            samples: how many; the speaker's clock is the sum of all that was pulled.
            whole_frames: as for `Playout.pull`; changes nothing here.
        """
        total: np.ndarray | None = None
        for source in self._sources:
            if not source.playout.silent:
                part = source.playout.pull(now, samples)
                total = part if total is None else np.add(total, part, dtype=np.int32)
        return self._limiter.limited(silence(samples) if total is None else total)

    def voices(self) -> Mapping[int, float]:
        """Return the level of each source that is heard now, dBFS, by its number."""
        return {
            source.number: source.playout.meter.level
            for source in self._sources
            if source.number != TONES and not source.playout.idle
        }

    def statistics(self) -> PlayoutStatistics:
        """Return the figures of all sources: counts together, times of the slowest one heard."""
        return reduce(_joined, map(_figures, self._sources), self._gone)

    def _playout(self, source: int, number: int, now: float) -> Playout | None:
        """Return the playout of a source whose packet just came, None where it is one too many."""
        known = next((one for one in self._sources if one.number == source), None)
        recent = known is not None and now - known.came < _HEARD_SECONDS
        if not recent and source != TONES and self._voices_at(now) >= MOST_HEARD:
            self.refused += 1
            return None
        if known is None or _is_another(known, number, now):
            known = self._begin(source, now)
        known.came = now
        known.highest = max(known.highest, number)
        return known.playout

    def _voices_at(self, now: float) -> int:
        return sum(one.number != TONES and now - one.came < _HEARD_SECONDS for one in self._sources)

    def _begin(self, number: int, now: float) -> _Source:
        """Take a source in, and leave out those whose time is over: they are silent by now."""
        stay = [
            one
            for one in self._sources
            if one.number != number and now - one.came < FORGOTTEN_SECONDS
        ]
        if len(stay) >= MOST_KNOWN:
            stay.remove(min(stay, key=lambda one: one.came))
        left = (one for one in self._sources if one not in stay)
        self._gone = _counts(reduce(_joined, map(_figures, left), self._gone))
        begun = _Source(number, Playout(decoder=self._decoder()), now)
        self._sources = (*stay, begun)
        return begun


def _is_another(source: _Source, number: int, now: float) -> bool:
    return now - source.came >= FORGOTTEN_SECONDS or number < source.highest - _FAR_BACK


def _figures(source: _Source) -> PlayoutStatistics:
    figures = source.playout.statistics()
    return _counts(figures) if source.playout.idle else figures


def _counts(figures: PlayoutStatistics) -> PlayoutStatistics:
    return replace(figures, buffer_ms=0.0, wanted_ms=0.0, jitter_ms=0.0)


def _joined(one: PlayoutStatistics, other: PlayoutStatistics) -> PlayoutStatistics:
    """Return the sum of all counts, and the longer of all times."""
    pairs = zip(astuple(one), astuple(other), strict=True)
    return PlayoutStatistics(
        *(max(pair) if isinstance(pair[0], float) else sum(pair) for pair in pairs)
    )
