"""Models of a few hundred bytes, of each kind that sherpa-onnx reads, in the way of ONNX.

What they understand is nonsense. They have the inputs, outputs and properties of the real ones, so
the library loads and runs them: written by hand, after onnx.proto and the library's exports.
"""

import base64
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

FLOAT, INT32, INT64 = 1, 6, 7

_MELS = 80
_LFR = 560
"""Mel values of seven frames together, as SenseVoice takes them."""

Tensor = tuple[str, int, Sequence[int | str]]
"""Name, kind and dimensions; one of any length has a name."""
Node = tuple[str, Sequence[str], Sequence[str], Mapping[str, int | Sequence[int]]]
"""Operator, inputs, outputs and attributes."""
Constant = tuple[str, int, Sequence[int], bytes]
"""Name, kind, dimensions and little-endian values."""


def _varint(value: int) -> bytes:
    low, rest = value & 0x7F, value >> 7
    return bytes([low | 0x80]) + _varint(rest) if rest else bytes([low])


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _field(field: int, value: bytes | str) -> bytes:
    data = value.encode() if isinstance(value, str) else value
    return _varint(field << 3 | 2) + _varint(len(data)) + data


def _fields(field: int, values: Iterable[bytes | str]) -> bytes:
    return b"".join(_field(field, value) for value in values)


def _value(tensor: Tensor) -> bytes:
    name, kind, shape = tensor
    dims = (_number(1, one) if isinstance(one, int) else _field(2, one) for one in shape)
    return _field(1, name) + _field(2, _field(1, _number(1, kind) + _field(2, _fields(1, dims))))


def _attribute(name: str, value: int | Sequence[int]) -> bytes:
    if isinstance(value, int):
        return _field(1, name) + _number(3, value) + _number(20, 2)
    return _field(1, name) + b"".join(_number(8, one) for one in value) + _number(20, 7)


def _node(node: Node) -> bytes:
    operator, inputs, outputs, attributes = node
    given = (_attribute(*one) for one in attributes.items())
    return _fields(1, inputs) + _fields(2, outputs) + _field(4, operator) + _fields(5, given)


def _constant(constant: Constant) -> bytes:
    name, kind, dims, data = constant
    sizes = b"".join(_number(1, one) for one in dims)
    return sizes + _number(2, kind) + _field(8, name) + _field(9, data)


def model(
    nodes: Iterable[Node],
    inputs: Iterable[Tensor],
    outputs: Iterable[Tensor],
    properties: Mapping[str, object],
    constants: Iterable[Constant] = (),
) -> bytes:
    """Return a model as it stands in a file."""
    graph = (
        _fields(1, map(_node, nodes))
        + _field(2, "tiny")
        + _fields(5, map(_constant, constants))
        + _fields(11, map(_value, inputs))
        + _fields(12, map(_value, outputs))
    )
    told = (_field(1, key) + _field(2, str(value)) for key, value in properties.items())
    opset = _field(1, "") + _number(2, 13)
    return _number(1, 8) + _field(7, graph) + _field(8, opset) + _fields(14, told)


def _same(one: str, other: str) -> Node:
    return "Identity", [one], [other], {}


def zipformer_ctc() -> dict[str, bytes]:
    """Return the files of one."""
    heard, many = ("x", FLOAT, ["N", "T", _MELS]), ("x_lens", INT64, ["N"])
    said, how_many = ("log_probs", FLOAT, ["N", "T", _MELS]), ("log_probs_len", INT64, ["N"])
    nodes = [_same("x", "log_probs"), _same("x_lens", "log_probs_len")]
    known = {"model_type": "zipformer2_ctc", "version": 1}
    return {"model.onnx": model(nodes, [heard, many], [said, how_many], known)}


def nemo_ctc() -> dict[str, bytes]:
    """Return the files of one."""
    inputs = [("audio_signal", FLOAT, ["N", _MELS, "T"]), ("length", INT64, ["N"])]
    nodes: list[Node] = [("Transpose", ["audio_signal"], ["logprobs"], {"perm": [0, 2, 1]})]
    known = {"vocab_size": _MELS - 1, "subsampling_factor": 1, "normalize_type": "per_feature"}
    said = ("logprobs", FLOAT, ["N", "T", _MELS])
    return {"model.onnx": model(nodes, inputs, [said], known)}


