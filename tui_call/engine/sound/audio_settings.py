"""What the `[audio]` section asks for, and what keeps it from working."""

from dataclasses import replace
from pathlib import Path

from tui_call.config.sections import AudioSection
from tui_call.control.views import SentenceView
from tui_call.sentences import sentence, text_of
from tui_call.voice.processing import Processing, ProcessingMissing, installed

_PROCESSING_KEYS = ("echo_cancellation", "noise_suppression", "gain_control")


def processing_of(audio: AudioSection) -> Processing:
    """Return what is to be done to a microphone's sound."""
    return Processing(
        echo_cancellation=audio.echo_cancellation and not audio.headphones,
        noise_suppression=audio.noise_suppression,
        gain_control=audio.gain_control,
    )


def ports_of(audio: AudioSection) -> AudioSection:
    """Return the section without what can change while a port stays open."""
    return replace(
        audio,
        headphones=False,
        echo_cancellation=False,
        noise_suppression=False,
        gain_control=False,
    )


def stand_ins(audio: AudioSection) -> tuple[str, str]:
    """Return what stands in for microphone and speaker, "" and "" where sound is of devices."""
    match audio.port:
        case "devices":
            return "", ""
        case "files":
            return _file(audio.input_file, "signal"), _file(audio.output_file, "unheard")
        case "silent":
            return text_of("T_STAND_IN", "silence"), text_of("T_STAND_IN", "unheard")
        case "delay_line":
            return text_of("T_STAND_IN", "echo"), text_of("T_STAND_IN", "echo")


def _file(path: str, otherwise: str) -> str:
    return text_of("T_STAND_IN", "file" if path else otherwise, file=Path(path).name)


def limits_of(audio: AudioSection) -> dict[str, SentenceView]:
    """Return by the key of a setting what keeps it from working."""
    if not installed():
        missing = ProcessingMissing().sentence
        return {f"audio.{key}": missing for key in _PROCESSING_KEYS}
    if audio.headphones:
        return {"audio.echo_cancellation": sentence("N_HEADPHONES")}
    return {}
