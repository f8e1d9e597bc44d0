"""Small files of the state directory that only this user can read."""

from pathlib import Path

from tui_call.control import private_files
from tui_call.service.faults import StateUnusable


def write_private(path: Path, content: bytes) -> None:
    """Write a file so that others see all of it or nothing, with mode 0600.

    Raises:
        StateUnusable: it cannot be written.
    """
    try:
        private_files.write_private(path, content)
    except OSError as error:
        raise StateUnusable("not written", path=path, reason=error.strerror) from error
