"""docs/administration.md: its commands, typed in their order, do and say what the page shows."""

import asyncio
import contextlib
import re
import shlex
import shutil
import signal
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.engines import Home, said_by
from tui_call.control.client import EngineUnreachable, wait_until

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "administration.md"
SOON = 30.0
PUBLIC, HERE = "calls.acme.example", "127.0.0.1"
OF_THE_SYSTEM = ("python3", "ln", "useradd", "mkdir", "printf", "cp", "/opt/tui-call/bin/pip")


@dataclass(frozen=True, slots=True)
class Step:
    """A command of the page: who types it, and what the page shows of what it says."""

    person: str
    root: bool
    words: list[str]
    shown: list[str]


def steps() -> Iterator[Step]:
    text = PAGE.read_text(encoding="utf-8").replace(PUBLIC, HERE)
    for block in re.findall(r"^```\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        step = None
        for line in block.splitlines():
            typed = re.match(r"(\w+)([$#]) (.*)", line)
            if typed is None:
                assert step is not None, line
                step.shown.append(line)
                continue
            if step is not None:
                yield step
            step = Step(typed[1], typed[2] == "#", shlex.split(typed[3]), [])
        if step is not None:
            yield step


@dataclass
class Reader:
    """Somebody who types what the page says.

    Attributes:
        numbers: of changes here, by the numbers on the page.
        links: by whom each is for; "" for whoever is told next.
    """

    home: Home
    directory: Path
    service: asyncio.subprocess.Process | None = None
    numbers: dict[str, str] = field(default_factory=dict)
    link: str = ""

    async def type(self, step: Step) -> None:
        match step.words:
            case ["systemctl", "stop", *_]:
                await self.stop()
            case ["systemctl", "start" | "enable", *_]:
                await self.serve("serve")
            case ["tui-call", "serve", "--init", *_]:
                self.take(step, "\n".join(await self.serve(*step.words[1:])) + "\n")
            case ["cat", name]:
                (self.directory / name).write_text("\n".join(step.shown) + "\n")
            case ["tui-call", *words]:
                await self.command(step, words)
            case [program, *_]:
                assert step.root, step
                assert program in OF_THE_SYSTEM, step

    async def command(self, step: Step, words: list[str]) -> None:
        if step.person != "server":
            words = ["--profile", step.person, *words]
        if "join" in words:
            assert words[-1].startswith(f"tui-call://{HERE}:")
            words[-1:] = [self.link_of(step.person), "--name", step.person, "--protection", "plain"]
        if words[-3:-1] == ["revert", words[-2]]:
            words[-2] = self.numbers[words[-2]]
        said = await self.home.command(*words)
        assert said.status == 0, (step, said)
        self.take(step, said.errors + said.output)

    def take(self, step: Step, output: str) -> None:
        """Compare, and remember links and numbers."""
        shown = re.compile("".join(pattern_of(line) for line in step.shown))
        found = shown.fullmatch(output)
        assert found, f"{' '.join(step.words)} says:\n{output}"
        told = re.findall(r"change (\d+):", "\n".join(step.shown))
        self.numbers |= zip(told, re.findall(r"change (\d+):", output), strict=False)
        self.link = next(iter(re.findall(r"'(tui-call://[^']+)'", output)), self.link)

    def link_of(self, person: str) -> str:
        """Return the link of a list that was written, else the one that was printed last."""
        links = self.directory / "links.csv"
        listed = re.findall(rf"{person}@acme,([^,]+),", links.read_text()) if links.exists() else []
        return listed[0] if listed else self.link

    async def serve(self, *words: str) -> list[str]:
        """Start the service and return its two lines; whoever is known is connected then."""
        self.service = await self.home.begin(*words)
        assert self.service.stdout is not None
        async with asyncio.timeout(SOON):
            lines = [(await self.service.stdout.readline()).decode().rstrip() for _ in range(2)]
        for person in ("admin", "clerk"):
            with contextlib.suppress(EngineUnreachable):
                client = await self.home.attach(person)
                await wait_until(client, lambda at: at.snapshot.service.state == "online", SOON)
        return lines

    async def stop(self) -> None:
        assert self.service is not None
        self.service.send_signal(signal.SIGTERM)
        assert (await said_by(self.service)).status == 0
        self.service = None


def pattern_of(line: str) -> str:
    """Return what a line of the page stands for: "…" for anything, times and ports for others."""
    if line == "…":
        return r"(?:.+\n)*?"
    pattern = re.escape(line).replace("…", ".*")
    for variable in (r"\d{4}\\-\d\d\\-\d\d\\ \d\d:\d\d", r"(?<=change\\ )\d+(?=:)", "25111"):
        pattern = re.sub(variable, lambda _: r"[\d :-]+", pattern)
    return pattern + r"\n"


async def test_what_the_page_says_is_what_happens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(ROOT / "config" / "policies.toml", tmp_path)
    monkeypatch.chdir(tmp_path)
    async with Home(tmp_path / "home") as home:
        reader = Reader(home, tmp_path)
        for step in steps():
            await reader.type(step)
        await reader.stop()
    assert reader.numbers
