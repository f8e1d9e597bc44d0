"""Sees that the host slows this computer down, which no counter of the system tells.

A process of its own does the same little work 200 times a second and looks at the processor time
that it took. Where a neighbour of a virtual machine uses the same core, it takes a multiple of it,
for 10 to 80 ms at a time (measured): no sound device is fed in time then.
"""

import select
import statistics
import subprocess
import sys
import time
from types import TracebackType
from typing import Self

MOST_SLOW = 0.003
"""Share of the time; an episode in five seconds is more."""

_SLOW = 4  # times the median
_EVERY_SECONDS = 0.005


class Witness:
    """A context manager; afterwards `slow` is the share of the time in which all was slow."""

    def __init__(self) -> None:
        self.slow = 0.0

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "tests.support.witness"]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        seen, _ = self._process.communicate()
        self.slow = float(seen)


def share(took: list[float]) -> float:
    """Return the share of durations that are long beside the others."""
    usual = statistics.median(took)
    return sum(one > _SLOW * usual for one in took) / len(took)


def watch() -> list[float]:
    """Return what the work took each time, until standard input ends."""
    took: list[float] = []
    while not select.select([sys.stdin], [], [], _EVERY_SECONDS)[0]:
        began = time.thread_time()
        sum(range(2_000))
        took.append(time.thread_time() - began)
    return took or [0.0]


if __name__ == "__main__":
    print(share(watch()))
