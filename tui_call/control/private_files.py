"""Files that only this user can read."""

import os
from io import FileIO
from pathlib import Path


def write_private(path: Path, content: bytes) -> None:
    """Write a file so that others see all of it or nothing, with mode 0600.

    Raises:
        OSError: it cannot be written; what there was is as before, and nothing is beside it.
    """
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.new")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def create_private(path: Path) -> FileIO:
    """Create a file with mode 0600, to be written without a buffer.

    Raises:
        FileExistsError: there is one of this name.
        OSError: it cannot be created.
    """
    return FileIO(path, "x", opener=_private_opener)


def _private_opener(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
