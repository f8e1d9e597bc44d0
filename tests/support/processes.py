"""Processes that tests start: what they are given, and how those that are left are found."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def mind_interrupts() -> None:
    """Undo that a test run in the background ignores ctrl+c, as it is in a terminal."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@contextmanager
def variables(values: dict[str, str]) -> Iterator[None]:
    """Set variables of the environment for a while."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def processes_with(variable: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the processes, with their words, that have "NAME=VALUE" in their environment."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            if variable.encode() in (entry / "environ").read_bytes().split(b"\0"):
                yield int(entry.name), (entry / "cmdline").read_text().split("\0")
        except OSError:
            continue  # ended just now, or somebody else's
