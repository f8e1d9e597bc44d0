"""Speech to measure with, and how well it came through."""

import shutil
import subprocess
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pesq
import soxr

from tui_call.voice.devices.sound_file import read_sound_file
from tui_call.voice.opus import Decoder, Encoder
from tui_call.voice.processing import Processing
from tui_call.voice.redundancy import PLAIN
from tui_call.voice.samples import Samples
from tui_call.voice.sound import FRAME_SAMPLES, SAMPLE_RATE
from tui_call.voice.sound_processing import SoundProcessor
from tui_call.voice.speech_like import speech_like

PESQ_RATE = 16_000
ADAPTATION_SECONDS = 5.0
"""How long a call may take to find its settings before quality counts."""

_RUMBLE_BELOW = 300.0  # Hz
_RUMBLE_RMS = 60.0

TEXT = (
    "The birch canoe slid on the smooth planks. Glue the sheet to the dark blue background. "
    "It is easy to tell the depth of a well. These days a chicken leg is a rare dish. "
    "Rice is often served in round bowls. The juice of lemons makes fine punch. "
    "The box was thrown beside the parked truck. Four hours of steady work faced us. "
)
"""Sentences of list 1 of the Harvard sentences (IEEE, 1969), made for measuring speech."""


def make_speech(directory: Path, seconds: float) -> tuple[str, Path]:
    """Write a WAV file of so many seconds; return what it is and where."""
    target = directory / "speech.wav"
    program = shutil.which("espeak-ng")
    if program is None:
        name, samples = "built-in signal (espeak-ng is not installed)", speech_like(seconds)
    else:
        spoken = directory / "spoken.wav"
        text = TEXT * (1 + int(seconds) // 16)
        subprocess.run([program, "-v", "en-us", "-w", str(spoken), text], check=True)
        name, samples = "espeak-ng", read_sound_file(spoken)[: round(seconds * SAMPLE_RATE)]
    write_wav(target, samples)
    return name, target


def hum(seconds: float) -> Samples:
    """Return words hummed in a gliding pitch over a room's low noise; it can be repeated.

    A voice without consonants, in which a click shows.
    """
    random = np.random.default_rng(20_261)
    total = round(seconds * SAMPLE_RATE)
    pitch, level = np.zeros(total), np.zeros(total)
    begin = 0
    while (length := round(random.uniform(0.3, 0.9) * SAMPLE_RATE)) < total - begin:
        word = slice(begin, begin + length)
        pitch[word] = np.linspace(random.uniform(95, 210), random.uniform(95, 210), length)
        level[word] = np.sin(np.linspace(0, np.pi, length)) ** 2 * random.uniform(3_000, 6_000)
        begin += length + round(random.uniform(0.06, 0.5) * SAMPLE_RATE)
    phase = 2 * np.pi * np.cumsum(pitch) / SAMPLE_RATE
    voice = sum(np.sin(partial * phase) / partial for partial in (1, 2, 3, 4))
    return np.round(level * voice + _rumble(random, total)).astype(np.int16)


def _rumble(random: np.random.Generator, samples: int) -> np.ndarray:
    spectrum = np.fft.rfft(random.standard_normal(samples))
    spectrum[round(samples * _RUMBLE_BELOW / SAMPLE_RATE) :] = 0
    rumble = np.fft.irfft(spectrum, samples)
    return rumble / np.std(rumble) * _RUMBLE_RMS


def processed_frames(said: Samples, far: Samples) -> Iterator[Samples]:
    """Yield what noise suppression, echo canceller and codec make of each frame of a sound.

    Args:
        said: into the microphone.
        far: from the speaker beside it, as long.
    """
    processor, encoder, decoder = SoundProcessor(Processing()), Encoder(PLAIN.coding), Decoder()
    for start in range(0, len(said) - FRAME_SAMPLES + 1, FRAME_SAMPLES):
        frame = said[start : start + FRAME_SAMPLES].copy()
        processor.played(far[start : start + FRAME_SAMPLES])
        processor.process(frame, 0, 0.0)
        yield decoder.decode(encoder.encode(frame))


def write_wav(path: Path, samples: Samples) -> None:
    """Write 48 kHz mono."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(samples.astype("<i2").tobytes())


def pesq_wide_band(said: Samples, heard: Samples) -> float | None:
    """Return PESQ (ITU-T P.862.2) of what was heard after `ADAPTATION_SECONDS`; None if nothing.

    The two need not begin at the same time.
    """
    lag = _lag(said, heard)
    start = max(round(ADAPTATION_SECONDS * SAMPLE_RATE), -lag)
    length = min(len(said) - start, len(heard) - start - lag)
    if length < SAMPLE_RATE:
        return None
    reference = said[start : start + length]
    degraded = heard[start + lag : start + lag + length]
    try:
        return float(pesq.pesq(PESQ_RATE, _resampled(reference), _resampled(degraded), "wb"))
    except (pesq.PesqError, ValueError):  # a ValueError is what silence gives
        return None


def _resampled(samples: Samples) -> np.ndarray:
    return soxr.resample(samples.astype(np.float32), SAMPLE_RATE, PESQ_RATE).astype(np.int16)


def _lag(said: Samples, heard: Samples) -> int:
    """Return by how many samples the heard is later than the said, as a whole."""
    size = 1 << (len(said) + len(heard)).bit_length()
    spectrum = np.fft.rfft(heard, size) * np.conj(np.fft.rfft(said, size))
    correlation = np.fft.irfft(spectrum, size)
    lag = int(np.argmax(correlation))
    return lag if lag < size // 2 else lag - size
