"""Small files of the state directory that only this user can read."""

import contextlib
import os
from pathlib import Path

from tui_call.service.faults import StateUnusable


def write_private(path: Path, content: bytes) -> None:
    """Write a file so that others see all of it or nothing, with mode 0600.

    Raises:
        StateUnusable: it cannot be written.
    """
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        with contextlib.suppress(FileNotFoundError):
            unfinished.unlink()
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except OSError as error:
        raise StateUnusable(f"{path} cannot be written: {error.strerror}.") from error
