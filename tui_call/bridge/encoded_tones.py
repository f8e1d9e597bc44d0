"""The tones of the bridge as packets of Opus, made once when a worker starts."""

from tui_call.bridge.tones import Tones
from tui_call.voice import tones
from tui_call.voice.coding import Coding
from tui_call.voice.opus import Encoder
from tui_call.voice.samples import Samples
from tui_call.voice.sound import FRAME_SAMPLES

_CODING = Coding(32_000)


def encoded_tones() -> Tones:
    """Return what source 0 says; takes a quarter of a second of processor time.

    Raises:
        OpusMissing: the codec is missing.
    """
    return Tones(
        join=_encoded(Encoder(_CODING), tones.came()),
        leave=_encoded(Encoder(_CODING), tones.went()),
        kept=_encoded(Encoder(_CODING), tones.kept()),
        music=_loop(tones.music()),
    )


def _loop(samples: Samples) -> tuple[bytes, ...]:
    """Return packets that can follow themselves: the codec has heard the end before the begin."""
    encoder = Encoder(_CODING)
    _encoded(encoder, samples[-10 * FRAME_SAMPLES :])
    return _encoded(encoder, samples)


def _encoded(encoder: Encoder, samples: Samples) -> tuple[bytes, ...]:
    return tuple(
        encoder.encode(samples[start : start + FRAME_SAMPLES])
        for start in range(0, len(samples), FRAME_SAMPLES)
    )
