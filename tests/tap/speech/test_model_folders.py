"""Which model is in a folder, by the names that such models are published with."""

import inspect
from pathlib import Path

import numpy as np
import pytest
import sherpa_onnx

from tests.support.speech_engines import tone
from tests.support.tiny_models import KINDS, tiny_model
from tui_call.tap.speech import sherpa
from tui_call.tap.speech.model_folders import model_in
from tui_call.tap.speech.recogniser import ModelRefused

CHANGING = np.concatenate([tone(hertz, 0.2)[::3] for hertz in range(300, 3300, 300)])
"""Ten tones: in one alone no frame says anything else than the frame before."""

PARTS = ("encoder", "decoder", "joiner")


def folder_of(directory: Path, name: str, *files: str) -> Path:
    folder = directory / name
    folder.mkdir()
    for file in (*files, "README.md", "tokens.txt"):
        (folder / file).touch()
    return folder


@pytest.mark.parametrize(
    ("name", "files", "loader", "options"),
    [
        (
            "sherpa-onnx-whisper-tiny",
            ("tiny-encoder.onnx", "tiny-encoder.int8.onnx", "tiny-decoder.onnx"),
            "from_whisper",
            {"encoder": "tiny-encoder.int8.onnx", "decoder": "tiny-decoder.onnx", "language": "de"},
        ),
        (
            "sherpa-onnx-zipformer-ru",
            tuple(f"{part}-epoch-30-avg-1.onnx" for part in PARTS),
            "from_transducer",
            {"joiner": "joiner-epoch-30-avg-1.onnx", "model_type": "transducer"},
        ),
        (
            "sherpa-onnx-nemo-parakeet-tdt-0.6b-v3-int8",
            tuple(f"{part}.int8.onnx" for part in PARTS),
            "from_transducer",
            {"encoder": "encoder.int8.onnx", "model_type": "nemo_transducer"},
        ),
        ("sherpa-onnx-nemo-ctc-de", ("model.onnx",), "from_nemo_ctc", {"model": "model.onnx"}),
        ("sherpa-onnx-zipformer-ctc-zh", ("model.int8.onnx",), "from_zipformer_ctc", {}),
        (
            "sherpa-onnx-sense-voice-zh-en-ja-ko-yue",
            ("model.onnx",),
            "from_sense_voice",
            {"language": ""},
        ),
        (
            "sherpa-onnx-moonshine-base-es",
            ("encoder_model.ort", "decoder_model_merged.ort"),
            "from_moonshine_v2",
            {"decoder": "decoder_model_merged.ort"},
        ),
    ],
)
def test_a_model_is_known_by_its_files(
    tmp_path: Path, name: str, files: tuple[str, ...], loader: str, options: dict[str, str]
) -> None:
    folder = folder_of(tmp_path, name, *files)
    found = model_in(folder, "de")
    assert found.loader == loader
    told = {key: value.removeprefix(f"{folder}/") for key, value in found.options.items()}
    assert told["tokens"] == "tokens.txt"
    assert options.items() <= told.items()
    load = getattr(sherpa_onnx.OfflineRecognizer, loader)
    inspect.signature(load).bind(**found.options, num_threads=1)  # what the library takes


@pytest.mark.parametrize("name", KINDS)
def test_a_model_of_each_kind_is_loaded_and_recognises(tmp_path: Path, name: str) -> None:
    folder = tiny_model(tmp_path, name)
    engine = sherpa.load(folder, "de", threads=1)
    [heard] = engine.recogniser().feed(CHANGING, 0.0)
    assert heard.text.startswith("t")
    assert engine.language == "de"
    for file in KINDS[name]():
        whole = (folder / file).read_bytes()
        (folder / file).write_bytes(whole[: len(whole) // 2])
        with pytest.raises(ModelRefused):
            sherpa.load(folder, "de", threads=1)
        (folder / file).write_bytes(whole)


@pytest.mark.parametrize("files", [(), ("model.onnx",), ("encoder.onnx",), ("weights.bin",)])
def test_a_folder_with_nothing_that_is_known_is_refused(
    tmp_path: Path, files: tuple[str, ...]
) -> None:
    with pytest.raises(ModelRefused):
        model_in(folder_of(tmp_path, "mine", *files), "en")


def test_what_is_no_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelRefused):
        model_in(tmp_path / "missing", "en")
    (tmp_path / "file").touch()
    with pytest.raises(ModelRefused):
        model_in(tmp_path / "file", "en")
