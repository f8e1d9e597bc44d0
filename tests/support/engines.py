"""A user's computer for tests: engines, a personal service and commands as real processes.

Everything keeps its files below one directory; what is spoken is the built-in signal unless a file
is named. Leaving the home ends the processes that were started with that directory, and no other.
"""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from filelock import AsyncFileLock, Timeout

from tests.support.logs import ends_of_logs
from tests.support.processes import mind_interrupts, processes_with, variables
from tests.support.sealing_spy import WATCHED_PROCESS, expect_no_nonce_twice
from tui_call.calls.admission_limits import MINUTE, MOST_A_MINUTE_OF_ONE
from tui_call.config.paths import ProfilePaths
from tui_call.control import launch
from tui_call.control.actions import Action, Answer, Call, DismissCall, HangUp, SetUp
from tui_call.control.client import CommandRefused, EngineClient
from tui_call.control.door import Door
from tui_call.control.lines import Result, Statistics
from tui_call.control.views import CallView, SentenceView, Snapshot
from tui_call.engine.main import LOG_FILE
from tui_call.service.sole_use import LOCK_FILE as SERVICE_LOCK
from tui_call.signaling.service_file import read_running_service

DEADLINE = 40.0
"""For everything that has to happen: far more than it takes, even on a busy computer."""

ENVIRONMENT = {
    "TUI_CALL_AUDIO__PORT": "files",
    "TUI_CALL_SERVICE__LISTEN": "127.0.0.1",
    "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
}


class Person:
    """A person with an engine and one attached client.

    Attributes:
        paths: of the profile.
        process: the engine, as this test started it.
        client: attached as "cli".
    """

    def __init__(self, paths: ProfilePaths, environment: dict[str, str]) -> None:
        self.paths = paths
        self.client: EngineClient
        self.process: subprocess.Popen[bytes]
        self._environment = environment
        self._invites: list[tuple[float, str]] = []

    @property
    def snapshot(self) -> Snapshot:
        return self.client.snapshot

    @property
    def account(self) -> str:
        return self.snapshot.me.account

    @property
    def call(self) -> CallView:
        """The call on the screen; there is one."""
        assert self.snapshot.front is not None
        return self.snapshot.front

    @property
    def code(self) -> str:
        """The digits that the person looks at."""
        assert self.call.member.code is not None
        return self.call.member.code.digits

    @property
    def phase(self) -> str:
        """Of the call, "" without one."""
        return self.snapshot.front.phase if self.snapshot.front else ""

    @property
    def statistics(self) -> Statistics:
        """The figures as they came last, empty before."""
        return self.client.statistics or Statistics()

    @property
    def events(self) -> list[str]:
        """Codes of the events of the call."""
        return [event.sentence.code for event in self.call.events]

    @property
    def notices(self) -> list[str]:
        return [notice.sentence.code for notice in self.snapshot.notices]

    @property
    def shield(self) -> str:
        return self.call.shield.code

    @property
    def log(self) -> str:
        """What the engine wrote, to its log and to standard error."""
        folder = self.paths.state_directory
        files = (folder / LOG_FILE, folder / "engine.err")
        return "".join(file.read_text() for file in files if file.exists())

    @property
    def standing(self) -> str:
        """Where this person stands: the calls in short, the one on the screen, and all logs."""
        calls = [
            (one.kind, one.phase, one.own_kept, [event.sentence.code for event in one.events])
            for one in self.snapshot.calls
        ]
        logs = ends_of_logs(self.paths.state_directory, self.paths.service_state_directory)
        return f"calls {calls}, notices {self.notices}\n{self.snapshot.front}\n{logs}"

    def expect_invite(self, caller: str) -> None:
        """Count an invite of an account, of which the engine answers a few a minute and no more."""
        since = time.monotonic() - MINUTE
        self._invites = [(at, whose) for at, whose in self._invites if at > since]
        self._invites.append((time.monotonic(), caller))
        number = [whose for _, whose in self._invites].count(caller)
        assert number <= MOST_A_MINUTE_OF_ONE, f"invite {number} of {caller} within a minute"

    async def start(self, *arguments: str) -> None:
        self._invites = []
        self.process = launch.start_engine(self.paths.profile, arguments, self._environment)
        await self.attach()

    async def attach(self) -> None:
        """Attach to the engine, which may have cut another client off."""
        self.client = await launch.attach_to(self.paths.profile, self.process, "cli")

    async def order(self, action: Action) -> Result:
        async with asyncio.timeout(DEADLINE):
            return await self.client.command(action)

    async def refused(self, action: Action) -> SentenceView:
        """Give an order that the engine does not carry out, and return what it says instead."""
        try:
            await self.order(action)
        except CommandRefused as refusal:
            return refusal.sentence or SentenceView("", refusal.code, refusal.detail)
        raise AssertionError(f"{action} was carried out")

    async def until(self, condition: Callable[["Person"], object]) -> None:
        """Wait until a condition of this person holds."""
        try:
            async with asyncio.timeout(DEADLINE):
                while not condition(self):
                    await self.client.wait_for_change()
        except TimeoutError as error:
            raise AssertionError(f"in vain; {self.standing}") from error

    async def set_up(self, name: str, *, e2ee: bool = True, invite: str = "") -> None:
        await self.order(SetUp(name, e2ee=e2ee, invite=invite, protection="plain"))
        await self.until(online)

    async def hears_more(self, frames: int = 25) -> None:
        """Wait until so many more authentic frames arrived."""
        before = self.statistics.frames_received
        await self.until(lambda one: one.statistics.frames_received >= before + frames)

    async def stop(self) -> None:
        """End the engine in good order, by its signal."""
        await self.client.close()
        self.process.terminate()
        await asyncio.to_thread(self.process.wait, DEADLINE)

    async def kill(self) -> None:
        """End the engine without a word."""
        self.process.kill()
        await asyncio.to_thread(self.process.wait, DEADLINE)
        await self.client.close()


