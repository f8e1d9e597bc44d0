"""What a speech engine is to everything else, and what it may say.

Nothing else in the package knows an engine: another one is another `SpeechEngine`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import numpy.typing as npt

from tui_call.errors import LocalFault
from tui_call.foreign_text import clean
from tui_call.signaling.vocabulary import MOST_SPOKEN

RATE = 16_000
"""Samples a second of all that is recognised."""

_LATEST = 1e9
"""Seconds of a clock that is 30 years old."""

LOST = "[…]"
"""Stands for what was said and could not be recognised in time."""

Speech16 = npt.NDArray[np.int16]
"""One-dimensional int16 samples at 16 kHz."""


class EngineMissing(LocalFault):
    """No speech engine is installed."""

    sentence_code = "N_ENGINE"


class ModelRefused(LocalFault):
    """The model is not one that the engine reads, or not the one that it should be."""

    sentence_code = "N_ENGINE_MODEL"


@dataclass(frozen=True, slots=True)
class Heard:
    """What somebody says, as understood so far.

    Attributes:
        text: of the whole utterance; a partial replaces the speaker's last partial.
        stable: so many characters of it stay as they are.
        began, ended: seconds, on the clock of what was fed.
        final: closes the utterance.
    """

    text: str
    stable: int
    began: float
    ended: float
    final: bool = False


class Recogniser(Protocol):
    """Hears one speaker, an utterance after the other; its calls may take as long as it decodes."""

    def feed(self, samples: Speech16, at: float) -> Sequence[Heard]:
        """Return what is understood with these samples, of which the first is from `at`."""
        ...

    def finish(self) -> Sequence[Heard]:
        """Return what is understood now that the utterance is over; the next one may begin."""
        ...


class VoiceActivity(Protocol):
    """Tells how likely a stretch of 512 samples is a voice, 0-1, after those before it."""

    def __call__(self, samples: Speech16, /) -> float:
        """Return it."""
        ...


class SpeechEngine(Protocol):
    """A model that is loaded.

    Attributes:
        language: of the model, for example "en"; "" where that is not known.
    """

    language: str

    def recogniser(self) -> Recogniser:
        """Return one for a speaker."""
        ...

    def voice(self) -> VoiceActivity:
        """Return one for a speaker."""
        ...


def agreed(earlier: str, later: str) -> int:
    """Return how many characters of a hypothesis the one before it had too, in whole words."""
    end = 0
    for one, other in zip(earlier.split(" "), later.split(" "), strict=False):
        if one != other:
            break
        end += len(other) + 1
    return min(max(0, end - 1), len(later))


def bounded(heard: Heard) -> Heard:
    """Return what was heard as it may be handed on, whatever an engine says: plain and ordered."""
    text = clean(heard.text, MOST_SPOKEN)
    # In this order of arguments what is no number gives way to what is one.
    began, ended = (min(_LATEST, max(0.0, at)) for at in (heard.began, heard.ended))
    stable = len(text) if heard.final else max(0, min(heard.stable, len(text)))
    return replace(heard, text=text, stable=stable, began=began, ended=max(began, ended))
