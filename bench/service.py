"""`python -m bench.service`: what one service process carries, with clients of other processes.

The clients do what an engine does after its login. All figures are of the service process: its
memory (PSS), its processor time, and the turns of its loop; and what its clients see of it. Bars
are for a core of about 2 GHz, with the clients on another one.
"""

import argparse
import contextlib
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.processes import memory_mb
from bench.service_process import user
from bench.table import Row, heading
from tui_call.signaling.service_file import SERVICE_FILE

CLIENTS = 1000
PROCESSES = 2
AT_ONCE = 32
"""Logins under way at a time in each process, but for those who come back all at once."""
SAMPLE = 400
RUNS = 3
POLICY_RUNS = 5
SEARCHES = 200
MESSAGES_A_SECOND, ROUTING_SECONDS = 2000, 10.0
START_WITHIN = 60.0
_SETTLING_SECONDS = 5.0


class Crowd:
    """A process of clients."""

    def __init__(self, directory: Path, seconds: int) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.service_load", str(directory), str(seconds)],
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
        self._process.wait()


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
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait()


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
        crowds = [Crowd(directory, seconds) for _ in range(PROCESSES)]
        for crowd in crowds:
            on.callback(crowd.end)
        yield Scene(service, bare, port, crowds, clients)


def _wait_for(directory: Path) -> None:
    deadline = time.monotonic() + START_WITHIN
    while not (directory / SERVICE_FILE).exists():
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.1)


def login_cost(at: Scene) -> float:
    """Return what a login takes beside a bare TLS accept, the median of some runs."""
    ratios: list[float] = []
    sample = min(SAMPLE, at.clients)
    for _ in range(RUNS):
        each: list[float] = []
        for process, port in ((at.bare, at.bare_port), (at.service, 0)):
            before = process.processor()
            came = at.all_do("connect", sample, at_once=AT_ONCE, settle=False, port=port)
            _expect_all(came, sample)
            each.append((process.processor() - before) / sample)
            at.all_do("leave", sample)
            time.sleep(1)
        say(f"login {each[1] * 1000:.2f} ms, bare TLS {each[0] * 1000:.2f} ms")
        ratios.append(each[1] / each[0])
    return statistics.median(ratios)


def memory_of_client(at: Scene) -> float:
    """Connect all clients, and return the kilobytes that each takes."""
    time.sleep(_SETTLING_SECONDS)
    before = memory_mb(at.service.pid)
    began = time.monotonic()
    processor = at.service.processor()
    _expect_all(at.all_do("connect", at_once=AT_ONCE, settle=True), at.clients)
    took = (at.service.processor() - processor) / at.clients
    say(f"all in after {time.monotonic() - began:.0f} s; with what they ask {took * 1000:.2f} ms")
    time.sleep(_SETTLING_SECONDS)
    return (memory_mb(at.service.pid) - before) * 1024 / at.clients


def back_at_once(at: Scene, clients: int) -> float:
    """Let clients of one address go and come back at once; return how many get in."""
    at.all_do("leave", clients)
    time.sleep(2)
    began = time.monotonic()
    came = at.all_do("connect", clients, at_once=clients, settle=False)
    say(f"{clients} back in {time.monotonic() - began:.1f} s: {came}")
    return sum(answer["in"] for answer in came)


