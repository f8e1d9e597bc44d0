"""Noticing that a configuration file changed, by looking once a second."""

from collections.abc import Sequence
from pathlib import Path

_Signature = tuple[int, int, int]


class ConfigWatcher:
    """Compares time, size and identity of files with what they were.

    A file that is gone or empty is believed only at the second look: editors and scripts take a
    file away, or empty it, an instant before they write it anew.
    """

    def __init__(self, files: Sequence[Path]) -> None:
        """Remember the files as they are now.

        Args:
            files: they may be missing.
        """
        self._files = tuple(files)
        self._known = self._look()
        self._doubtful: tuple[_Signature | None, ...] = self._known

    def poll(self) -> bool:
        """Tell whether any file is another than at the last poll that told so."""
        now = self._look()
        if now == self._known:
            self._doubtful = now
            return False
        vanished = any(
            signature != known and (signature is None or signature[1] == 0)
            for signature, known in zip(now, self._known, strict=True)
        )
        if vanished and now != self._doubtful:
            self._doubtful = now
            return False
        self._known = self._doubtful = now
        return True

    def _look(self) -> tuple[_Signature | None, ...]:
        return tuple(_signature(file) for file in self._files)


def _signature(file: Path) -> _Signature | None:
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
