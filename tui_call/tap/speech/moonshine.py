"""The built-in model: Moonshine tiny-en, as the wheel of `moonshine-voice` 0.1.0 carries it.

The wheel is only its container: the package is never imported.
"""

import base64
import hashlib
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from tui_call.tap.speech.recogniser import EngineMissing, ModelRefused

LANGUAGE = "en"
ENCODER = "encoder_model.ort"
DECODER = "decoder_model_merged.ort"
TOKENIZER = "tokenizer.bin"

_PACKAGE = "moonshine_voice"
_SHA256 = {
    ENCODER: "94e90a4654fc45cdfedb77c4c08e1739f48862998e58fada384b25118134f221",
    DECODER: "cf524c4862d36e9e5ab032eddc73637efd822d70e868ac575cf1a46e1e4708a0",
    TOKENIZER: "6884b35fd6377d4c4d32336a0bc152f36b64d1e45b6503683cdc238250a8472d",
}
_LONG = 0x80
"""Lengths of 128 and more take two bytes."""


def find_model() -> Path:
    """Return the folder of the model.

    Raises:
        EngineMissing: it is not installed.
    """
    spec = find_spec(_PACKAGE)
    places = spec.submodule_search_locations if spec is not None else None
    folder = Path(next(iter(places or ()), "")) / "assets" / "tiny-en"
    if not places or not folder.is_dir():
        raise EngineMissing
    return folder


def check_model(folder: Path) -> None:
    """Check that a folder holds the very model, which takes 0.1 s.

    Raises:
        ModelRefused: it holds another one.
    """
    for name, expected in _SHA256.items():
        try:
            with (folder / name).open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise ModelRefused from error
        if found != expected:
            raise ModelRefused


def tokens_of(tokenizer: bytes) -> bytes:
    """Return what sherpa-onnx wants as tokens.txt: base64 of each piece, and its number.

    Args:
        tokenizer: `tokenizer.bin`: the pieces, each behind its length.
    """
    lines = (base64.b64encode(piece) + b" %d" % n for n, piece in enumerate(_pieces(tokenizer)))
    return b"\n".join(lines) + b"\n"


def _pieces(tokenizer: bytes) -> Iterator[bytes]:
    place = 0
    while place < len(tokenizer):
        length = tokenizer[place]
        place += 1
        if length >= _LONG:
            length += _LONG * (tokenizer[place] - 1)
            place += 1
        yield tokenizer[place : place + length]
        place += length
