"""Sounds in which nobody says anything; made, and the same each time."""

import numpy as np

from tui_call.voice.samples import Samples
from tui_call.voice.sound import SAMPLE_RATE

_KEYS_A_SECOND = 7
_BEAT_SECONDS = 0.5
_CHORDS = ((57, 60, 64), (53, 57, 60), (48, 52, 55), (55, 59, 62))
"""MIDI numbers: A minor, F, C, G."""


def silence(seconds: float) -> Samples:
    """Return the faint noise of a quiet room."""
    noise = np.random.default_rng(1).normal(0.0, 12.0, round(seconds * SAMPLE_RATE))
    return noise.astype(np.int16)


def keyboard(seconds: float) -> Samples:
    """Return somebody typing: for each key a click, its thud, and the key's coming back."""
    random = np.random.default_rng(2)
    sound = silence(seconds).astype(np.float64)
    times = np.arange(round(0.08 * SAMPLE_RATE)) / SAMPLE_RATE
    at = 0.2
    while at < seconds - 0.3:
        for later, loud in ((0.0, 1.0), (random.uniform(0.06, 0.12), 0.5)):
            click = random.normal(0.0, 1.0, len(times)) * np.exp(-times * random.uniform(150, 400))
            hertz = random.uniform(120.0, 400.0)
            thud = np.sin(2 * np.pi * hertz * times) * np.exp(-times * 90.0)
            begin = round((at + later) * SAMPLE_RATE)
            sound[begin : begin + len(times)] += loud * random.uniform(3000, 9000) * (click + thud)
        pause = random.exponential(1 / _KEYS_A_SECOND) + 0.04
        at += pause + (random.uniform(0.5, 2.0) if random.random() < 0.05 else 0.0)
    return np.clip(sound, -32_768, 32_767).astype(np.int16)


def music(seconds: float) -> Samples:
    """Return chords, a melody and a drum."""
    random = np.random.default_rng(3)
    sound = np.zeros(round((seconds + 2.0) * SAMPLE_RATE))
    for beat in range(round(seconds / _BEAT_SECONDS)):
        chord = _CHORDS[beat // 4 % len(_CHORDS)]
        notes = [(note, 1200.0) for note in chord] if beat % 2 == 0 else []
        notes.append((int(random.choice(chord)) + 12, 2500.0))
        begin = round(beat * _BEAT_SECONDS * SAMPLE_RATE)
        for note, loud in notes:
            _add(sound, begin, loud * _string(440.0 * 2 ** ((note - 69) / 12)))
        drum = random.normal(0.0, 2500.0, SAMPLE_RATE // 10)
        _add(sound, begin, drum * np.exp(-np.arange(len(drum)) / 600.0))
    whole = sound[: round(seconds * SAMPLE_RATE)]
    return np.clip(whole, -32_768, 32_767).astype(np.int16)


def _string(hertz: float) -> np.ndarray:
    times = np.arange(round(1.2 * SAMPLE_RATE)) / SAMPLE_RATE
    overtones = sum(
        np.sin(2 * np.pi * hertz * n * times) * np.exp(-times * (2.0 + n)) / n for n in range(1, 7)
    )
    return np.asarray(overtones) * np.minimum(1.0, times * 100.0)


def _add(sound: np.ndarray, begin: int, part: np.ndarray) -> None:
    part = part[: len(sound) - begin]
    sound[begin : begin + len(part)] += part
