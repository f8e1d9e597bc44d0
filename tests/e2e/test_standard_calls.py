"""Standard calls of people at command lines: who hears whom is read off what each engine recorded.

Service, bridge worker and engines are processes of their own. Tests act by commands, never on the
bridge; what the worker does is ended by SIGKILL alone.
"""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
import pytest_asyncio

from tests.support.engines import Home, Person, said_by, until
from tests.support.who_hears_whom import (
    heard_so_far,
    missed_seconds,
    recording,
    say_tones,
    speaker,
    who_hears_whom,
)
from tui_call.control.actions import Answer

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

WORKER = "tui_call.bridge"
AGAIN_SECONDS = 3.0
"""After the worker was killed all hear each other again."""


@dataclass
class Company:
    """People of one personal service, each with a tone of the own."""

    home: Home
    people: dict[str, Person]
    calling: list[asyncio.subprocess.Process] = field(default_factory=list)

    def __getitem__(self, name: str) -> Person:
        return self.people[name]

    async def says(self, name: str, *words: str) -> str:
        """Let somebody give a command, which is carried out; return what it prints."""
        said = await self.home.command("--profile", name, *words)
        assert (said.status, said.errors) == (0, ""), said
        return said.output

    async def rings_at(self, *names: str) -> None:
        for name in names:
            await self[name].until(lambda one: one.phase == "ringing" and one.call.ringing_here)

    async def speak(self, caller: str, *others: str) -> None:
        """Have a standard call that all these hear."""
        call = ("call", "--standard", "--headless", *others)
        self.calling.append(await self.home.begin("--profile", caller, *call))
        await self.rings_at(*others)
        for name in others:
            await self[name].order(Answer())
        await self.all_hear_each_other(caller, *others)

    async def all_hear_each_other(self, *names: str) -> None:
        wanted = {one: " ".join(other for other in names if other != one) for one in names}
        await who_hears_whom(self.home, **wanted)

    async def rest(self) -> None:
        """End all calls."""
        for name, person in self.people.items():
            while any(not call.ended for call in person.snapshot.calls):
                await self.home.command("--profile", name, "hangup")
                await asyncio.sleep(0.1)
        while self.calling:
            await said_by(self.calling.pop())


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shared_company(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Company]:
    tones = tmp_path_factory.mktemp("sound")
    say_tones(tones)
    async with Home(tmp_path_factory.mktemp("home")) as home:
        people = {"ada": await speaker(home, "ada", tones)}  # the first one administers
        for name in ("ben", "cleo", "dora"):
            people[name] = await speaker(home, name, tones)
        yield Company(home, people)


@pytest_asyncio.fixture(loop_scope="session")
async def company(shared_company: Company) -> AsyncIterator[Company]:
    """Ada, Ben, Cleo and Dora, without a call."""
    with shared_company.home.paths_here():
        yield shared_company
        await shared_company.rest()


async def test_two_speak_a_third_comes_one_holds_and_one_hangs_up(company: Company) -> None:
    await company.speak("ada", "ben")
    assert company["ada"].shield == company["ben"].shield == "SH_STANDARD"
    await company.says("ada", "add", company["cleo"].account)
    await company.rings_at("cleo")
    await who_hears_whom(company.home, ada="ben", ben="ada")
    await company["cleo"].order(Answer())
    await company.all_hear_each_other("ada", "ben", "cleo")
    await company.says("ben", "hold")
    await who_hears_whom(company.home, ada="cleo", ben="", cleo="ada")
    await company.says("ben", "hold")
    await company.all_hear_each_other("ada", "ben", "cleo")
    await company.says("ada", "hangup")
    await company["ada"].until(lambda one: one.phase == "ended")
    await who_hears_whom(company.home, ben="cleo", cleo="ben")
    await company.says("cleo", "hangup")
    await company["ben"].until(lambda one: one.phase == "ended")


async def test_when_the_worker_is_killed_all_four_hear_each_other_again(company: Company) -> None:
    names = ("ada", "ben", "cleo", "dora")
    await company.speak(*names)
    [worker] = company.home.numbers(WORKER)
    heard = {name: len(heard_so_far(recording(company.home, name))) for name in names}
    os.kill(worker, signal.SIGKILL)
    await until(lambda: set(company.home.numbers(WORKER)) - {worker})
    await company.all_hear_each_other(*names)
    for name, since in heard.items():
        others = " ".join(other for other in names if other != name)
        assert missed_seconds(company.home, name, since, others) <= AGAIN_SECONDS
        assert company[name].phase == "active"
