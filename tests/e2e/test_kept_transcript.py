"""Captions and transcript by commands, with an engine of speech that names the tone it hears."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio

from tests.support.company import Company
from tests.support.engines import Home
from tests.support.speech_engines import REPOSITORY, ToneEngine, tone_name
from tests.support.who_hears_whom import TONES, say_tones, speaker
from tui_call.control.actions import Mute
from tui_call.control.lines import Caption
from tui_call.tap.speech.engines import ENGINE_VARIABLE

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shared_company(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Company]:
    """Ada, Ben and Cleo, whose service knows speech by its tone."""
    tones = tmp_path_factory.mktemp("sound")
    say_tones(tones)
    engine = f"{ToneEngine.__module__}:{ToneEngine.__name__}"
    environment = {ENGINE_VARIABLE: engine, "PYTHONPATH": str(REPOSITORY)}
    async with Home(tmp_path_factory.mktemp("home"), **environment) as home:
        people = {"ada": await speaker(home, "ada", tones)}  # the first one administers
        come = await asyncio.gather(*(speaker(home, name, tones) for name in ("ben", "cleo")))
        yield Company(home, tones, people | dict(zip(("ben", "cleo"), come, strict=True)))


async def test_words_are_shown_to_who_wants_them_and_kept_where_all_were_told(
    company: Company, tmp_path: Path
) -> None:
    await company.speak("ada", "ben", "cleo")
    reading = await company.home.begin("--profile", "ada", "captions", "--json")
    await company["ben"].until(lambda one: "G_CAPTIONS_ON" in one.events)
    await company.says("ben", "transcribe")
    for name in ("ada", "cleo"):
        await company[name].until(lambda one: one.call.own_kept == "asked")
    await company.says("ada", "yes")
    await company.says("cleo", "no")
    await company["ada"].until(lambda one: one.call.own_kept == "kept")
    for on in (True, False, True):  # who is kept from now on has to say something anew
        for person in company.people.values():
            await person.order(Mute(on))
        await company["ada"].until(lambda one, on=on: all(m.silent == on for m in one.call.members))
        said = await captions(reading, people=3, final=on)
        assert not on or said == {
            "you": tone_name(TONES["ada"]),
            "Ben": tone_name(TONES["ben"]),
            "Cleo": tone_name(TONES["cleo"]),
        }
    reading.terminate()
    await reading.wait()
    await company["ben"].until(lambda one: "G_CAPTIONS_OFF" in one.events)
    await company["ada"].until(lambda one: not one.call.captions)
    await company.says("ada", "transcribe", "off")
    text = await transcript(company, tmp_path)
    assert {line.split("  ", 2)[1]: line.split("  ", 2)[2] for line in text} == {
        "Ada": tone_name(TONES["ada"]), "Ben": tone_name(TONES["ben"]),
    }  # fmt: skip


async def captions(reading: asyncio.subprocess.Process, people: int, final: bool) -> dict[str, str]:
    """Return what each of so many people was first heard to say, to the end or up to now."""
    assert reading.stdout is not None
    found: dict[str, str] = {}
    async with asyncio.timeout(30):
        while len(found) < people:
            line = json.loads(await reading.stdout.readline())
            assert line["type"] == Caption.__struct_config__.tag
            if line["final"] is final:
                found.setdefault(line["name"], line["text"])
    return found


async def transcript(company: Company, folder: Path) -> list[str]:
    """Return the lines of the transcript as its starter exports it."""
    while True:
        [one] = json.loads(await company.says("ben", "transcripts", "--json"))["kept"]
        if one["state"] != "running":
            break
    await company.says("ben", "transcripts", "export", one["id"][:8], str(folder))
    [text] = folder.glob("*.txt")
    heading, _, said = text.read_text(encoding="utf-8").partition("\n\n")
    *_, began, started, people = heading.splitlines()
    placed = datetime.fromtimestamp(one["call_began"], UTC)
    assert f"{placed:%Y-%m-%d %H:%M:%S} UTC" in began
    assert started.endswith(" started by Ben.")
    assert set(people.removeprefix("People: ").split(", ")) == {"Ada", "Ben", "Cleo"}
    return said.splitlines()
