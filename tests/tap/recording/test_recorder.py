"""A keeper with its threads and files: parts that open, close, fail, and are found again."""

import errno
import hashlib
import json
import shutil
import threading
from collections.abc import Callable
from io import FileIO
from pathlib import Path

import msgspec
import pytest

from tests.support.keeper import DEADLINE_SECONDS, PLENTY, Kept, until
from tests.support.kept_sound import KEPT, Talker, decoded, heard, packets_of, part
from tui_call.signaling.tap_messages import LEAST_TO_BEGIN, PartClosed, PartOpened, Spoken
from tui_call.tap.recording import opus_file, part_writer
from tui_call.tap.recording.disk import LEAST_TO_GO_ON
from tui_call.tap.recording.part_state import PartState, save_state
from tui_call.tap.recording.recording_files import RecordingFiles


@pytest.fixture
def kept(tmp_path: Path) -> Callable[[], Kept]:
    """Make a recorder of the one directory; another one is another tap's."""
    return lambda: Kept(tmp_path)


async def test_a_part_is_opened_then_closed_with_its_hashes(kept: Callable[[], Kept]) -> None:
    tap = kept()
    closed = await tap.recorded(2.0)
    assert tap.said == [PartOpened(KEPT, 1), closed]
    assert (closed.kept, closed.part, closed.why) == (KEPT, 1, "")
    assert closed.seconds == 2.0
    assert [file.name for file in closed.files] == [
        "mix-1.opus",
        "track-1-1.opus",
        "track-2-1.opus",
    ]
    for file in closed.files:
        path = tap.directory / KEPT / file.name
        assert file.size == path.stat().st_size
        assert file.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
        assert path.stat().st_mode & 0o777 == 0o600
    assert (tap.directory / KEPT).stat().st_mode & 0o777 == 0o700
    assert heard(decoded(tap.directory / KEPT / "mix-1.opus"))[2:8] == [{1, 2}] * 6
    await tap.recorder.finish()


async def test_mix_and_tracks_are_written_as_asked_for(kept: Callable[[], Kept]) -> None:
    tap = kept()
    for number, mix, tracks in ((1, True, False), (2, False, True)):
        recording = tap.recorder.record(part(number, mix=mix, tracks=tracks), tap.now)
        for frame in Talker(1, begun=tap.now).frames(0, 1):
            recording.take(frame)
        recording.close()
    await tap.closed(2)
    assert set(tap.files()) >= {"mix-1.opus", "track-1-2.opus"}
    assert not set(tap.files()) & {"mix-2.opus", "track-1-1.opus"}


async def test_a_final_is_on_the_disk_with_the_time_of_the_call(kept: Callable[[], Kept]) -> None:
    tap = kept()
    transcript = tap.recorder.transcribe(part(began=60.0), begun=1000.0)
    spoken = Spoken("room", 3, 1, 2, "ja, gut", 7, 1001.5, 1002.25, final=True)
    transcript.write(2, spoken)
    path = tap.directory / KEPT / "transcript-1.jsonl"
    await until(lambda: path.exists() and path.read_bytes().endswith(b"\n"))
    line = {"person": 2, "began": 61.5, "ended": 62.25, "text": "ja, gut"}
    assert json.loads(path.read_text()) == line
    transcript.close()
    closed = await tap.closed()
    assert (closed.seconds, [file.name for file in closed.files]) == (2.25, [path.name])


async def test_a_transcript_is_as_long_as_it_was_kept_and_says_what_it_lacks(
    kept: Callable[[], Kept],
) -> None:
    tap = kept()
    transcript = tap.recorder.transcribe(part(began=60.0), begun=1000.0)
    transcript.write(2, Spoken("room", 3, 1, 1, "ja, gut", 7, 1001.5, 1002.25, final=True))
    tap.now = 1300.0
    transcript.close(1249.0, "N_KEPT_CUT")
    closed = await tap.closed()
    assert (closed.seconds, closed.why) == (249.0, "N_KEPT_CUT")
    assert b"ja, gut" in tap.files()["transcript-1.jsonl"]


