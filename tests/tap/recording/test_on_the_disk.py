"""What is written reaches the disk itself in time, and never by the thread of the event loop."""

import os
import threading
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.keeper import Kept, until
from tests.support.kept_sound import Talker, part
from tui_call.signaling.tap_messages import Spoken
from tui_call.tap.recording.part_writer import TICK_SECONDS
from tui_call.tap.recording.recording_files import SYNCS_FOR_ALL, RecordingFiles

RECORDED = {"mix-1.opus", "track-1-1.opus", "track-2-1.opus"}
MORE_THAN_HEADERS = 1000


@dataclass(frozen=True)
class Synced:
    """A file as it was brought to the disk itself, and by which thread."""

    name: str
    size: int
    thread: int


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[Synced]:
    """Return the list of all that is, as it grows."""
    found: list[Synced] = []
    to_disk = os.fsync

    def note(file: int) -> None:
        name = Path(f"/proc/self/fd/{file}").readlink().name
        found.append(Synced(name, os.fstat(file).st_size, threading.get_ident()))
        to_disk(file)

    monkeypatch.setattr(os, "fsync", note)
    return found


def test_within_a_second_each_file_is_brought_there_once(
    tmp_path: Path, synced: list[Synced]
) -> None:
    files = RecordingFiles(tmp_path, part(), begun=0.0)
    for person in (1, 2):
        files.take(Talker(person).frame(0))
    for _ in range(SYNCS_FOR_ALL):
        files.sync()
    assert sorted(one.name for one in synced) == sorted(RECORDED)
    assert SYNCS_FOR_ALL * TICK_SECONDS <= 1.0
    files.finish(0.1)


async def test_a_recording_is_there_while_it_is_written(
    tmp_path: Path, synced: list[Synced]
) -> None:
    tap = Kept(tmp_path)
    recording = tap.record(3.0)
    await until(lambda: {one.name for one in synced if one.size > MORE_THAN_HEADERS} >= RECORDED)
    assert tap.closings == []
    recording.close()
    await tap.closed()
    assert threading.get_ident() not in {one.thread for one in synced}


async def test_a_line_of_a_transcript_is_there_once_it_is_final(
    tmp_path: Path, synced: list[Synced]
) -> None:
    tap = Kept(tmp_path)
    transcript = tap.recorder.transcribe(part(), begun=tap.now)
    transcript.write(1, Spoken("room", 3, 1, 1, "ja, gut", 7, 1001.5, 1002.25, final=True))
    await until(lambda: any(one.name.startswith("transcript") and one.size for one in synced))
    assert tap.closings == []
    transcript.close()
    await tap.closed()
    assert threading.get_ident() not in {one.thread for one in synced}
