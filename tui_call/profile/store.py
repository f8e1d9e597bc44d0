"""Files of one directory that only this user reads and only one process writes.

A file is replaced as a whole: written beside, flushed to the disk, renamed. A crash leaves the old
or the new content, never a part.
"""

import contextlib
import os
from pathlib import Path

from filelock import FileLock, Timeout

from tui_call.errors import LocalFault

_LOCK = "lock"
_PRIVATE_FILE = 0o600
_PRIVATE_DIRECTORY = 0o700


class ProfileInUse(LocalFault):
    """Another engine uses this profile."""


class StoreUnavailable(LocalFault):
    """The directory of the profile cannot be used."""


class Disk:
    """What a store does to files, one operation a method; tests cut the power between them."""

    def remove(self, path: Path) -> None:
        """Remove a file, if there is one."""
        path.unlink(missing_ok=True)

    def write_new(self, path: Path, content: bytes) -> None:
        """Write a new file that only this user may read; it is on the disk afterwards."""
        with open(path, "xb", opener=_open_private) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())

    def replace(self, path: Path, by: Path) -> None:
        """Put one file in the place of another, or where none was."""
        by.replace(path)

    def rename(self, path: Path, to: Path) -> None:
        """Rename a file."""
        path.rename(to)

    def flush_directory(self, directory: Path) -> None:
        """Make what was renamed last over a power cut; Windows does not open directories."""
        with contextlib.suppress(OSError):
            handle = os.open(directory, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


class ProfileStore:
    """The files of a directory, held until `close`.

    Args:
        directory: made if it is not there; on POSIX only this user may enter it afterwards.
        disk: does what is done to files.

    Raises:
        ProfileInUse: another process, or another store of this one, has it.
        StoreUnavailable: it cannot be made or written.
    """

    def __init__(self, directory: Path, disk: Disk | None = None) -> None:
        self.directory = directory
        self._disk = disk or Disk()
        self._lock = FileLock(directory / _LOCK, timeout=0, mode=_PRIVATE_FILE)
        try:
            directory.mkdir(mode=_PRIVATE_DIRECTORY, parents=True, exist_ok=True)
            directory.chmod(_PRIVATE_DIRECTORY)
            self._lock.acquire()
        except Timeout as error:
            raise ProfileInUse from error
        except OSError as error:
            raise self._unavailable(directory, error) from error

    def read(self, name: str) -> bytes | None:
        """Return the content of a file, or None if there is none.

        Raises:
            StoreUnavailable: it cannot be read.
        """
        try:
            return (self.directory / name).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._unavailable(self.directory / name, error) from error

    def write(self, name: str, content: bytes) -> None:
        """Replace a file as a whole, readable by this user only.

        Raises:
            StoreUnavailable: the disk is full or read-only; the old content is still there.
        """
        path = self.directory / name
        beside = self.directory / f".{name}.new"
        try:
            self._disk.remove(beside)
            self._disk.write_new(beside, content)
            self._disk.replace(path, by=beside)
        except OSError as error:
            raise self._unavailable(path, error) from error
        self._disk.flush_directory(self.directory)

    def set_aside(self, name: str) -> None:
        """Rename a file that is in the way, if there is one; nothing is thrown away.

        Raises:
            StoreUnavailable: it cannot be renamed.
        """
        path, number = self.directory / name, 1
        while (aside := self.directory / f"{name}.old-{number}").exists():
            number += 1
        try:
            with contextlib.suppress(FileNotFoundError):
                self._disk.rename(path, aside)
        except OSError as error:
            raise self._unavailable(path, error) from error

    def close(self) -> None:
        """Let another process use the directory."""
        self._lock.release()

    @staticmethod
    def _unavailable(path: Path, error: OSError) -> StoreUnavailable:
        return StoreUnavailable(path=path, reason=error.strerror or error)


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags, _PRIVATE_FILE)
