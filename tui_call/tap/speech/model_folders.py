"""Folders with other models that sherpa-onnx reads, as they are published for it.

What a model is stands nowhere in its folder but in the names of its files. Where there are both
whole and quantised files (int8), the quantised ones are taken: they are quicker, and hardly worse.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tui_call.tap.speech.recogniser import ModelRefused

_SENSE_VOICE_LANGUAGES = frozenset({"zh", "en", "ja", "ko", "yue"})


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """A model, and how it is loaded.

    Attributes:
        loader: name of the class method of `sherpa_onnx.OfflineRecognizer`.
        options: its arguments.
    """

    loader: str
    options: Mapping[str, str]


def model_in(folder: Path, language: str) -> ModelFiles:
    """Return the model in a folder: Whisper, Zipformer, Parakeet, SenseVoice or Moonshine.

    Args:
        folder: of the model.
        language: to be recognised, "" for any; only some models can be told.

    Raises:
        ModelRefused: there is none that is known.
    """
    found = _Folder(folder)
    encoder, decoder, joiner = (found.file(part) for part in ("encoder", "decoder", "joiner"))
    tokens, model = found.file("tokens", "txt"), found.file("model")
    named = folder.resolve().name.lower()
    if not tokens:
        raise ModelRefused
    parts = {"encoder": encoder, "decoder": decoder, "tokens": tokens}
    match bool(encoder and decoder), bool(joiner), bool(model):
        case True, True, _:
            kind = "nemo_transducer" if _is_nemo(named) else "transducer"
            return ModelFiles("from_transducer", {**parts, "joiner": joiner, "model_type": kind})
        case True, False, _ if found.holds("merged"):
            return ModelFiles("from_moonshine_v2", parts)
        case True, False, _:
            return ModelFiles("from_whisper", {**parts, "language": language})
        case False, _, True:
            return _in_one_file(named, model, tokens, language)
        case _:
            raise ModelRefused


def _in_one_file(named: str, model: str, tokens: str, language: str) -> ModelFiles:
    files = {"model": model, "tokens": tokens}
    if "sense-voice" in named or "sensevoice" in named:
        known = language if language in _SENSE_VOICE_LANGUAGES else ""
        return ModelFiles("from_sense_voice", {**files, "language": known})
    if _is_nemo(named):
        return ModelFiles("from_nemo_ctc", files)
    if "zipformer" in named:
        return ModelFiles("from_zipformer_ctc", files)
    raise ModelRefused


def _is_nemo(named: str) -> bool:
    return "nemo" in named or "parakeet" in named


class _Folder:
    def __init__(self, folder: Path) -> None:
        try:
            self._files = sorted(path for path in folder.iterdir() if path.is_file())
        except OSError as error:
            raise ModelRefused from error

    def file(self, part: str, ending: str = "onnx") -> str:
        """Return the path of the file that has a word in its name, "" where none has."""
        endings = ("onnx", "ort") if ending == "onnx" else (ending,)
        fitting = [
            path
            for path in self._files
            if part in path.stem.lower() and path.suffix.lower().lstrip(".") in endings
        ]
        quantised = [path for path in fitting if "int8" in path.stem]
        return str(next(iter(quantised + fitting), ""))

    def holds(self, word: str) -> bool:
        """Tell whether a file has a word in its name."""
        return any(word in path.stem.lower() for path in self._files)