@dataclass(frozen=True, slots=True)
class Said:
    """What a command printed, and how it ended."""

    status: int
    output: str
    errors: str

    @property
    def json(self) -> Any:
        return json.loads(self.output)


class Home:
    """A directory for the files of one user; `async with Home(directory) as home: …`.

    Every process here is watched: leaving fails where one used a nonce again.

    Within `paths_here` this process finds its paths below that directory, too; so it is in the
    body of the `async with`, unless another home was opened in it.
    """

    def __init__(self, directory: Path, **environment: str) -> None:
        self.directory = directory
        self.environment = {
            **ENVIRONMENT,
            **WATCHED_PROCESS,
            "TUI_CALL_HOME": str(directory),
            **environment,
        }
        self._people: list[Person] = []
        self._attached: list[EngineClient] = []
        self._here: contextlib.ExitStack = contextlib.ExitStack()

    async def __aenter__(self) -> Self:
        self._here.enter_context(self.paths_here())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            for client in (*self._attached, *(person.client for person in self._people)):
                await client.close()
            await self._end_processes()
            for person in self._people:
                Door.of(person.paths).clear()
            expect_no_nonce_twice(self.directory)
        finally:
            self._here.close()

    def paths_here(self) -> AbstractContextManager[None]:
        """Let this process, too, find its paths below the directory."""
        return variables({"TUI_CALL_HOME": str(self.directory)})

    @property
    def service_directory(self) -> Path:
        return ProfilePaths().service_state_directory

    @property
    def processes(self) -> dict[int, list[str]]:
        """Number and command line of each process that was started with this directory."""
        return dict(processes_with(f"TUI_CALL_HOME={self.directory}"))

    def numbers(self, *words: str) -> list[int]:
        """Return the numbers of the processes with these words in their command line."""
        return [
            number for number, line in self.processes.items() if all(word in line for word in words)
        ]

    async def engine(self, profile: str, *arguments: str, **environment: str) -> Person:
        """Start a profile's engine and attach to it; it may be new or not."""
        person = Person(ProfilePaths(profile), {**self.environment, **environment})
        self._people.append(person)
        await person.start(*arguments)
        return person

    async def person(self, profile: str, **environment: str) -> Person:
        """Return somebody who is set up with this name and can be called."""
        person = await self.engine(profile, **environment)
        await person.set_up(profile.title())
        return person

    async def attach(self, profile: str) -> EngineClient:
        """Return one more client of an engine that runs."""
        client = await launch.connect(profile, "cli")
        self._attached.append(client)
        return client

    async def begin(self, *arguments: str) -> asyncio.subprocess.Process:
        """Begin to run `tui-call` as from another terminal."""
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tui_call", *arguments,
            env={**os.environ, **self.environment},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            preexec_fn=mind_interrupts,
        )  # fmt: skip

    async def command(self, *arguments: str) -> Said:
        """Run `tui-call` as from another terminal to its end."""
        return await said_by(await self.begin(*arguments))

    @asynccontextmanager
    async def without_service(self) -> AsyncIterator[None]:
        """Kill the personal service, and let none start until the end of the block."""
        assert read_running_service(self.service_directory).process in self.processes
        lock = AsyncFileLock(self.service_directory / SERVICE_LOCK, timeout=1)
        async with asyncio.timeout(DEADLINE):
            while not lock.is_locked:
                self._tell(signal.SIGKILL, self.numbers("serve"))  # one may just be starting
                with contextlib.suppress(Timeout):
                    await lock.acquire()
        try:
            yield
        finally:
            await lock.release()

    @staticmethod
    def _tell(sign: signal.Signals, numbers: Iterable[int]) -> None:
        for number in numbers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, sign)

    async def _end_processes(self) -> None:
        told: set[int] = set()

        def ended() -> bool:
            left = set(self.processes)
            self._tell(signal.SIGTERM, left - told)  # one that ends may have started another
            told.update(left)
            return not left

        with contextlib.suppress(AssertionError):
            await until(ended, DEADLINE / 4)
        self._tell(signal.SIGKILL, self.processes)
        for person in self._people:
            await asyncio.to_thread(person.process.wait, DEADLINE)


