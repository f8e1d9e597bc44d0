"""The disk on which something is kept, and how much room it must have."""

import errno
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

LEAST_TO_GO_ON = 100 * 1_000_000
"""Bytes free below which what is being written ends."""

_FULL = (errno.ENOSPC, errno.EDQUOT)

FreeBytes = Callable[[Path], int]
"""Tells how many bytes are free where a directory is; raises an OSError where that is not known."""


Clock = Callable[[], float]
"""Tells monotonic seconds."""


@dataclass(frozen=True, slots=True)
class RecordingDisk:
    """Where parts are written, and by which measures.

    Attributes:
        directory: of all recordings.
        free: tells how many bytes are free there.
        clock: monotonic seconds.
        taken: tells up to when all frames have been taken that came.
    """

    directory: Path
    free: FreeBytes
    clock: Clock
    taken: Clock

    def expect_room(self, least: int) -> None:
        """Check that so many bytes are free.

        Raises:
            OSError: they are not, or nobody knows.
        """
        if self.free(self.directory) < least:
            raise OSError(errno.ENOSPC, "too little room is left")


def free_bytes(directory: Path) -> int:
    """Return what the system says."""
    return shutil.disk_usage(directory).free


def why_not_written(error: OSError) -> str:
    """Return the code of the sentence that says why something could not be written."""
    return "N_DISK" if error.errno in _FULL else "N_KEPT_FAILED"
