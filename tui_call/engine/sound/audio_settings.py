"""What the `[audio]` section asks for, and what keeps it from working."""

from dataclasses import replace

from tui_call.config.sections import AudioSection
from tui_call.control.views import SentenceView
from tui_call.sentences import sentence
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


def limits_of(audio: AudioSection) -> dict[str, SentenceView]:
    """Return by the key of a setting what keeps it from working."""
    if not installed():
        missing = ProcessingMissing().sentence
        return {f"audio.{key}": missing for key in _PROCESSING_KEYS}
    if audio.headphones:
        return {"audio.echo_cancellation": sentence("N_HEADPHONES")}
    return {}
