"""Mix and tracks of a part: who is in which, and that all are as long as each other. No clock."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.support.kept_sound import (
    Talker,
    decoded,
    encoded,
    heard,
    length,
    packets_of,
    part,
    tone,
)
from tests.support.measured_sound import make_speech, pesq_wide_band
from tui_call.tap.interfaces import MemberFrame
from tui_call.tap.recording.opus_file import SILENT_PACKET
from tui_call.tap.recording.recording_files import RecordingFiles
from tui_call.voice.devices.sound_file import read_sound_file
from tui_call.voice.sound import FRAME_SECONDS, SAMPLE_RATE
from tui_call.voice.speech_like import speech_like

TICK = 0.1


def record(directory: Path, frames: Iterable[MemberFrame], seconds: float) -> RecordingFiles:
    """Write frames as they come, from second 0 on."""
    files = RecordingFiles(directory, part(), begun=0.0)
    now = 0.0
    for frame in sorted(frames, key=lambda frame: frame.arrival):
        while now + TICK <= frame.arrival:
            now += TICK
            files.advance(now)
        files.take(frame)
    files.advance(seconds)
    files.finish(seconds)
    return files


def test_everybody_is_in_the_mix_and_one_in_each_track(tmp_path: Path) -> None:
    one, two, three = Talker(1), Talker(2), Talker(3)
    frames = [*one.frames(0, 4), *two.frames(1, 3), *three.frames(2, 4)]
    files = record(tmp_path, frames, 4.0)
    mix, *tracks = (heard(decoded(path)) for path in files.paths)
    assert [path.name for path in files.paths] == [
        "mix-1.opus",
        "track-1-1.opus",
        "track-2-1.opus",
        "track-3-1.opus",
    ]
    assert mix[1:4] == [{1}] * 3
    assert mix[6:9] == [{1, 2}] * 3
    assert mix[11:14] == [{1, 2, 3}] * 3
    assert mix[16:18] == [{1, 3}] * 2
    edges = {0}  # where a tone begins or ends within a window
    assert [set().union(*track) - edges for track in tracks] == [{1}, {2}, {3}]


def test_all_are_as_long_as_the_call(tmp_path: Path) -> None:
    early, late = Talker(1), Talker(2)
    files = record(tmp_path, [*early.frames(0, 1), *late.frames(3.5, 4)], 5.13)
    for path in files.paths:
        assert length(path) == pytest.approx(5.13, abs=FRAME_SECONDS)
    assert files.seconds == pytest.approx(5.13, abs=FRAME_SECONDS)
    assert {len(packets_of(path)) for path in files.paths} == {256}


def test_where_nothing_came_it_is_silent(tmp_path: Path) -> None:
    one, two = Talker(1), Talker(2)
    files = record(tmp_path, [*one.frames(0, 2), *one.frames(4, 6), *two.frames(5, 6)], 6.0)
    for path in files.paths[:2]:
        windows = heard(decoded(path))
        assert windows[1:9] == [{1}] * 8
        assert windows[11:20] == [set()] * 9
        assert windows[21:24] == [{1}] * 3
    assert heard(decoded(files.paths[2]))[1:24] == [set()] * 23


def test_one_who_is_lost_for_a_moment_is_concealed_in_the_mix(tmp_path: Path) -> None:
    one, missing = Talker(1), {60, 61, 80}
    files = record(tmp_path, (one.frame(n) for n in range(150) if n not in missing), 3.0)
    assert heard(decoded(files.paths[0]))[1:14] == [{1}] * 13


def test_copies_and_late_ones_fill_a_track(tmp_path: Path) -> None:
    one = Talker(1, encoded(speech_like(4.0)))
    frames = [one.frame(n, copies=(2,)) for n in range(200) if n % 7]
    late = replace(one.frame(49), arrival=frames[50].arrival + 0.3)
    files = record(tmp_path, [*frames, late], 4.0)
    kept = packets_of(files.paths[1])
    sent = [one.packet(n) for n in range(200)]
    begin = kept.index(sent[20]) - 20
    assert abs(begin) <= 2
    assert kept[begin + 20 : begin + 190] == sent[20:190]


def test_what_is_no_frame_of_20_ms_moves_nothing(tmp_path: Path) -> None:
    one = Talker(1)
    rubbish = [b"\x00" * 40, bytes([0x18]) + bytes(60), b"\xff" * 3, bytes(1300)]
    frames = [
        replace(frame, packet=rubbish[number % 4]) if 50 <= number < 100 else frame
        for number, frame in enumerate(one.frames(0, 4))
    ]
    files = record(tmp_path, frames, 4.0)
    for path in files.paths:
        windows = heard(decoded(path))
        assert windows[6:9] == [set()] * 3
        assert windows[11:18] == [{1}] * 7
        assert len(packets_of(path)) == 200


def test_many_loud_voices_do_not_overflow(tmp_path: Path) -> None:
    loud = encoded((tone(500, 1.0).astype(np.int32) * 5).astype(np.int16))
    talkers = [Talker(person, loud) for person in range(1, 9)]
    files = record(tmp_path, [frame for one in talkers for frame in one.frames(0, 2)], 2.0)
    sound = decoded(files.paths[0])[SAMPLE_RATE // 2 : SAMPLE_RATE].astype(float)
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    spectrum[: 2 * len(spectrum) // 200] = 0
    assert np.argmax(spectrum) * SAMPLE_RATE / len(sound) == pytest.approx(500, abs=4)
    assert np.sum(spectrum**2) < 1.15 * np.sum(spectrum[240:260] ** 2), "little but the tone"


@pytest.mark.parametrize(("place", "least"), [(0, 3.7), (1, 3.9)])
def test_a_clean_path_sounds_well(tmp_path: Path, place: int, least: float) -> None:
    said = read_sound_file(make_speech(tmp_path, 15.0)[1])
    seconds = len(said) / SAMPLE_RATE
    files = record(tmp_path, Talker(1, encoded(said)).frames(0, seconds), seconds)
    assert (pesq_wide_band(said, decoded(files.paths[place])) or 0.0) >= least


def test_nothing_is_written_for_a_slot_that_still_waits(tmp_path: Path) -> None:
    files = RecordingFiles(tmp_path, part(), begun=0.0)
    files.advance(3.0)
    assert 2.0 < files.seconds < 3.0
    files.finish(3.0)
    assert packets_of(files.paths[0])
    assert len(packets_of(files.paths[0])) == 150


def silent(packets: Sequence[bytes]) -> bool:
    return set(packets) == {SILENT_PACKET}


def test_a_track_that_begins_late_is_silent_until_then(tmp_path: Path) -> None:
    files = record(tmp_path, [*Talker(1).frames(0, 8), *Talker(2).frames(6, 8)], 8.0)
    late = packets_of(files.paths[2])
    assert silent(late[:298])
    assert not silent(late[298:310])