async def test_with_too_little_room_nothing_begins(kept: Callable[[], Kept]) -> None:
    tap = kept()
    tap.free = lambda _: LEAST_TO_BEGIN - 1
    tap.recorder.record(part(), 0.0)
    assert await tap.closed() == PartClosed(KEPT, 1, 0.0, why="N_DISK")
    assert tap.said == [PartClosed(KEPT, 1, 0.0, why="N_DISK")]
    assert not list(tap.directory.iterdir())


async def test_a_part_that_goes_on_begins_with_as_much_room_as_one_ends_with(
    kept: Callable[[], Kept],
) -> None:
    tap = kept()
    tap.free = lambda _: LEAST_TO_GO_ON
    tap.recorder.record(part(number=2), tap.now)
    await until(lambda: tap.said == [PartOpened(KEPT, 2)])
    tap.free = lambda _: LEAST_TO_GO_ON - 1
    assert (await tap.closed()).why == "N_DISK"


async def test_a_recording_ends_before_the_disk_is_full(kept: Callable[[], Kept]) -> None:
    tap = kept()
    recording = tap.record(2.0)
    await tap.opened()
    tap.free = lambda _: LEAST_TO_GO_ON - 1
    closed = await tap.closed()
    assert closed.why == "N_DISK"
    assert heard(decoded(tap.directory / KEPT / "track-1-1.opus"))[2:8] == [{1}] * 6
    recording.close()
    await tap.recorder.finish()
    assert tap.said[-1] == closed


async def test_what_a_full_disk_took_still_plays(
    kept: Callable[[], Kept], monkeypatch: pytest.MonkeyPatch
) -> None:
    room = 30_000

    def write_while_there_is_room(file: FileIO, data: bytes) -> None:
        nonlocal room
        file.write(data[:room])
        room -= len(data)
        if room < 0:
            raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(opus_file, "_write_all", write_while_there_is_room)
    tap = kept()
    tap.record(4.0)
    closed = await tap.closed()
    assert closed.why == "N_DISK"
    assert closed.seconds > 1.0
    monkeypatch.undo()
    for file in closed.files:
        path = tap.directory / KEPT / file.name
        assert len(packets_of(path)) >= closed.seconds * 50 - 1
        assert path.stat().st_size == file.size


async def test_where_no_directory_can_be_made_nothing_begins(kept: Callable[[], Kept]) -> None:
    tap = kept()
    (tap.directory / KEPT).write_text("in the way")
    tap.recorder.record(part(), 0.0)
    assert await tap.closed() == PartClosed(KEPT, 1, 0.0, why="N_KEPT_FAILED")
    assert tap.files() == {KEPT: b"in the way"}


