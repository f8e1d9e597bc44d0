"""What is said of a part that is over, also of one that another process left without its end."""

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

import msgspec

from tui_call.signaling.tap_messages import CUT_SHORT, KeptFile, KeptPart, PartClosed
from tui_call.tap.recording.ogg import BrokenPage
from tui_call.tap.recording.opus_file import OpusFile
from tui_call.tap.recording.part_state import PartState, save_state
from tui_call.voice.sound import FRAME_SECONDS


class _Ended(msgspec.Struct):
    ended: float


def describe_closed(part: KeptPart, seconds: float, paths: Sequence[Path], why: str) -> PartClosed:
    """Return what is said of a part whose files are complete.

    Raises:
        OSError: they cannot be read.
    """
    files = tuple(_described(path) for path in sorted(paths))
    return PartClosed(part.kept, part.part, round(seconds, 2), files, why)


def closed_before(directory: Path, state: PartState) -> PartClosed:
    """Return what is said of a part that another process began, and close it if that did not.

    Files are ended after their last whole page or line. What was ended already stays as it is, so
    this can be done again.

    Raises:
        OSError: they cannot be changed; what they hold is still there.
    """
    if state.closed is not None:
        return state.closed
    closed = _end(directory, state.part)
    save_state(directory, PartState(state.part, closed))
    return closed


def _end(directory: Path, part: KeptPart) -> PartClosed:
    opus = sorted(directory.glob(f"*-{part.part}.opus"))
    transcripts = sorted(directory.glob(f"*-{part.part}.jsonl"))
    seconds = _end_opus(opus)
    for path in transcripts:
        seconds = max(seconds, _end_transcript(path) - part.began)
    left = [path for path in (*opus, *transcripts) if path.exists()]
    return describe_closed(part, seconds, left, CUT_SHORT)


def _end_opus(paths: Sequence[Path]) -> float:
    """End files at the length of the longest; return it in seconds."""
    files: list[OpusFile] = []
    for path in paths:
        try:
            files.append(OpusFile.reopened(path))
        except BrokenPage:
            path.unlink()  # it has not even a beginning
    slots = max((file.slots for file in files), default=0)
    for file in files:
        if not file.ended:
            file.write_silence(slots - file.slots)
        file.finish()
    return slots * FRAME_SECONDS


def _end_transcript(path: Path) -> float:
    """Cut off half a line; return when what was said last was over, in seconds of the call."""
    with path.open("r+b") as file:
        whole = file.read().rpartition(b"\n")
        file.truncate(len(whole[0]) + len(whole[1]))
        os.fsync(file.fileno())
    lines = whole[0].splitlines()
    try:
        return msgspec.json.decode(lines[-1], type=_Ended).ended if lines else 0.0
    except ValueError:  # also where it is no text
        return 0.0


def _described(path: Path) -> KeptFile:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return KeptFile(path.name, file.tell(), digest)