@dataclass(frozen=True, slots=True)
class Street:
    """Three people of one personal service, which Ada administers.

    They are three because a device answers six invites a minute of one account, and no more.
    """

    home: Home
    ada: Person
    ben: Person
    cleo: Person

    async def rest(self) -> None:
        """End what a test has left, so that the next one finds them without a call."""
        for person in (self.ada, self.ben, self.cleo):
            if person.phase not in ("", "ended"):
                with contextlib.suppress(CommandRefused):  # it ended just now
                    await person.order(HangUp())
            await person.until(lambda one: one.phase in ("", "ended"))
            await person.order(DismissCall())
            await person.until(lambda one: one.phase == "")


async def until(condition: Callable[[], object], seconds: float = DEADLINE) -> None:
    """Wait for something that nobody tells."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not condition():
        assert asyncio.get_running_loop().time() < deadline, "in vain"
        await asyncio.sleep(0.02)


async def said_by(command: asyncio.subprocess.Process) -> Said:
    """Wait for the end of a command."""
    async with asyncio.timeout(2 * DEADLINE):
        output, errors = await command.communicate()
    assert command.returncode is not None
    return Said(command.returncode, output.decode(), errors.decode())


@asynccontextmanager
async def a_call(caller: Person, callee: Person) -> AsyncIterator[None]:
    """Have a call that both hear; hung up at the end unless it is over."""
    await place(caller, callee)
    await callee.order(Answer())
    for person in (caller, callee):
        await person.until(lambda one: one.phase == "active")
    try:
        yield
    finally:
        if caller.phase == "active":
            await hang_up(caller, callee)


async def place(caller: Person, callee: Person) -> None:
    """Call by address until it rings there."""
    callee.expect_invite(caller.account)
    await caller.order(Call(callee.account))
    await callee.until(lambda one: one.phase == "ringing" and one.call.ringing_here)


async def hang_up(person: Person, other: Person) -> None:
    await person.order(HangUp())
    for one in (person, other):
        await one.until(lambda at: at.phase in ("", "ended"))


def online(person: Person) -> bool:
    """Tell whether the engine has a service, knows what is allowed and who is there."""
    state = person.snapshot
    known = state.encryption.status.code != "OFF_POLICY_UNKNOWN"
    return state.service.state == "online" and known
