"""The processes of `bench.service`: the service, one that only accepts, and clients of both."""

import contextlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tui_call.signaling.service_file import SERVICE_FILE

PROCESSES = 2
"""Of clients."""
_START_WITHIN = 60.0


class Crowd:
    """A process of clients."""

    def __init__(self, directory: Path, seconds: int, people: int) -> None:
        arguments = [str(directory), str(seconds), str(people)]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.service_load", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def begin(self, do: str, **arguments: Any) -> None:
        """Give an order."""
        assert self._process.stdin
        self._process.stdin.write(json.dumps({"do": do, **arguments}) + "\n")
        self._process.stdin.flush()

    def answer(self) -> Any:
        """Wait for what came of it."""
        assert self._process.stdout
        return json.loads(self._process.stdout.readline())

    def do(self, do: str, **arguments: Any) -> Any:
        """Give an order and wait."""
        self.begin(do, **arguments)
        return self.answer()

    def end(self) -> None:
        """Let all go."""
        self._process.terminate()
        self._process.communicate()


class Measured:
    """A service process, or one that only accepts."""

    def __init__(self, directory: Path, people: int) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.service_process", str(directory), str(people)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.pid = self._process.pid

    def line(self) -> str:
        """Return the next line that it prints."""
        assert self._process.stdout
        return self._process.stdout.readline()

    def longest_turn(self) -> float:
        """Return milliseconds, since this was asked before."""
        assert self._process.stdin
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return float(self.line())

    def processor(self) -> float:
        """Return the seconds of a core that all its threads took (proc(5), schedstat)."""
        tasks = Path(f"/proc/{self.pid}/task").iterdir()
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9

    def end(self) -> None:
        """End it by its standard input."""
        self._process.communicate()


@dataclass(frozen=True, slots=True)
class Scene:
    """What is measured: a service, a process that only accepts, and clients of both."""

    service: Measured
    bare: Measured
    bare_port: int
    crowds: list[Crowd]
    clients: int

    def numbers(self, upto: int = 0) -> list[list[int]]:
        """Return the clients of each process, of all or of the first."""
        count = upto or self.clients
        return [list(range(first, count, PROCESSES)) for first in range(PROCESSES)]

    def all_do(self, do: str, upto: int = 0, **arguments: Any) -> list[Any]:
        """Let all processes do something with their clients."""
        for crowd, numbers in zip(self.crowds, self.numbers(upto), strict=True):
            crowd.begin(do, numbers=numbers, **arguments)
        return [crowd.answer() for crowd in self.crowds]

    def heard(self) -> tuple[dict[str, int], float]:
        """Return what all clients were told, and when the latest of it was."""
        answers = [crowd.do("news") for crowd in self.crowds]
        kinds = {kind for answer in answers for kind in answer["news"]}
        total = {kind: sum(a["news"].get(kind, 0) for a in answers) for kind in kinds}
        return total, max(answer["latest"] for answer in answers)

    def forget(self) -> None:
        """Count what is told from now on."""
        for crowd in self.crowds:
            crowd.do("forget")


@contextlib.contextmanager
def scene(clients: int, seconds: int) -> Generator[Scene]:
    """Run all processes; they end after so many seconds at the latest."""
    with (
        tempfile.TemporaryDirectory(prefix="tui-call-bench-") as name,
        contextlib.ExitStack() as on,
    ):
        directory = Path(name) / "state"
        service = Measured(directory, clients)
        on.callback(service.end)
        service.line()
        _wait_for(directory)
        bare = Measured(directory, 0)
        on.callback(bare.end)
        port = int(bare.line())
        crowds = [Crowd(directory, seconds, clients) for _ in range(PROCESSES)]
        for crowd in crowds:
            on.callback(crowd.end)
        yield Scene(service, bare, port, crowds, clients)


def _wait_for(directory: Path) -> None:
    deadline = time.monotonic() + _START_WITHIN
    while not (directory / SERVICE_FILE).exists():
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.1)
