"""What was said in one part: a line for each final, on the disk as soon as it is one."""

import errno
import json
import os
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

from tui_call.control.private_files import create_private
from tui_call.signaling.tap_messages import KeptPart


@dataclass(frozen=True, slots=True)
class SaidLine:
    """A line of a transcript.

    Attributes:
        person: number of who said it.
        began, ended: seconds of the call.
        text: what was said.
    """

    person: int
    began: float
    ended: float
    text: str


class TranscriptFile:
    """A transcript that is being written; each method raises an OSError where it cannot be.

    Attributes:
        seconds: from the beginning of the part to the end of what was said last; once it is
            finished, of all the time that it covers.
    """

    def __init__(self, directory: Path, part: KeptPart, begun: float) -> None:
        self.paths = [directory / f"transcript-{part.part}.jsonl"]
        self.seconds = 0.0
        self._began, self._begun = part.began, begun
        self._file: FileIO = create_private(self.paths[0])
        self._end = 0

    def take(self, line: SaidLine, /) -> None:
        """Write a line; it is on the disk itself when this returns."""
        said = {
            "person": line.person,
            "began": round(line.began, 2),
            "ended": round(line.ended, 2),
            "text": line.text,
        }
        data = json.dumps(said, ensure_ascii=False).encode() + b"\n"
        if self._file.write(data) != len(data):
            raise OSError(errno.ENOSPC, "half a line was written")
        self._end += len(data)
        self.seconds = max(self.seconds, line.ended - self._began)
        os.fsync(self._file.fileno())

    def advance(self, _now: float, /) -> None:
        """Nothing waits here."""

    def sync(self) -> None:
        """Every line is on the disk already."""

    def finish(self, now: float, /) -> None:
        """Close the file; half a line is cut off."""
        self.seconds = max(self.seconds, now - self._begun)
        with self._file as file:
            file.truncate(self._end)
            os.fsync(file.fileno())
