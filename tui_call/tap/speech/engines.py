"""Which engine there is: the one that comes along, or another that the environment names."""

import os
from importlib import import_module
from pathlib import Path

from tui_call.tap.speech import sherpa
from tui_call.tap.speech.recogniser import SpeechEngine

ENGINE_VARIABLE = "TUI_CALL_SPEECH_ENGINE"
"""Names another `SpeechEngine` as MODULE:CLASS, which is made without arguments."""


def language_that_would_be(model: Path | None, language: str) -> str:
    """Return what an engine would recognise, "" where that is not known; as `sherpa.look_for`."""
    return "" if _other() else sherpa.look_for(model, language)


def load(model: Path | None, language: str, threads: int) -> SpeechEngine:
    """Load the engine; as `sherpa.load`."""
    module, _, name = _other().partition(":")
    if module:
        return getattr(import_module(module), name)()
    return sherpa.load(model, language, threads)


def _other() -> str:
    return os.environ.get(ENGINE_VARIABLE, "")
