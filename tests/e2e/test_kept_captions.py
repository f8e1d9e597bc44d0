"""Captions through a whole standard call: devices, bridge, tap and speech engine, all processes."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import msgspec
import numpy as np
import pytest

from tests.support.company import Company
from tests.support.engines import Home, said_by, until
from tests.support.rig_pair import write_wav
from tests.support.speech_engines import REPOSITORY, ToneEngine, tone_name
from tests.support.who_hears_whom import TONES, say_tones, speaker
from tests.support.word_error import BECKETT, TWO_CITIES, recording, words_of, wrong_words
from tui_call.control.lines import Caption
from tui_call.tap.speech.engines import ENGINE_VARIABLE
from tui_call.voice.samples import Samples
from tui_call.voice.sound import SAMPLE_RATE

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

TONE_ENGINE = {
    ENGINE_VARIABLE: f"{ToneEngine.__module__}:{ToneEngine.__name__}",
    "PYTHONPATH": str(REPOSITORY),
}
COMING_TOGETHER = 45.0
"""Seconds before anybody says anything, for the call to begin and somebody to show captions."""
READ_WITHIN = 150.0


@contextlib.asynccontextmanager
async def company_of(
    directory: Path, names: tuple[str, ...], environment: Mapping[str, str]
) -> AsyncIterator[Company]:
    sounds = directory / "sounds"
    async with Home(directory / "home", **environment) as home:
        people = {name: await speaker(home, name, sounds) for name in names}
        company = Company(home, sounds, people)
        yield company
        await company.rest()


@contextlib.asynccontextmanager
async def shown_to(company: Company, name: str) -> AsyncIterator[list[Caption]]:
    """Let somebody show captions in a terminal; yield the list of all that come."""
    found: list[Caption] = []
    command = await company.home.begin("--profile", name, "captions", "--json")

    async def read() -> None:
        assert command.stdout is not None
        while line := await command.stdout.readline():
            found.append(msgspec.json.decode(line, type=Caption))

    reading = asyncio.create_task(read())
    try:
        yield found
    finally:
        with contextlib.suppress(ProcessLookupError):  # it ended by itself
            command.send_signal(signal.SIGINT)  # ctrl+c is how it ends
        await reading
        ended = await said_by(command)
    assert (ended.status, ended.errors) == (0, "")


def finals_of(captions: list[Caption], name: str) -> list[Caption]:
    return [caption for caption in captions if caption.name == name and caption.final]


def understood(captions: list[Caption], name: str) -> str:
    return " ".join(caption.text for caption in finals_of(captions, name))


async def test_of_three_who_speak_at_once_each_word_is_at_its_person(tmp_path: Path) -> None:
    names = ("ada", "ben", "cleo")
    (tmp_path / "sounds").mkdir()
    say_tones(tmp_path / "sounds")
    async with company_of(tmp_path, names, TONE_ENGINE) as company:
        await company.speak(*names)
        async with shown_to(company, "ben") as captions:
            await until(lambda: {each.name for each in captions} == {"Ada", "you", "Cleo"})
            await company.says("cleo", "mute")  # in mid-word
            await until(lambda: finals_of(captions, "Cleo"))
            await company.says("cleo", "mute")
            begun = len(captions)
            await until(lambda: "Cleo" in {each.name for each in captions[begun:]})
            await company.says("ada", "hangup")  # in mid-word
            await until(lambda: finals_of(captions, "Ada"))
        said = {(caption.name, caption.text) for caption in captions}
        who = {"ada": "Ada", "ben": "you", "cleo": "Cleo"}
        assert said == {(who[name], tone_name(TONES[name])) for name in names}


def after_silence(sound: Samples) -> Samples:
    silent = np.zeros(round(COMING_TOGETHER * SAMPLE_RATE), np.int16)
    return np.concatenate((silent, sound, silent))


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_people_are_understood_each_alone_by_the_built_in_engine(tmp_path: Path) -> None:
    said = {"you": TWO_CITIES, "Ben": BECKETT}
    (tmp_path / "sounds").mkdir()
    for name, read in {"ada": "two_cities", "ben": "beckett"}.items():
        write_wav(tmp_path / "sounds" / f"{name}.wav", after_silence(recording(read)))
    async with company_of(tmp_path, ("ada", "ben"), {}) as company:
        await company.call("ada", "ben")
        await company.answer("ben")
        for person in company.people.values():
            await person.until(lambda one: one.phase == "active")
        async with shown_to(company, "ada") as captions:
            # With the last few words the last utterance is there, whatever was understood of it.
            least = len(words_of(TWO_CITIES)) - 5
            await until(lambda: len(words_of(understood(captions, "you"))) >= least, READ_WITHIN)
        texts = {name: understood(captions, name) for name in said}
        wrong = sum(wrong_words(said[name], texts[name]) for name in said)
        assert wrong <= 0.08 * sum(len(words_of(text)) for text in said.values()), texts
