"""People of one personal service who each say a tone of their own, at command lines.

Service, bridge worker and engines are processes of their own; who hears whom is read off what each
engine recorded.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.broken_audit import MEND_AUDIT, break_audit
from tests.support.engines import Home, Person, said_by
from tests.support.who_hears_whom import say_tones, speaker, who_hears_whom
from tui_call.control.actions import Answer


@dataclass
class Company:
    """The people, by their profiles' names.

    Attributes:
        tones: folder with what each one says.
        calling: commands that stay with the call that they began.
    """

    home: Home
    tones: Path
    people: dict[str, Person]
    calling: list[asyncio.subprocess.Process] = field(default_factory=list)

    def __getitem__(self, name: str) -> Person:
        return self.people[name]

    async def says(self, name: str, *words: str) -> str:
        """Let somebody give a command, which is carried out; return what it prints."""
        said = await self.home.command("--profile", name, *words)
        assert (said.status, said.errors) == (0, ""), said
        return said.output

    async def is_refused(self, name: str, *words: str) -> str:
        """Let somebody give a command, which is not carried out; return what it says."""
        said = await self.home.command("--profile", name, *words)
        assert said.status != 0, said
        return said.errors

    async def becomes(self, name: str, role: str) -> None:
        """Let Ada, who administers, give somebody a role."""
        account = self[name].account
        await self.says("ada", "admin", "user", "role", account, role, "--yes")

    async def comes_under_rule(self, name: str) -> None:
        """Let Ada, who administers, have somebody's calls recorded by rule from now on."""
        person = self[name]
        if person.snapshot.encryption.on:  # a rule rules that out
            policy, rule = f"{name}-recorded", ("--compliance-recording", "--recording")
            await self.says("ada", "admin", "policy", "new", policy, *rule, "--yes")
            grant = ("policy", "grant", policy, "--user", person.account, "--yes")
            await self.says("ada", "admin", *grant)
            await person.until(lambda one: not one.snapshot.encryption.on)

    @contextmanager
    def without_audit(self) -> Iterator[None]:
        """Let the service add nothing to its audit until the end of the block."""
        with closing(sqlite3.connect(self.home.service_directory / "service.db")) as store:
            store.execute(break_audit())
            try:
                yield
            finally:
                store.execute(MEND_AUDIT)

    async def call(self, caller: str, *others: str, all_join: bool = True) -> None:
        """Place a standard call that rings at all of them.

        Args:
            caller: who calls.
            others: at whom it rings.
            all_join: all who answer join; else the first who answers takes it.
        """
        joining = ("--all",) if all_join else ()
        words = ("call", "--standard", *joining, "--headless", *others)
        self.calling.append(await self.home.begin("--profile", caller, *words))
        await self.rings_at(*others)

    async def speak(self, caller: str, *others: str) -> None:
        """Have a standard call that all these hear."""
        await self.call(caller, *others)
        await self.answer(*others)
        await self.all_hear(caller, *others)

    async def rings_at(self, *names: str) -> None:
        for name in names:
            await self[name].until(
                lambda one: any(call.ringing_here for call in one.snapshot.calls)
            )

    async def answer(self, *names: str) -> None:
        for name in names:
            await self[name].order(Answer())

    async def all_hear(self, *names: str) -> None:
        """Wait until these hear each other, and nobody else hears anybody."""
        wanted = {one: " ".join(other for other in names if other != one) for one in names}
        await who_hears_whom(self.home, **wanted)

    async def is_over_for(self, *names: str) -> None:
        for name in names:
            await self[name].until(lambda one: all(call.ended for call in one.snapshot.calls))

    async def rest(self) -> None:
        """End all calls, so that the next test finds people without one."""
        for name, person in self.people.items():
            for call in unfinished(person):
                await self.home.command("--profile", name, "hangup", call)
        await self.is_over_for(*self.people)
        while self.calling:
            await said_by(self.calling.pop())


@asynccontextmanager
async def company_of(directory: Path, first: str, *others: str) -> AsyncIterator[Company]:
    """Have a company of these, whose files are in an empty directory; the first administers."""
    tones, home_directory = directory / "sound", directory / "home"
    for made in (tones, home_directory):
        made.mkdir()
    say_tones(tones)
    async with Home(home_directory) as home:
        people = {first: await speaker(home, first, tones)}
        come = await asyncio.gather(*(speaker(home, name, tones) for name in others))
        yield Company(home, tones, people | dict(zip(others, come, strict=True)))


def rings(person: Person) -> bool:
    return any(call.ringing_here for call in person.snapshot.calls)


def unfinished(person: Person) -> Iterable[str]:
    return [call.id for call in person.snapshot.calls if not call.ended]
