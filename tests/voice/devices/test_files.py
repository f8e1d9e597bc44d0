import os
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import pytest

from tui_call.voice.devices import sound_writer
from tui_call.voice.devices.files import FilePort
from tui_call.voice.devices.sound_file import SoundFileError, read_sound_file
from tui_call.voice.samples import silence
from tui_call.voice.sound import FRAME_SAMPLES, SAMPLE_RATE
from tui_call.voice.speech_like import speech_like

DEADLINE = 20.0


def write_wav(path: Path, seconds: float = 0.5) -> Path:
    """Write 400 Hz at half of full scale."""
    tone = np.sin(2 * np.pi * 400 * np.arange(round(SAMPLE_RATE * seconds)) / SAMPLE_RATE)
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, SAMPLE_RATE, 0, "NONE", ""))
        file.writeframes((16_384 * tone).astype("<i2").tobytes())
    return path


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def all_frames(port: FilePort, clock: Clock, seconds: float) -> np.ndarray:
    frames = []
    port.capture_level()
    for _ in range(round(seconds / 0.02)):
        clock.now += 0.02
        frame = silence()
        while port.read(frame):
            frames.append(frame.copy())
    return np.concatenate(frames)


def test_the_input_is_said_once_and_silence_follows(tmp_path: Path) -> None:
    clock = Clock()
    path = write_wav(tmp_path / "in.wav")
    port = FilePort(path, clock=clock)
    assert not port.input_ended
    sound = all_frames(port, clock, 1.0)
    said = read_sound_file(path)
    assert np.array_equal(sound[: len(said)], said)
    assert not sound[len(said) :].any()
    assert port.input_ended


def test_a_looped_input_never_ends(tmp_path: Path) -> None:
    clock = Clock()
    path = write_wav(tmp_path / "in.wav")
    port = FilePort(path, loop=True, clock=clock)
    sound = all_frames(port, clock, 1.4)
    assert np.array_equal(sound[24_000:48_000], read_sound_file(path))
    assert not port.input_ended


def test_without_an_input_it_says_the_built_in_signal() -> None:
    clock = Clock()
    sound = all_frames(FilePort(clock=clock), clock, 1.0)
    assert np.array_equal(sound, speech_like(2.0)[: len(sound)])


def test_the_output_holds_every_sample_at_its_time(tmp_path: Path) -> None:
    clock = Clock()
    port = FilePort(output=tmp_path / "out.wav", clock=clock)
    assert port.has_speaker
    port.start()
    port.start()
    port.write(np.full(FRAME_SAMPLES, 5, np.int16))
    clock.now += 1.00001
    port.write(np.full(FRAME_SAMPLES, 6, np.int16))
    port.stop()
    port.stop()
    assert port.spoilt_output is None
    heard = read_sound_file(tmp_path / "out.wav")
    assert len(heard) == SAMPLE_RATE + FRAME_SAMPLES
    assert (heard[:FRAME_SAMPLES] == 5).all()
    assert not heard[FRAME_SAMPLES:SAMPLE_RATE].any()
    assert (heard[SAMPLE_RATE:] == 6).all()


def test_a_long_output_is_written_while_it_is_heard(tmp_path: Path) -> None:
    clock = Clock()
    port = FilePort(output=tmp_path / "out.wav", clock=clock)
    port.start()
    sound = speech_like(3.0)
    for start in range(0, len(sound), 960):
        port.write(sound[start : start + 960])
        clock.now += 0.02
    port.stop()
    assert np.array_equal(read_sound_file(tmp_path / "out.wav"), sound)


def test_a_file_that_fails_is_lost_and_not_the_call(tmp_path: Path) -> None:
    """Its folder goes, as that of a drive that was pulled."""
    folder = tmp_path / "drive"
    folder.mkdir()
    port = FilePort(output=folder / "out.wav", clock=Clock())
    folder.rmdir()
    port.start()
    for _ in range(100):
        port.write(silence())
    assert port.playback_level() == 96_000
    port.stop()
    assert port.spoilt_output == folder / "out.wav"


# Writes what is heard, with a disk that has room for a second.
FULL = """
import resource, sys
from pathlib import Path
import numpy as np
from tui_call.voice.devices.files import FilePort

now = [0.0]
port = FilePort(output=Path(sys.argv[1]), clock=lambda: now[0])
resource.setrlimit(resource.RLIMIT_FSIZE, (96_000, 96_000))
port.start()
for _ in range(200):
    port.write(np.full(960, 5, np.int16))
    now[0] += 0.02
assert port.playback_level() == 0
port.stop()
print(port.spoilt_output)
"""


def test_a_full_disk_ends_the_recording_and_leaves_what_was_heard_until_then(
    tmp_path: Path,
) -> None:
    path = tmp_path / "out.wav"
    command = [sys.executable, "-c", FULL, str(path)]
    said = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE, check=True)
    assert said.stdout.strip() == str(path)
    assert "Traceback" not in said.stderr
    assert (read_sound_file(path) == 5).all()


def test_a_disk_that_stands_still_holds_neither_the_sound_nor_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sound_writer, "_CLOSE_SECONDS", 0.01)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)  # nobody reads it, so opening it does not return
    writer = sound_writer.SoundWriter(pipe)
    for _ in range(60 * 50):
        writer.take(0, silence())
    assert writer.failed, "what waits for the disk has a bound"
    writer.close()
    assert writer.failed
    with pipe.open("rb"):  # let go of the thread
        writer._thread.join(DEADLINE)


def test_a_wav_file_holds_4_gb_and_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sound_writer, "SAMPLE_RATE", 2**31)  # so the header overflows at once
    writer = sound_writer.SoundWriter(tmp_path / "out.wav")
    writer.take(0, silence())
    writer.close()
    assert writer.failed


def test_an_output_that_cannot_be_written_is_told_before_anything_is_heard(tmp_path: Path) -> None:
    with pytest.raises(SoundFileError, match="cannot be written"):
        FilePort(output=tmp_path / "no" / "out.wav")