def sense_voice() -> dict[str, bytes]:
    """Return the files of one."""
    asked = [(name, INT32, ["N"]) for name in ("x_length", "language", "text_norm")]
    heard, said = ("x", FLOAT, ["N", "T", _LFR]), ("logits", FLOAT, ["N", "T", _LFR])
    languages = {f"lang_{one}": n for n, one in enumerate(("auto", "zh", "en", "yue", "ja", "ko"))}
    known = {
        "model_type": "sense_voice_ctc", "vocab_size": _LFR, "lfr_window_size": 7,
        "lfr_window_shift": 6, "normalize_samples": 0, "with_itn": 14, "without_itn": 15,
        "neg_mean": ",".join(["0"] * _LFR), "inv_stddev": ",".join(["1"] * _LFR), **languages,
    }  # fmt: skip
    return {"model.onnx": model([_same("x", "logits")], [heard, *asked], [said], known)}


def transducer() -> dict[str, bytes]:
    """Return the files of a Zipformer."""
    heard, many = ("x", FLOAT, ["N", "T", _MELS]), ("x_lens", INT64, ["N"])
    out, how_many = ("encoder_out", FLOAT, ["N", "T", _MELS]), ("encoder_out_lens", INT64, ["N"])
    encode = [_same("x", "encoder_out"), _same("x_lens", "encoder_out_lens")]
    nothing = ("nothing", FLOAT, [1, _MELS], struct.pack(f"<{_MELS}f", *[0.0] * _MELS))
    decode: list[Node] = [
        ("Cast", ["y"], ["before"], {"to": FLOAT}),
        ("ReduceSum", ["before", "axis"], ["sum"], {"keepdims": 1}),
        ("Mul", ["sum", "nothing"], ["decoder_out"], {}),
    ]
    axis = ("axis", INT64, [1], struct.pack("<q", 1))
    parts: list[Tensor] = [(f"{one}_out", FLOAT, ["N", _MELS]) for one in ("encoder", "decoder")]
    join: list[Node] = [("Add", ["encoder_out", "decoder_out"], ["logit"], {})]
    return {
        "encoder.onnx": model(encode, [heard, many], [out, how_many], {"model_type": "zipformer2"}),
        "decoder.onnx": model(
            decode, [("y", INT64, ["N", 2])], parts[1:],
            {"vocab_size": _MELS, "context_size": 2}, [axis, nothing],
        ),
        "joiner.onnx": model(
            join, parts, [("logit", FLOAT, ["N", _MELS])], {"joiner_dim": _MELS}
        ),
    }  # fmt: skip


def nemo_transducer() -> dict[str, bytes]:
    """Return the files of a Parakeet."""
    heard, many = ("audio_signal", FLOAT, ["N", _MELS, "T"]), ("length", INT64, ["N"])
    out, how_many = ("outputs", FLOAT, ["N", _MELS, "T"]), ("encoded_lengths", INT64, ["N"])
    names = ("state", "cell")
    states: list[Tensor] = [(one, FLOAT, [1, "N", _MELS]) for one in names]
    after: list[Tensor] = [(f"{one}_after", FLOAT, [1, "N", _MELS]) for one in names]
    known = {
        "vocab_size": _MELS - 1, "pred_rnn_layers": 1, "pred_hidden": _MELS,
        "subsampling_factor": 8, "normalize_type": "per_feature",
    }  # fmt: skip
    decode: list[Node] = [
        ("Transpose", ["state"], ["predicted"], {"perm": [1, 2, 0]}),
        _same("target_length", "predicted_length"),
        *(_same(one, f"{one}_after") for one in names),
    ]
    targets = [("targets", INT32, ["N", 1]), ("target_length", INT32, ["N"])]
    predicted = [("predicted", FLOAT, ["N", _MELS, 1]), ("predicted_length", INT32, ["N"])]
    join: list[Node] = [
        ("Add", ["heard", "before"], ["both"], {}),
        ("Transpose", ["both"], ["turned"], {"perm": [0, 2, 1]}),
        ("Unsqueeze", ["turned", "axis"], ["logits"], {}),
    ]
    axis = ("axis", INT64, [1], struct.pack("<q", 1))
    parts = [(one, FLOAT, ["N", _MELS, 1]) for one in ("heard", "before")]
    return {
        "encoder.int8.onnx": model(
            [_same("audio_signal", "outputs"), _same("length", "encoded_lengths")],
            [heard, many], [out, how_many], known,
        ),
        "decoder.int8.onnx": model(decode, [*targets, *states], [*predicted, *after], {}),
        "joiner.int8.onnx": model(join, parts, [("logits", FLOAT, ["N", 1, 1, _MELS])], {}, [axis]),
    }  # fmt: skip


