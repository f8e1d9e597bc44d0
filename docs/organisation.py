"""An organisation in pictures: Ada administers it, and Grace sees what she may.

A service that is begun as README says, two people with engines of their own, and a grant.
"""

import asyncio
import os
import re
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from actors import WITHIN, Person, person

_PROGRAM = (sys.executable, "-m", "tui_call")
_LINK = re.compile(r"tui-call://[^'\s]+")
_PEOPLE = """\
name,address,groups
Grace Hopper,grace,finance;staff
Alan Turing,alan,staff
Katherine Johnson,katherine,finance;staff
Radia Perlman,radia,finance;staff
Shafi Goldwasser,shafi,legal
"""
_POLICIES = (
    ("policy", "new", "finance-e2ee", "--e2ee-calls", "user_choice"),
    ("policy", "new", "no-e2ee", "--e2ee-calls", "disabled"),
    ("policy", "grant", "no-e2ee", "--group", "staff"),
    ("policy", "grant", "no-e2ee", "--user", "shafi@acme"),
)


class _Turns:
    """What one waits for of the other: E2EE calls are off, were granted, and were seen to be on."""

    def __init__(self) -> None:
        self.off, self.granted, self.seen = asyncio.Event(), asyncio.Event(), asyncio.Event()


async def organisation(size: tuple[int, int]) -> None:
    """Begin an organisation, let both come, and allow E2EE calls to Grace's group."""
    async with _service() as link:
        await _join("ada", link, "Ada Lovelace")
        people = Path(os.environ["TUI_CALL_HOME"]) / "people.csv"
        people.write_text(_PEOPLE, encoding="utf-8")
        await _command("ada", "admin", "user", "import", str(people))
        for words in _POLICIES:
            await _command("ada", "admin", *words)
        invite = _LINK.search(await _command("ada", "admin", "user", "invite", "grace@acme"))
        assert invite is not None
        await _join("grace", invite[0], "Grace Hopper")
        turns = _Turns()
        async with asyncio.TaskGroup() as both:
            both.create_task(_be_grace(size, turns))
            both.create_task(_be_ada(size, turns))


async def _be_ada(size: tuple[int, int], turns: _Turns) -> None:
    async with person("ada", size) as ada:
        await turns.off.wait()
        await ada.press("4")
        await ada.reads("finance-e2ee")
        await ada.picture("admin", "Admin: the policies of the organisation")
        await _grant(ada)
        await ada.picture("admin-draft", "Admin: a grant in the draft, and whom it concerns")
        await ada.press("ctrl+y")
        await ada.reads("Publish")
        await ada.reads("would grant")
        await ada.picture("admin-publish", "Admin: the difference, before it is published")
        await ada.press("y")
        await ada.reads("Published as change")
        turns.granted.set()
        await turns.seen.wait()


async def _grant(ada: Person) -> None:
    await ada.press("down", "enter")
    await ada.reads("require_compared")
    await ada.press("plus", "enter")
    await ada.type("finance")
    await ada.press("enter")
    await ada.type("1")
    await ada.press("enter")
    await ada.reads("3 people: ")


async def _be_grace(size: tuple[int, int], turns: _Turns) -> None:
    async with person("grace", size) as grace:
        await grace.waits(lambda at: at.service.state == "online" and bool(at.people))
        await grace.waits(lambda at: at.encryption.policy == "no-e2ee")
        await grace.picture("policy-off", "Grace's screen: a policy rules E2EE calls out")
        turns.off.set()
        await turns.granted.wait()
        await grace.waits(lambda at: at.encryption.policy == "finance-e2ee")
        await grace.picture("policy-on", "Grace's screen: E2EE calls were allowed for her")
        turns.seen.set()


@asynccontextmanager
async def _service() -> AsyncIterator[str]:
    """Begin an organisation, and give the link of its first administrator."""
    words = ("--init", "--organisation", "acme", "--name", "Acme", "--admin", "Ada Lovelace",
             "--public-address", "127.0.0.1")  # fmt: skip
    process = await asyncio.create_subprocess_exec(*_PROGRAM, "serve", *words, stdout=PIPE)
    try:
        yield await asyncio.wait_for(_first_link(process), WITHIN)
    finally:
        process.terminate()
        await process.wait()


async def _first_link(process: Process) -> str:
    assert process.stdout is not None
    async for line in process.stdout:
        if found := _LINK.search(line.decode()):
            return found[0]
    raise AssertionError


async def _join(profile: str, link: str, name: str) -> None:
    await _command(profile, "join", link, "--name", name, "--protection", "plain")


async def _command(profile: str, *words: str) -> str:
    """Type a command; return what it prints."""
    process = await asyncio.create_subprocess_exec(
        *_PROGRAM, "--profile", profile, *words, stdout=PIPE
    )
    said, _ = await process.communicate()
    assert process.returncode == 0, words
    return said.decode()
