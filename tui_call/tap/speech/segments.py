"""Where somebody speaks: cuts what a member sends into utterances, which alone are recognised.

The rules were measured with Silero on human recordings: a shorter pause doubles the words that are
wrong, a longer one gains nothing. What has hardly any voice in it is noise, which an engine would
make words of.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tui_call.tap.speech.recogniser import RATE, Speech16, VoiceActivity

HOP = 512
"""Samples that are looked at together: Silero takes exactly so many."""

HOP_SECONDS = HOP / RATE
OPENS_ABOVE = 0.5
CLOSES_BELOW = 0.35
OPENING_HOPS = 2
PRE_ROLL_HOPS = 10
"""320 ms before speech was noticed belong to it."""

PAUSE_HOPS = 22
"""704 ms without voice end an utterance."""

MOST_HOPS = 375
"""12 s; what is longer is cut."""

CUT_WITHIN_HOPS = 125
"""Where it is quietest in the last 4 s."""

_QUIET_HOPS = 8
"""256 ms: a shorter quiet stretch may stand inside a word."""

_SYLLABLE_HOPS = 4
"""128 ms; what is voiced for less, with quiet behind it, is a click of lips or of a chair."""

FEWEST_VOICED_HOPS = 6
"""With fewer nothing was said."""

_GATE = 60.0
"""Root mean square of int16 under which there is no voice: -55 dB of full scale."""


@dataclass(slots=True)
class Utterance:
    """A stretch in which somebody speaks, as long as it lasts so far.

    Attributes:
        start: seconds, when its first sample was said.
        hops: its samples, 512 each.
        voices: how likely each of the hops is a voice, 0-1.
        over: nothing comes any more.
    """

    start: float
    hops: list[Speech16]
    voices: list[float]
    over: bool = False

    @property
    def says_something(self) -> bool:
        """Whether there is enough voice in it for words."""
        return sum(likely > OPENS_ABOVE for likely in self.voices) >= FEWEST_VOICED_HOPS

    @property
    def seconds(self) -> float:
        """Its length."""
        return len(self.hops) * HOP_SECONDS

    @property
    def spoken(self) -> tuple[float, float]:
        """When the first voice in it began and the last one ended, in seconds."""
        first, last = self._first_voice(), self.last_voice
        return self.start + first * HOP_SECONDS, self.start + last * HOP_SECONDS

    @property
    def last_voice(self) -> int:
        """How many hops there are up to the end of the last voice."""
        hops = len(self.voices)
        return next((n for n in range(hops, 0, -1) if self.voices[n - 1] >= CLOSES_BELOW), 0)

    def _first_voice(self) -> int:
        """Return the first hop of a syllable; where there is none, the first with a voice in it."""
        begins: list[int] = []
        voiced = quiet = 0
        for number, likely in enumerate(self.voices):
            quiet = quiet + 1 if likely < CLOSES_BELOW else 0
            if quiet >= _QUIET_HOPS:
                voiced = 0
            if likely > OPENS_ABOVE:
                if not voiced:
                    begins.append(number)
                voiced += 1
                if voiced == _SYLLABLE_HOPS:
                    return begins[-1]
        return begins[0] if begins else 0

    def samples(self, since: int = 0) -> Speech16:
        """Return what was said, from a hop on."""
        return np.concatenate(self.hops[since:]) if since < len(self.hops) else _NOTHING


_NOTHING = np.zeros(0, np.int16)


class Segments:
    """The utterances of one speaker.

    Args:
        voice: tells a voice from other sound; asked only where it is not quiet.
    """

    def __init__(self, voice: VoiceActivity) -> None:
        self._voice = voice
        self._rest = _NOTHING
        self._at = 0.0
        self._before: deque[Speech16] = deque(maxlen=PRE_ROLL_HOPS + OPENING_HOPS - 1)
        self._rising = 0
        self._pause = 0
        self._open: Utterance | None = None

    def feed(self, samples: Speech16, at: float) -> Iterator[Utterance]:
        """Yield each utterance that has begun, or is over, with these samples.

        Args:
            samples: int16[n] at 16 kHz, which follow those before.
            at: seconds, when the first of them was said.
        """
        self._at = at - len(self._rest) / RATE
        self._rest = np.concatenate((self._rest, samples))
        whole = len(self._rest) // HOP
        for number in range(whole):
            yield from self._take(self._rest[number * HOP : (number + 1) * HOP])
            self._at += HOP_SECONDS
        self._rest = self._rest[whole * HOP :].copy()

    def close(self) -> Iterator[Utterance]:
        """Yield the utterance that is over because its speaker is away, or may not be heard."""
        if self._open is not None:
            yield self._end(self._open)
        self._rest = _NOTHING
        self._before.clear()
        self._rising = 0

    def _take(self, hop: Speech16) -> Iterator[Utterance]:
        likely = self._voice(hop) if _is_loud(hop) else 0.0
        if self._open is None:
            yield from self._listen(hop, likely)
        else:
            yield from self._go_on(self._open, hop, likely)

    def _listen(self, hop: Speech16, likely: float) -> Iterator[Utterance]:
        self._rising = self._rising + 1 if likely > OPENS_ABOVE else 0
        if self._rising < OPENING_HOPS:
            self._before.append(hop)
            return
        hops = [*self._before, hop]
        voices = [0.0] * (len(hops) - OPENING_HOPS) + [1.0] * OPENING_HOPS
        self._open = Utterance(self._at - (len(hops) - 1) * HOP_SECONDS, hops, voices)
        self._rising = self._pause = 0
        self._before.clear()
        yield self._open

    def _go_on(self, utterance: Utterance, hop: Speech16, likely: float) -> Iterator[Utterance]:
        utterance.hops.append(hop)
        utterance.voices.append(likely)
        self._pause = self._pause + 1 if likely < CLOSES_BELOW else 0
        if self._pause >= PAUSE_HOPS:
            yield self._end(utterance)
        elif len(utterance.hops) >= MOST_HOPS:
            yield from self._cut(utterance)

    def _end(self, utterance: Utterance) -> Utterance:
        self._open = None
        utterance.over = True
        return utterance

    def _cut(self, utterance: Utterance) -> Iterator[Utterance]:
        """End it where it is quietest, and let the rest be the next one."""
        powers = [_power(hop) for hop in utterance.hops[-CUT_WITHIN_HOPS:]]
        quiet = int(np.argmin(np.convolve(powers, np.ones(_QUIET_HOPS), "valid")))
        place = len(utterance.hops) - CUT_WITHIN_HOPS + quiet + _QUIET_HOPS // 2
        rest = Utterance(
            utterance.start + place * HOP_SECONDS, utterance.hops[place:], utterance.voices[place:]
        )
        del utterance.hops[place:], utterance.voices[place:]
        yield self._end(utterance)
        self._open = rest
        yield rest


def _power(hop: Speech16) -> float:
    values = hop.astype(np.float32)
    return float(values @ values)


def _is_loud(hop: Speech16) -> bool:
    return _power(hop) >= _GATE * _GATE * HOP
