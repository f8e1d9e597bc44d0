"""How much room a disk must have for something to be kept on it."""

import errno
import shutil
from collections.abc import Callable
from pathlib import Path

LEAST_TO_BEGIN = 200 * 1_000_000
"""Bytes free below which nothing begins."""

LEAST_TO_GO_ON = 100 * 1_000_000
"""Bytes free below which what is being written ends."""

_FULL = (errno.ENOSPC, errno.EDQUOT)

FreeBytes = Callable[[Path], int]
"""Tells how many bytes are free where a directory is; raises an OSError where that is not known."""


def free_bytes(directory: Path) -> int:
    """Return what the system says."""
    return shutil.disk_usage(directory).free


def why_not_written(error: OSError) -> str:
    """Return the code of the sentence that says why something could not be written."""
    return "N_DISK" if error.errno in _FULL else "N_KEPT_FAILED"
