"""What calls in virtual time are made of: time itself, people, and ears.

Nothing waits for a clock, so an hour takes minutes, and a seed gives the same hour again.
"""

from functools import partial

import numpy as np

from tests.support.clicks import BLOCK_SAMPLES, Texture, clicks
from tests.support.virtual_time import VirtualTime
from tui_call.voice.audio_loop import AudioLoop
from tui_call.voice.coding import Coding
from tui_call.voice.devices.paced import Sink, Source
from tui_call.voice.opus import Decoder, Encoder
from tui_call.voice.samples import Samples
from tui_call.voice.sound import SAMPLE_RATE

BEGIN = 1000.0
"""When each call begins, monotonic seconds."""


class SoundTime(VirtualTime):
    """Virtual time in which audio loops run."""

    def __init__(self) -> None:
        super().__init__(wall=0.0, begin=BEGIN)

    def step(self, loop: AudioLoop) -> None:
        """Let an audio loop run from now on."""
        self.call_at(loop.step(self.seconds), partial(self.step, loop))


class Spoken(Source):
    """A microphone in front of somebody who says one thing again and again."""

    def __init__(self, samples: Samples) -> None:
        self.samples = samples

    def fill(self, position: int, out: Samples) -> None:
        out[:] = self.samples[np.arange(position, position + len(out)) % len(self.samples)]


class Silence(Source):
    """A microphone in front of nobody."""

    def fill(self, position: int, out: Samples) -> None:
        out[:] = 0


class SilenceEncoder(Encoder):
    """Encodes silence once for all frames of a coding."""

    _silence = b""

    def use(self, coding: Coding) -> None:
        super().use(coding)
        self._silence = b""

    def encode(self, pcm: Samples) -> bytes:
        self._silence = self._silence or super().encode(pcm)
        return self._silence


class Ear(Sink):
    """Listens for clicks, and keeps what the delay is measured by.

    Attributes:
        heard: what came out of the speaker.
        voices: what came out of each codec.
        first: samples of the beginning.
        last: those of the end, from `last_position` on.
    """

    def __init__(self, until: float, again_from: float) -> None:
        """Keep what comes before a time, and what comes after another one, in seconds."""
        self.heard = Texture()
        self.voices: list[Texture] = []
        self.first: list[Samples] = []
        self.last: list[Samples] = []
        self.last_position = 0
        self._keep_until = round(until * SAMPLE_RATE)
        self._keep_from = round(again_from * SAMPLE_RATE)
        self._taken = 0
        self._rest = np.zeros(0, np.int16)

    def take(self, position: int, samples: Samples) -> None:
        self._taken += len(samples)
        if position < self._keep_until:
            self.first.append(samples.copy())
        elif position >= self._keep_from:
            self.last_position = self.last_position or position
            self.last.append(samples.copy())
        samples = np.concatenate((self._rest, samples))
        whole = len(samples) // BLOCK_SAMPLES * BLOCK_SAMPLES
        if whole:
            self.heard.add(samples[:whole])
        self._rest = samples[whole:]

    @property
    def clicks(self) -> list[float]:
        """When there were any, in seconds from the beginning."""
        return clicks(self.heard, *self.voices)

    @property
    def kept_mb(self) -> float:
        """How much memory that takes."""
        kept = sum(part.nbytes for part in (*self.first, *self.last))
        return (kept + sum(one.nbytes for one in (self.heard, *self.voices))) / 2**20

    def decoded(self, voice: Texture, frame: Samples) -> Samples:
        """Take note of what the codec of one of the voices gave, which is about to be heard."""
        voice.add(frame, self._taken // BLOCK_SAMPLES)
        return frame


class WatchedDecoder(Decoder):
    """Shows the ear what comes out of the codec before anything else is done to it."""

    def __init__(self, ear: Ear) -> None:
        super().__init__()
        self._ear = ear
        self._voice = Texture()
        ear.voices.append(self._voice)

    def decode(self, packet: bytes) -> Samples:
        return self._ear.decoded(self._voice, super().decode(packet))

    def decode_fec(self, next_packet: bytes) -> Samples:
        return self._ear.decoded(self._voice, super().decode_fec(next_packet))

    def conceal(self) -> Samples:
        return self._ear.decoded(self._voice, super().conceal())
