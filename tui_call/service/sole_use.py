"""One process a state directory: a service, or what works on its files while none runs."""

import contextlib
from collections.abc import Generator
from pathlib import Path

from filelock import FileLock, Timeout

from tui_call.control import platform
from tui_call.service.faults import ServiceAlreadyRunning, StateUnusable

LOCK_FILE = "service.lock"


@contextlib.contextmanager
def sole_use(directory: Path) -> Generator[None]:
    """Have a state directory, made if it is not there, to oneself.

    Raises:
        ServiceAlreadyRunning: another process has it.
        StateUnusable: it cannot be made or written.
    """
    platform.make_private_directory(directory)
    lock = FileLock(directory / LOCK_FILE, timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise ServiceAlreadyRunning(path=directory) from error
    except OSError as error:
        raise StateUnusable(path=directory, reason=error.strerror) from error
    try:
        yield
    finally:
        lock.release()
