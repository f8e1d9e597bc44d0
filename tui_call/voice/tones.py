"""Ring, ringback, busy and other tones, synthesised, and a player that mixes them in.

Every tone begins and ends in raised-cosine edges, and a tone that is stopped fades out, so
nothing clicks. Cadences after ITU-T E.180: 425 Hz, ringback 1 s on and 4 s off, busy 0.5 s each.
"""

from functools import cache

import numpy as np

from tui_call.voice.samples import Samples, mixed, scaled, silence
from tui_call.voice.sound import FRAME_SAMPLES, SAMPLE_RATE

_EDGE_SECONDS = 0.010
_FADE_OUT_SAMPLES = 480

_BEAT_SECONDS = 0.4
_CHORDS = (
    (261.6, 329.6, 392.0, 523.3, 659.3),
    (220.0, 261.6, 329.6, 440.0, 523.3),
    (174.6, 220.0, 261.6, 349.2, 440.0),
    (196.0, 246.9, 293.7, 392.0, 493.9),
)
"""Hertz of C, A minor, F and G: an octave and a third each, played up and down."""


@cache
def ring() -> Samples:
    """Return 3 s of ringing to loop: a soft two-note warble and a pause."""
    notes = [_note((660,), 0.12, 0.16), _note((880,), 0.12, 0.16)] * 4
    return _sequence([*notes, _pause(3.0 - 8 * 0.12)])


@cache
def ringback() -> Samples:
    """Return 5 s to loop while it rings at the other end."""
    return _sequence([_note((425,), 1.0, 0.10), _pause(4.0)])


@cache
def busy() -> Samples:
    """Return three beats of the busy tone."""
    return _sequence([_note((425,), 0.5, 0.10), _pause(0.5)] * 3)


@cache
def ended() -> Samples:
    """Return two falling notes."""
    return _sequence([_note((523,), 0.10, 0.10), _note((392,), 0.16, 0.10)])


@cache
def connected() -> Samples:
    """Return two rising notes."""
    return _sequence([_note((523,), 0.08, 0.08), _note((784,), 0.12, 0.08)])


@cache
def came() -> Samples:
    """Return a soft rising third: somebody came into the call."""
    return _whole_frames([_note((659,), 0.07, 0.05), _note((784,), 0.11, 0.05)])


@cache
def went() -> Samples:
    """Return a soft falling third: somebody left the call."""
    return _whole_frames([_note((784,), 0.07, 0.05), _note((659,), 0.11, 0.05)])


@cache
def kept() -> Samples:
    """Return two equal notes, louder than what says who comes and goes: this call is kept."""
    return _whole_frames([_note((880,), 0.16, 0.12), _pause(0.08), _note((880,), 0.16, 0.12)])


@cache
def music() -> Samples:
    """Return 16 s to loop for who waits: slow broken chords, each note dying away."""
    bars: list[Samples] = []
    for chord in _CHORDS:
        notes = (*chord, *reversed(chord[1:]))
        bars += [_plucked(frequency, _BEAT_SECONDS, 0.1) for frequency in notes]
        bars.append(_pause(_BEAT_SECONDS))
    return _sequence(bars)


class TonePlayer:
    """Plays one tone at a time into a stream of samples."""

    def __init__(self) -> None:
        self._samples = silence(0)
        self._position = 0
        self._loop = False
        self._stopping = False
        self._fading = silence(0)

    @property
    def playing(self) -> bool:
        """A tone is still to be heard."""
        return self._position < len(self._samples)

    def play(self, samples: Samples, *, loop: bool = False) -> None:
        """Begin a tone in place of the one that is playing, which fades out meanwhile."""
        if self.playing:
            self._fading = scaled(self._next(_FADE_OUT_SAMPLES), 1.0, 0.0)
        self._samples, self._position, self._loop = samples, 0, loop
        self._stopping = False

    def stop(self) -> None:
        """Let the tone fade out in the next samples."""
        self._stopping = True

    def mix_into(self, sound: Samples) -> Samples:
        """Return the sound with the next stretch of the tone in it."""
        sound = self._with_the_tone_before(sound)
        if not self.playing:
            return sound
        tone = self._next(len(sound))
        if self._stopping:
            fade = min(_FADE_OUT_SAMPLES, len(tone))
            tone[:fade] = scaled(tone[:fade], 1.0, 0.0)
            tone[fade:] = 0
            self._samples, self._position = silence(0), 0
        return mixed(sound, tone)

    def _with_the_tone_before(self, sound: Samples) -> Samples:
        part, self._fading = self._fading[: len(sound)], self._fading[len(sound) :]
        if not len(part):
            return sound
        return np.concatenate((mixed(sound[: len(part)], part), sound[len(part) :]))

    def _next(self, count: int) -> Samples:
        tone = silence(count)
        filled = 0
        while filled < count and self.playing:
            part = self._samples[self._position : self._position + count - filled]
            tone[filled : filled + len(part)] = part
            filled += len(part)
            self._position += len(part)
            if self._loop and not self.playing:
                self._position = 0
        return tone


def _note(frequencies: tuple[float, ...], seconds: float, amplitude: float) -> Samples:
    """Return a note; `amplitude` is the peak of each frequency, 1.0 being full scale."""
    count = round(seconds * SAMPLE_RATE)
    time = np.arange(count) / SAMPLE_RATE
    wave = sum((np.sin(2 * np.pi * frequency * time) for frequency in frequencies), np.zeros(count))
    edge = round(_EDGE_SECONDS * SAMPLE_RATE)
    rise = (1 - np.cos(np.pi * np.arange(edge) / edge)) / 2
    wave[:edge] *= rise
    wave[-edge:] *= rise[::-1]
    return (wave * amplitude * 32_767).astype(np.int16)


def _plucked(frequency: float, seconds: float, amplitude: float) -> Samples:
    """Return a note, with a little of its octave, that dies away in its time."""
    octave = _note((2 * frequency,), seconds, 0.15 * amplitude)
    return scaled(mixed(_note((frequency,), seconds, amplitude), octave), 1.0, 0.0)


def _pause(seconds: float) -> Samples:
    return silence(round(seconds * SAMPLE_RATE))


def _whole_frames(parts: list[Samples]) -> Samples:
    return _sequence([*parts, silence(-sum(map(len, parts)) % FRAME_SAMPLES)])


def _sequence(parts: list[Samples]) -> Samples:
    tone = np.concatenate(parts)
    tone.flags.writeable = False  # shared by all callers
    return tone
