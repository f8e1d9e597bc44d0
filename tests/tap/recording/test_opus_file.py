"""An Ogg Opus file plays up to its last whole page, whenever its writing ended."""

from pathlib import Path

import numpy as np
import pytest

from tests.support.kept_sound import decoded, encoded, packets_of, tone
from tui_call.tap.recording.ogg import (
    BrokenPage,
    PageFlag,
    as_last,
    encode_page,
    last_page,
    parse_page,
)
from tui_call.tap.recording.opus_file import CONCEALED_SLOTS, SILENT_PACKET, OpusFile
from tui_call.voice.opus import LOOKAHEAD_SAMPLES
from tui_call.voice.sound import FRAME_SAMPLES, SAMPLE_RATE
from tui_call.voice.speech_like import speech_like


def written(path: Path, packets: list[bytes]) -> OpusFile:
    file = OpusFile.created(path)
    for packet in packets:
        file.write(packet)
    return file


def test_packets_come_back_as_they_were_written(tmp_path: Path) -> None:
    packets = encoded(speech_like(1.23))
    written(path := tmp_path / "a.opus", packets).finish()
    assert packets_of(path) == packets
    assert len(decoded(path)) == len(packets) * FRAME_SAMPLES - LOOKAHEAD_SAMPLES
    assert path.stat().st_mode & 0o777 == 0o600


def test_sound_stands_where_it_was_said(tmp_path: Path) -> None:
    said = speech_like(3.0)
    written(path := tmp_path / "a.opus", encoded(said)).finish()
    played = decoded(path).astype(float)
    lags = range(-200, 201, 8)
    middle = slice(SAMPLE_RATE, 2 * SAMPLE_RATE)
    alike = [
        float(np.dot(said[middle], played[middle.start + lag : middle.stop + lag])) for lag in lags
    ]
    assert abs(lags[int(np.argmax(alike))]) <= 16, "samples"


def test_a_gap_is_concealed_and_then_silent(tmp_path: Path) -> None:
    packets = encoded(tone(700, 2.0))
    packets[50:75] = [b""] * 25
    written(path := tmp_path / "a.opus", packets).finish()
    kept = packets_of(path)
    asked = kept[50 : 50 + CONCEALED_SLOTS]
    assert asked == [bytes((packets[49][0] & 0xFC,))] * CONCEALED_SLOTS
    assert kept[50 + CONCEALED_SLOTS : 75] == [SILENT_PACKET] * (25 - CONCEALED_SLOTS)
    sound = decoded(path)
    silent = sound[58 * FRAME_SAMPLES : 74 * FRAME_SAMPLES]
    assert np.abs(silent.astype(int)).max() <= 2
    assert len(sound) == 100 * FRAME_SAMPLES - LOOKAHEAD_SAMPLES


def test_a_gap_after_short_frames_is_no_shorter(tmp_path: Path) -> None:
    two_of_10_ms = bytes((30 << 3 | 1,)) + b"\xff\xfe" * 2
    written(path := tmp_path / "a.opus", [two_of_10_ms, b"", b""] * 10).finish()
    assert packets_of(path) == [two_of_10_ms, SILENT_PACKET, SILENT_PACKET] * 10
    assert len(decoded(path)) == 30 * FRAME_SAMPLES - LOOKAHEAD_SAMPLES


@pytest.mark.parametrize("slots", [0, 1, 9, 10, 249, 250, 251, 3000])
def test_a_late_track_begins_with_silence(tmp_path: Path, slots: int) -> None:
    file = OpusFile.created(path := tmp_path / "a.opus")
    file.write_silence(slots)
    said = encoded(tone(700, 0.1))
    for packet in said:
        file.write(packet)
    file.finish()
    assert packets_of(path) == [SILENT_PACKET] * slots + said


def test_nothing_written_still_opens(tmp_path: Path) -> None:
    OpusFile.created(path := tmp_path / "a.opus").finish()
    assert packets_of(path) == [SILENT_PACKET]


@pytest.mark.parametrize("lost", [1, 27, 28, 200, 1200, 2500])
def test_what_was_cut_off_is_closed_after_its_last_whole_page(tmp_path: Path, lost: int) -> None:
    packets = encoded(speech_like(1.0))
    file = written(path := tmp_path / "a.opus", packets)
    unfinished = path.read_bytes()
    file.finish()
    path.write_bytes(unfinished[:-lost])
    reopened = OpusFile.reopened(path)
    reopened.finish()
    kept = packets_of(path)
    assert kept == packets[: len(kept)]
    assert len(kept) % 10 == 0
    assert len(packets) - len(kept) <= 10 * (1 + lost // 1000)
    place, head = last_page(data := path.read_bytes())
    assert head.flags == PageFlag.LAST
    assert place + head.size == len(data)
    OpusFile.reopened(path).finish()
    assert path.read_bytes() == data, "closing again changes nothing"


def test_rubbish_behind_the_last_page_is_cut(tmp_path: Path) -> None:
    packets = encoded(speech_like(0.4))
    written(path := tmp_path / "a.opus", packets).finish()
    whole = path.read_bytes()
    path.write_bytes(whole + b"OggS\0" + bytes(3000))
    OpusFile.reopened(path).finish()
    assert path.read_bytes() == whole


def test_a_file_without_a_beginning_is_broken(tmp_path: Path) -> None:
    (path := tmp_path / "a.opus").write_bytes(b"OggS\0\2")
    with pytest.raises(BrokenPage):
        OpusFile.reopened(path)


def test_a_file_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    (path := tmp_path / "a.opus").write_bytes(b"kept")
    with pytest.raises(FileExistsError):
        OpusFile.created(path)
    assert path.read_bytes() == b"kept"


def test_long_packets_are_laced() -> None:
    packets = [bytes([1]) * size for size in (0, 254, 255, 256, 510, 1275)]
    head = parse_page(page := encode_page(packets, 5760, 1, 7))
    assert (head.granule, head.number, head.packets, head.size) == (5760, 7, 6, len(page))
    assert parse_page(as_last(page)).flags == PageFlag.LAST
    with pytest.raises(ValueError, match="too much"):
        encode_page([bytes(1275)] * 60, 0, 1, 0)


def test_one_bit_changed_is_no_page() -> None:
    page = encode_page([b"abc"], 960, 1, 2)
    for place in range(len(page)):
        changed = page[:place] + bytes((page[place] ^ 1,)) + page[place + 1 :]
        with pytest.raises(BrokenPage):
            parse_page(changed)