def whisper() -> dict[str, bytes]:
    """Return the files of one."""
    layer: Sequence[int | str] = [1, "N", "T", _MELS]
    cross: list[Tensor] = [(f"n_layer_cross_{one}", FLOAT, layer) for one in "kv"]
    caches: list[Tensor] = [(f"in_n_layer_self_{one}_cache", FLOAT, layer) for one in "kv"]
    kept: list[Tensor] = [(f"out_n_layer_self_{one}_cache", FLOAT, layer) for one in "kv"]
    axes = ("axes", INT64, [1], struct.pack("<q", 0))
    encode: list[Node] = [
        ("Transpose", ["mel"], ["turned"], {"perm": [0, 2, 1]}),
        ("Unsqueeze", ["turned", "axes"], ["n_layer_cross_k"], {}),
        _same("n_layer_cross_k", "n_layer_cross_v"),
    ]
    last = ("last", INT64, [1], struct.pack("<q", 2))
    likely = struct.pack(f"<{_MELS}f", *(float(n == 20) for n in range(_MELS)))
    decode: list[Node] = [
        ("Cast", ["tokens"], ["before"], {"to": FLOAT}),
        ("Unsqueeze", ["before", "last"], ["column"], {}),
        ("Mul", ["column", "likely"], ["logits"], {}),
        *(_same(one[0], other[0]) for one, other in zip(caches, kept, strict=True)),
    ]
    known = {
        "model_type": "whisper-tiny", "n_mels": _MELS, "n_audio_ctx": 1500, "n_audio_state": _MELS,
        "n_audio_head": 1, "n_audio_layer": 1, "n_vocab": _MELS, "n_text_ctx": 448,
        "n_text_state": _MELS, "n_text_head": 1, "n_text_layer": 1, "sot": 1, "sot_index": 0,
        "eot": 2, "blank_id": 3, "is_multilingual": 1, "no_speech": 4, "non_speech_tokens": "5",
        "transcribe": 6, "translate": 7, "sot_prev": 8, "sot_lm": 9, "no_timestamps": 10,
        "sot_sequence": "1,11,6", "all_language_tokens": "11,12",
        "all_language_codes": "de,en",
    }  # fmt: skip
    inputs = [("tokens", INT64, ["N", "n"]), *caches, *cross, ("offset", INT64, [1])]
    logits = ("logits", FLOAT, ["N", "n", _MELS])
    mel = ("mel", FLOAT, ["N", _MELS, "T"])
    return {
        "tiny-encoder.onnx": model(encode, [mel], cross, known, [axes]),
        "tiny-decoder.onnx": model(
            decode, inputs, [logits, *kept], {}, [last, ("likely", FLOAT, [_MELS], likely)]
        ),
    }


KINDS: Mapping[str, Callable[[], dict[str, bytes]]] = {
    "sherpa-onnx-zipformer-ru": transducer,
    "sherpa-onnx-zipformer-ctc-zh": zipformer_ctc,
    "sherpa-onnx-nemo-ctc-de": nemo_ctc,
    "sherpa-onnx-sense-voice-zh-en-ja-ko-yue": sense_voice,
    "sherpa-onnx-nemo-parakeet-tdt-0.6b-v3-int8": nemo_transducer,
    "sherpa-onnx-whisper-tiny": whisper,
}
"""By a name of a folder as such models are published."""


def tiny_model(directory: Path, name: str) -> Path:
    """Write a model of some kind; return its folder."""
    folder = directory / name
    folder.mkdir()
    for file, data in KINDS[name]().items():
        (folder / file).write_bytes(data)
    lines = (f"{token} {number}\n" for number, token in enumerate(_tokens_of(name)))
    (folder / "tokens.txt").write_text("".join(lines))
    return folder


def _tokens_of(name: str) -> Iterator[str]:
    words = (f"t{number}" for number in range(1, _LFR if "sense" in name else _MELS))
    if "whisper" in name:
        yield from (base64.b64encode(word.encode()).decode() for word in words)
    elif "nemo" in name:
        yield from (*words, "<blk>")
    else:
        yield from ("<blk>", *words)
