"""A built-in, deterministic sound that behaves like speech, for a call without a recording.

Syllables of gliding, formant-shaped harmonics with noise consonants and pauses. No stretch of it
resembles another one, so correlating what was said with what was heard finds one clear peak.
"""

import numpy as np

from tui_call.voice.sound import SAMPLE_RATE, Samples

_SEED = 20_260
_HARMONICS = 28
_FORMANTS = ((700, 1200, 2600), (400, 2000, 2800), (500, 900, 2400), (300, 2300, 3000))
_FORMANT_WIDTH = 220.0
_VOICE_PEAK = 9_000.0
_CONSONANT_PEAK = 2_000.0


def speech_like(seconds: float) -> Samples:
    """Return that many seconds of the signal; a longer one begins like a shorter one."""
    random = np.random.default_rng(_SEED)
    total = round(seconds * SAMPLE_RATE)
    parts: list[np.ndarray] = []
    filled = 0
    while filled < total:
        for part in _word(random):
            parts.append(part)
            filled += len(part)
    return np.concatenate(parts)[:total].astype(np.int16) if parts else np.zeros(0, np.int16)


def _word(random: np.random.Generator) -> list[np.ndarray]:
    parts: list[np.ndarray] = []
    for _ in range(int(random.integers(1, 4))):
        parts.append(_consonant(random))
        parts.append(_vowel(random))
    pause = float(random.choice((0.06, 0.12, 0.4)))
    parts.append(np.zeros(round(pause * SAMPLE_RATE)))
    return parts


def _vowel(random: np.random.Generator) -> np.ndarray:
    count = round(float(random.uniform(0.10, 0.24)) * SAMPLE_RATE)
    first, last = random.uniform(95, 210, size=2)
    pitch = np.linspace(first, last, count)
    phase = 2 * np.pi * np.cumsum(pitch) / SAMPLE_RATE
    formants = np.array(_FORMANTS[int(random.integers(len(_FORMANTS)))])
    wave = np.zeros(count)
    for harmonic in range(1, _HARMONICS + 1):
        distance = (harmonic * pitch[:, None] - formants) / _FORMANT_WIDTH
        strength = np.exp(-np.square(distance) / 2).sum(axis=1) + 0.6 / harmonic
        wave += strength * np.sin(harmonic * phase + random.uniform(0, 2 * np.pi))
    return _enveloped(wave, _VOICE_PEAK * float(random.uniform(0.5, 1.0)))


def _consonant(random: np.random.Generator) -> np.ndarray:
    count = round(float(random.uniform(0.02, 0.07)) * SAMPLE_RATE)
    noise = np.diff(random.standard_normal(count + 1))
    return _enveloped(noise, _CONSONANT_PEAK)


def _enveloped(wave: np.ndarray, peak: float) -> np.ndarray:
    shape = np.sin(np.linspace(0, np.pi, len(wave))) ** 0.5
    return wave / np.max(np.abs(wave)) * shape * peak
