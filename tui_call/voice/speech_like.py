"""A built-in, deterministic sound that behaves like speech, for a call without a recording.

Syllables of gliding pitch shaped by formants, with noise consonants and pauses. No stretch of it
resembles another one, so correlating what was said with what was heard finds one clear peak.
"""

import numpy as np

from tui_call.voice.samples import Samples
from tui_call.voice.sound import SAMPLE_RATE

_SEED = 20_260
_FORMANTS = ((700, 1200, 2600), (400, 2000, 2800), (500, 900, 2400), (300, 2300, 3000))
_FORMANT_WIDTH = 80.0  # Hz
_RINGING_SAMPLES = SAMPLE_RATE // 40
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
    """Return pulses of a gliding pitch, each of which rings at the formants of one vowel."""
    count = round(float(random.uniform(0.10, 0.24)) * SAMPLE_RATE)
    first, last = float(random.uniform(95, 210)), float(random.uniform(95, 210))
    periods = np.cumsum(np.linspace(first, last, count) / SAMPLE_RATE)
    pulses = np.diff(np.floor(periods), prepend=-1.0)
    time = np.arange(_RINGING_SAMPLES) / SAMPLE_RATE
    ringing = np.zeros(_RINGING_SAMPLES)
    for rank, formant in enumerate(_FORMANTS[int(random.integers(len(_FORMANTS)))]):
        width = _FORMANT_WIDTH * (1 + rank / 2)
        ringing += np.exp(-np.pi * width * time) * np.sin(2 * np.pi * formant * time) / (1 + rank)
    size = 1 << (count + _RINGING_SAMPLES).bit_length()
    wave = np.fft.irfft(np.fft.rfft(pulses, size) * np.fft.rfft(ringing, size), size)[:count]
    return _enveloped(wave, _VOICE_PEAK * float(random.uniform(0.5, 1.0)))


def _consonant(random: np.random.Generator) -> np.ndarray:
    count = round(float(random.uniform(0.02, 0.07)) * SAMPLE_RATE)
    noise = np.diff(random.standard_normal(count + 1))
    return _enveloped(noise, _CONSONANT_PEAK)


def _enveloped(wave: np.ndarray, peak: float) -> np.ndarray:
    shape = np.sin(np.linspace(0, np.pi, len(wave))) ** 0.5
    return wave / np.max(np.abs(wave)) * shape * peak
