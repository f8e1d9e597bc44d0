"""The files of what is kept: `recordings/ID/`, where only ids and names of the index lead.

Everything here looks at the disk, so it runs in a thread, never in the loop.
"""

import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from tui_call.control import platform

_ID = re.compile(r"[0-9a-f]{32}")
_NAME = re.compile(r"[a-z0-9-]{1,40}\.[a-z]{1,6}")


def free_bytes(directory: Path) -> int:
    """Return how many bytes are free where a directory is, 0 where nobody knows."""
    try:
        return shutil.disk_usage(directory).free
    except OSError:
        return 0


@dataclass(frozen=True, slots=True)
class KeptOnDisk:
    """What lies in the directory.

    Attributes:
        there: the directory itself is.
        ids: those of which something is, each with when it changed last, Unix seconds.
        size: bytes of all files.
        free: bytes that are free on its disk, 0 where that is not known.
    """

    there: bool
    ids: dict[str, float]
    size: int
    free: int


class KeptFiles:
    """Opens, counts and removes them."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def open(self, kept: str, name: str) -> BinaryIO | None:
        """Return a file for reading, None where it is not there or is none of ours.

        A link is not followed, neither in place of the file nor of the directory it is in.
        """
        if not _ID.fullmatch(kept) or not _NAME.fullmatch(name):
            return None
        try:
            return platform.open_without_links(self._directory / kept / name)
        except OSError:
            return None

    def remove(self, kept: str) -> None:
        """Delete all files of one; what is not there is deleted already.

        Raises:
            OSError: something is still there.
        """
        assert _ID.fullmatch(kept)
        place = self._directory / kept
        if place.is_symlink():
            place.unlink()
        elif place.exists():
            shutil.rmtree(place)

    def look(self) -> KeptOnDisk:
        """Return what there is; what cannot be looked at is as if it were not there."""
        ids, size = dict[str, float](), 0
        try:
            entries = _scanned(self._directory)
        except OSError:
            return KeptOnDisk(there=False, ids=ids, size=0, free=free_bytes(self._directory.parent))
        for entry in entries:
            if not _ID.fullmatch(entry.name):
                continue
            found = [_facts(file) for file in _entries(Path(entry.path))]
            ids[entry.name] = max(changed for changed, _ in (*found, _facts(entry)))
            size += sum(bytes_ for _, bytes_ in found)
        return KeptOnDisk(there=True, ids=ids, size=size, free=free_bytes(self._directory))


def _scanned(directory: Path) -> list["os.DirEntry[str]"]:
    with os.scandir(directory) as found:
        return list(found)


def _entries(directory: Path) -> list["os.DirEntry[str]"]:
    try:
        return _scanned(directory)
    except OSError:
        return []


def _facts(entry: "os.DirEntry[str]") -> tuple[float, int]:
    """Return when an entry changed, and its bytes; a link is not followed."""
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError:
        return 0.0, 0
    return status.st_mtime, status.st_size