async def test_whatever_ends_the_writing_is_told(
    kept: Callable[[], Kept], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the files cannot be ended in good order either."""

    def fail(*_: object) -> None:
        raise ValueError("a fault of our own")

    monkeypatch.setattr(RecordingFiles, "_write_until", fail)
    tap = kept()
    recording = tap.record(1.0)
    closed = await tap.closed()
    assert closed.why == "N_KEPT_FAILED"
    recording.close()
    await tap.recorder.finish()


@pytest.mark.parametrize(
    ("bound", "still_for", "by_rule"),
    [(150, 0.0, False), (12_000, 15.1, False), (12_000, 4.1, True)],
)
async def test_a_disk_that_stands_still_costs_no_more_than_a_bound(
    kept: Callable[[], Kept],
    monkeypatch: pytest.MonkeyPatch,
    bound: int,
    still_for: float,
    by_rule: bool,
) -> None:
    monkeypatch.setattr(part_writer, "MOST_WAITING", bound)
    tap, goes_on, stands = kept(), threading.Event(), threading.Event()
    frames = list(Talker(1, begun=tap.now).frames(0, 5))
    recording = tap.record(1.0, people=(1,), by_rule=by_rule)
    await tap.opened()

    def stand_still(_: Path) -> int:
        stands.set()
        goes_on.wait(DEADLINE_SECONDS)
        return PLENTY

    tap.free = stand_still
    await until(stands.is_set)
    tap.now += still_for
    for frame in frames[50:]:
        recording.take(frame)
    still = await tap.closed()
    assert (still.why, still.files) == ("N_KEPT_FAILED", ())
    await tap.recorder.finish()
    goes_on.set()
    later = await tap.closed(2)
    assert later.why == "N_KEPT_FAILED"
    assert heard(decoded(tap.directory / KEPT / "track-1-1.opus"))[1:4] == [{1}] * 3


async def left_open(tap: Kept, copy: Path) -> None:
    """Copy the files of a recording and a transcript that are being written, as they stand."""
    begun = tap.now
    transcript = tap.recorder.transcribe(part(2, began=7.0), begun)
    recording = tap.record(3.0)
    for text in ("first", "second"):
        transcript.write(1, Spoken("", 1, 1, 1, text, 0, begun + 1, begun + 2, final=True))
    track, lines = (
        tap.directory / KEPT / name for name in ("track-1-1.opus", "transcript-2.jsonl")
    )
    await until(lambda: track.exists() and track.stat().st_size > 10_000)
    await until(lambda: lines.exists() and lines.read_bytes().count(b"\n") == 2)
    shutil.copytree(tap.directory, copy)
    recording.close()
    transcript.close()
    await tap.closed(2)


async def test_what_another_tap_left_open_is_ended_and_told_until_acknowledged(
    tmp_path: Path,
) -> None:
    left = tmp_path / "left"
    await left_open(Kept(tmp_path / "whole"), left)
    with (left / KEPT / "mix-1.opus").open("ab") as mix:
        mix.write(b"OggS\0\0half a page")
    with (left / KEPT / "transcript-2.jsonl").open("ab") as transcript:
        transcript.write(b'{"person": 1, "beg')
    tap = Kept(left)
    tap.recorder.close_left_behind()
    await tap.closed(2)
    recording, transcript = sorted(tap.closings, key=lambda closed: closed.part)
    assert (recording.why, transcript.why) == ("N_KEPT_CUT", "N_KEPT_CUT")
    assert recording.seconds > 1.0
    assert transcript.seconds == 2.0
    assert (left / KEPT / "transcript-2.jsonl").read_bytes().count(b"\n") == 2
    lengths = {len(packets_of(left / KEPT / file.name)) for file in recording.files}
    assert lengths == {round(recording.seconds * 50)}
    files = tap.files()

    again = Kept(left)
    again.recorder.close_left_behind()
    await again.closed(2)
    assert sorted(again.closings, key=lambda closed: closed.part) == [recording, transcript]
    assert again.files() == files
    for number in (1, 2):
        again.recorder.acknowledged(KEPT, number)
    await until(lambda: not {"part-1", "part-2"} & set(again.files()))


def directory(place: Path) -> None:
    place.mkdir()


def no_text(place: Path) -> None:
    place.write_bytes(b'{"part":{"kept":"\xff","part":1}}')


def no_number(place: Path) -> None:
    place.with_name("part-\N{SUPERSCRIPT TWO}").touch()


@pytest.mark.parametrize("make", [directory, no_text, no_number])
async def test_what_is_odd_beside_it_keeps_nothing_from_being_ended(
    make: Callable[[Path], None], tmp_path: Path
) -> None:
    left = tmp_path / "left"
    await left_open(Kept(tmp_path / "whole"), left)
    odd = left / ("0" * 32)
    odd.mkdir()
    make(odd / "part-1")
    with (left / KEPT / "transcript-2.jsonl").open("ab") as transcript:
        transcript.write(b'{"ended": "\xff"}\n')  # as a disk that lost its current leaves it
    tap = Kept(left)
    tap.recorder.close_left_behind()
    await tap.closed(2)
    assert {closed.part for closed in tap.closings} == {1, 2}


async def test_what_this_tap_writes_is_not_left_behind(kept: Callable[[], Kept]) -> None:
    tap = kept()
    last = msgspec.structs.replace(part(), kept="f" * 32)
    (tap.directory / last.kept).mkdir()
    save_state(tap.directory / last.kept, PartState(last))
    recording = tap.recorder.record(part(), tap.now)
    await tap.opened()
    tap.recorder.close_left_behind()
    assert (await tap.closed()).kept == last.kept, "the last of those that are looked at"
    recording.close()
    closed = await tap.closed(2)
    assert (closed.kept, closed.why) == (KEPT, "")


async def test_a_part_that_is_closed_is_not_written_again(kept: Callable[[], Kept]) -> None:
    first = kept()
    closed = await first.recorded(1.0)
    files = first.files()
    other = kept()
    other.recorder.record(part(), 0.0)
    assert await other.closed() == closed
    assert other.files() == files
    assert other.said == [closed]
