"""What processes take on Linux: processor time, wakes and memory (proc(5))."""

import contextlib
import multiprocessing
import os
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import ParamSpec, TypeVar

from tui_call.control import platform

_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")
_LOOK_SECONDS = 0.02
_TICKS = os.sysconf("SC_CLK_TCK")
_UTIME, _STIME = 11, 12  # proc_pid_stat(5), counted after the name in brackets


@dataclass(frozen=True, slots=True)
class ThreadUsage:
    """One thread: percent of a core, and how often a second it had waited for something."""

    name: str
    cpu: float
    wakes: float

    def __str__(self) -> str:
        return f"  {self.name:<24}{self.cpu:6.2f} %{self.wakes:8.0f} wakes/s"


@dataclass(frozen=True, slots=True)
class Usage:
    """What the threads of a process took from some moment on.

    Attributes:
        threads: those that did something, the dearest first.
    """

    threads: tuple[ThreadUsage, ...]

    @property
    def cpu(self) -> float:
        """Percent of a core, all threads together."""
        return sum(thread.cpu for thread in self.threads)

    @property
    def wakes(self) -> float:
        """How often a second any of them woke."""
        return sum(thread.wakes for thread in self.threads)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a process had taken at a moment: by thread, ticks of processor time and wakes."""

    threads: dict[str, tuple[int, int]]
    at: float = field(default_factory=time.monotonic)

    def since(self, before: "Reading") -> Usage:
        """Return what was taken since another reading."""
        lasted = self.at - before.at
        threads: list[ThreadUsage] = []
        for name, (ticks, wakes) in self.threads.items():
            ticks_before, wakes_before = before.threads.get(name, (0, 0))
            cpu = 100 * (ticks - ticks_before) / _TICKS / lasted
            threads.append(ThreadUsage(name, cpu, (wakes - wakes_before) / lasted))
        threads.sort(key=lambda thread: -thread.cpu)
        return Usage(tuple(thread for thread in threads if thread.cpu or thread.wakes))


def reading(pid: int) -> Reading:
    """Return what a process has taken by now."""
    found: dict[str, tuple[int, int]] = {}
    for task in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(OSError):  # it may end meanwhile
            name, _, rest = (task / "stat").read_text().partition(" (")[2].rpartition(") ")
            fields = rest.split()
            shown = "event loop" if int(task.name) == pid else f"{name} {task.name}"
            wakes = _number(task / "status", "voluntary_ctxt_switches")
            found[shown] = int(fields[_UTIME]) + int(fields[_STIME]), wakes
    return Reading(found)


def processor_seconds(pid: int) -> float:
    """Return the processor time that a process has taken, by the scheduler's nanoseconds."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


def memory_mb(pid: int) -> float:
    """Return the memory of a process: its own, and its part of what it shares (PSS)."""
    return _number(Path(f"/proc/{pid}/smaps_rollup"), "Pss") / 1024


def is_real_time(pid: int = 0) -> bool:
    """Tell whether a process, by default this one, goes before all ordinary ones.

    `chrt -f 10 python -m bench…` measures so on a computer that others use as on a quiet one.
    """
    return os.sched_getscheduler(pid) in (os.SCHED_FIFO, os.SCHED_RR)


def share_real_time(pid: int) -> None:
    """Let a process be real-time again where this one is, once it has given way; behind others."""
    if not is_real_time():
        return
    while is_real_time(pid):
        time.sleep(_LOOK_SECONDS)
    make_real_time(pid, 1)


def make_real_time(pid: int, priority: int) -> None:
    """Let a process go before all ordinary ones, and behind those of a higher priority."""
    for task in Path(f"/proc/{pid}/task").iterdir():
        os.sched_setscheduler(int(task.name), os.SCHED_FIFO, os.sched_param(priority))


def as_sound_goes(
    work: Callable[_Arguments, _Result], *arguments: _Arguments.args, **named: _Arguments.kwargs
) -> _Result:
    """Return what comes of some work in a process that goes before others, as sound in engines."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, context, platform.raise_thread_priority) as pool:
        return pool.submit(work, *arguments, **named).result()


def _number(file: Path, name: str) -> int:
    return int(file.read_text().partition(f"\n{name}:")[2].split()[0])
