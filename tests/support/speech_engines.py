"""Speech engines for tests: one that names the tone that it hears, and some that misbehave.

A process of the speech engine uses one whose name stands in its environment.
"""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from tests.support.processes import variables
from tui_call.tap.speech.engines import ENGINE_VARIABLE
from tui_call.tap.speech.recogniser import RATE, EngineMissing, Heard, Recogniser, Speech16
from tui_call.tap.speech.sherpa import WholeUtterances
from tui_call.voice.coding import Coding
from tui_call.voice.opus import Encoder
from tui_call.voice.samples import Samples
from tui_call.voice.sound import FRAME_SAMPLES, SAMPLE_RATE

REPOSITORY = Path(__file__).parents[2]
SPOKEN_HZ = 25
"""Tones are named in steps of so many."""


def tone_name(hertz: int) -> str:
    """Return what `ToneEngine` makes of a tone."""
    return f"tone {hertz}"


def tone(hertz: int, seconds: float) -> Samples:
    """Return a tone at 48 kHz."""
    times = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return (9000 * np.sin(2 * np.pi * hertz * times)).astype(np.int16)


def packets(sound: Samples, bitrate: int = 24_000) -> list[bytes]:
    """Return a sound as the Opus packets of a sender; the last frame is filled up."""
    encoder = Encoder(Coding(bitrate))
    whole = np.concatenate((sound, np.zeros(-len(sound) % FRAME_SAMPLES, np.int16)))
    return [encoder.encode(frame) for frame in whole.reshape(-1, FRAME_SAMPLES)]


@contextmanager
def engine_in_processes(engine: type) -> Iterator[None]:
    """Let processes that start meanwhile recognise by this engine."""
    name = f"{engine.__module__}:{engine.__name__}"
    with variables({ENGINE_VARIABLE: name, "PYTHONPATH": str(REPOSITORY)}):
        yield


class ToneEngine:
    """Everything loud is a voice; what it says is the name of the tone that is loudest in it."""

    language = "en"

    def recogniser(self) -> Recogniser:
        return WholeUtterances(self.transcribe)

    def voice(self) -> "LoudIsVoice":
        return LoudIsVoice()

    def transcribe(self, samples: Speech16) -> str:
        strength = np.abs(np.fft.rfft(samples.astype(np.float64)))
        hertz = float(np.argmax(strength)) * RATE / len(samples)
        return tone_name(round(hertz / SPOKEN_HZ) * SPOKEN_HZ)


class LoudIsVoice:
    """Tells a voice by its strength alone."""

    def __call__(self, samples: Speech16, /) -> float:
        return 0.9 if np.abs(samples).max() > 1000 else 0.1


class _Misbehaving(ToneEngine):
    def recogniser(self) -> Recogniser:
        return self

    def feed(self, samples: Speech16, at: float) -> Sequence[Heard]:
        raise NotImplementedError

    def finish(self) -> Sequence[Heard]:
        return ()


class HangingEngine(_Misbehaving):
    """Never comes back from what it is given."""

    def feed(self, samples: Speech16, at: float) -> Sequence[Heard]:
        while True:
            time.sleep(60.0)


class CrashingEngine(_Misbehaving):
    """Ends its process when an utterance is over."""

    def feed(self, samples: Speech16, at: float) -> Sequence[Heard]:
        return (Heard("so far", 0, at, at + 0.1),)

    def finish(self) -> Sequence[Heard]:
        os._exit(3)


class FloodingEngine(_Misbehaving):
    """Says more than anybody can read."""

    def feed(self, samples: Speech16, at: float) -> Sequence[Heard]:
        return [Heard(f"word {n}", 0, at, at + 0.1, final=n % 2 == 1) for n in range(5000)]


class RubbishEngine(_Misbehaving):
    """Says what nobody can say."""

    language = "en\x1b[2J" * 1_000

    def feed(self, samples: Speech16, at: float) -> Sequence[Heard]:
        text = "\x1b]0;mine\x07\u202e" + "words \ud800\n" * 1_000_000
        return (Heard(text, -(10**9), float("nan"), float("inf")),)

    def finish(self) -> Sequence[Heard]:
        return (Heard("\x00" * 100 + "end", 10**9, float("-inf"), float("nan"), final=True),)


class AbsentEngine(ToneEngine):
    """Is not installed."""

    def __init__(self) -> None:
        raise EngineMissing


class CrashingAtOnce(ToneEngine):
    """Ends its process as soon as it is loaded."""

    def __init__(self) -> None:
        os._exit(3)
