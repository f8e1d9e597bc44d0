"""Captions through a whole standard call: devices, bridge, tap and speech engine, all processes."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import msgspec
import pytest

from tests.support.company import Company
from tests.support.engines import Home, said_by, until
from tests.support.read_aloud import OWN, lacking, read_aloud, seconds_off
from tests.support.speech_engines import REPOSITORY, ToneEngine, tone_name
from tests.support.who_hears_whom import TONES, say_tones, speaker
from tests.support.word_error import BECKETT, TWO_CITIES, recording, words_of, wrong_words
from tui_call.control.lines import Caption
from tui_call.tap.speech.engines import ENGINE_VARIABLE

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

EVERYBODY = {"Ada", "you", "Cleo"}
TONE_ENGINE = {
    ENGINE_VARIABLE: f"{ToneEngine.__module__}:{ToneEngine.__name__}",
    "PYTHONPATH": str(REPOSITORY),
}


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


async def another_tap_hears_them(company: Company, captions: list[Caption]) -> None:
    """Kill the tap; what the next one hears must not be taken for what the first one did."""
    [tap] = company.home.numbers("tui_call.tap", "--frames")
    heard, before = max(each.utterance for each in captions), len(captions)
    os.kill(tap, signal.SIGKILL)

    def begun() -> list[Caption]:
        return [each for each in captions[before:] if each.revision == 1]

    await until(lambda: {each.name for each in begun()} == EVERYBODY)
    assert min(each.utterance for each in begun()) > heard


async def test_of_three_who_speak_at_once_each_word_is_at_its_person(tmp_path: Path) -> None:
    names = ("ada", "ben", "cleo")
    (tmp_path / "sounds").mkdir()
    say_tones(tmp_path / "sounds")
    async with company_of(tmp_path, names, TONE_ENGINE) as company:
        await company.speak(*names)
        async with shown_to(company, "ben") as captions:
            await until(lambda: {each.name for each in captions} == EVERYBODY)
            await another_tap_hears_them(company, captions)
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


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_people_are_understood_each_alone_and_written_down_at_their_time(
    tmp_path: Path,
) -> None:
    reads = {"ada": (recording("two_cities"), TWO_CITIES), "ben": (recording("beckett"), BECKETT)}
    said = await read_aloud(tmp_path, reads)
    shown = {OWN: reads["ada"], "Ben": reads["ben"]}
    wrong = sum(wrong_words(text, said.understood(name)) for name, (_, text) in shown.items())
    words = sum(len(words_of(text)) for _, text in shown.values())
    assert wrong <= 0.08 * words, said.lines
    assert lacking(said) == []
    for name, (sound, text) in shown.items():
        assert max(seconds_off(said, name, sound, text)) <= 0.5, (name, said.lines)