def told_of_presence(at: Scene) -> float:
    """Return how many are told of a presence change, the most of some."""
    told: list[int] = []
    for number in (1, at.clients // 2, at.clients - 1):
        at.forget()
        at.crowds[number % PROCESSES].do("set_presence", number=number, presence="away")
        time.sleep(2)
        told.append(at.heard()[0].get("PersonChanged", 0))
    say(f"told of a presence change: {told}")
    return max(told)


def policy_at_all(at: Scene) -> float | None:
    """Return seconds until a policy is at everybody, the median of some changes."""
    took: list[float] = []
    for run in range(POLICY_RUNS):
        at.forget()
        policy = ("user_choice", "disabled")[run % 2]
        began = at.crowds[0].do("change_policy", number=0, e2ee_calls=policy)
        deadline = began + 30
        while time.monotonic() < deadline:
            news, latest = at.heard()
            if news.get("PolicyChanged", 0) >= at.clients:
                took.append(latest - began)
                break
            time.sleep(0.2)
    say(f"policy at all: {took}")
    return statistics.median(took) if len(took) == POLICY_RUNS else None


def search_p99(at: Scene) -> float:
    """Return milliseconds of a search for a name."""
    texts = [user(random.randrange(at.clients))[3:] for _ in range(SEARCHES)]
    took = sorted(at.crowds[0].do("search", number=0, texts=texts))
    say(f"search: median {statistics.median(took) * 1000:.1f} ms")
    return took[len(took) * 99 // 100] * 1000


def routing(at: Scene) -> tuple[float, float]:
    """Return the p99 of the best run in milliseconds, and the messages lost in all runs."""
    best, lost = float("inf"), 0.0
    for _ in range(RUNS):
        rate = MESSAGES_A_SECOND / PROCESSES
        before = at.service.processor()
        answers = at.all_do("route", rate=rate, seconds=ROUTING_SECONDS)
        processor = at.service.processor() - before
        p99 = max(answer["p99"] for answer in answers) * 1000
        sent = sum(answer["sent"] for answer in answers)
        lost += sent - sum(answer["arrived"] for answer in answers)
        best = min(best, p99)
        say(f"routing: p99 {p99:.1f} ms, {processor / sent * 1e6:.0f} us each")
    return best, lost


def longest_turn(at: Scene, seconds: float) -> float:
    """Return milliseconds, while clients do this and that, and some come anew."""
    at.service.longest_turn()
    ends = time.monotonic() + seconds
    number = 0
    while time.monotonic() < ends:
        number = (number + 7) % at.clients
        crowd = at.crowds[number % PROCESSES]
        crowd.do("set_presence", number=number, presence=("away", "free")[number % 2])
        few = list(range(number % PROCESSES, min(at.clients, 20), PROCESSES))
        crowd.do("leave", numbers=few)
        crowd.do("connect", numbers=few, at_once=AT_ONCE, settle=True)
        crowd.do("route", numbers=few, rate=50, seconds=1.0)
    return at.service.longest_turn()


def measure(clients: int, back: int, seconds: float) -> list[Row]:
    """Return the lines of the table."""
    with scene(clients, seconds=int(900 + seconds + clients / 10)) as at:
        login = login_cost(at)
        memory = memory_of_client(at)
        told = told_of_presence(at)
        policy = policy_at_all(at)
        searched = search_p99(at)
        p99, lost = routing(at)
        turn = longest_turn(at, seconds)
        came_back = back_at_once(at, back)
    return [
        Row(f"memory of one of {clients} clients", 64, True, " KB", memory),
        Row("login, times a bare TLS accept", 4, True, " x", login),
        Row(f"of {back} back from one address get in", back, False, "", came_back),
        Row("told of a presence change", 50, True, "", told),
        Row("policy at all of them", 2, True, " s", policy),
        Row("search, p99", 20, True, " ms", searched),
        Row(f"routing {MESSAGES_A_SECOND} messages/s, p99", 10, True, " ms", p99),
        Row("  lost", 0, True, "", lost),
        Row("longest turn of the loop", 20, True, " ms", turn),
    ]


def _expect_all(came: list[Any], clients: int) -> None:
    if sum(answer["in"] for answer in came) != clients:
        raise RuntimeError(came)


def say(what: str) -> None:
    """Tell those who wait."""
    print(what, file=sys.stderr)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.service", description=__doc__)
    parser.add_argument("--clients", type=int, default=CLIENTS)
    parser.add_argument("--back", type=int, help="of them, at once; all, 5,000 at most")
    parser.add_argument("--seconds", type=float, default=60.0, help="in which turns are watched")
    options = parser.parse_args()
    back = options.back or min(options.clients, 5000)
    print(heading(""))
    for row in measure(options.clients, back, options.seconds):
        print(row)


if __name__ == "__main__":
    main()
