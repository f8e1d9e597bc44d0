import wave
from pathlib import Path

import numpy as np
import pytest

from tui_call.voice.devices import files
from tui_call.voice.devices.files import FilePort, SoundFileError, read_wav
from tui_call.voice.sound import FRAME_SAMPLES, SAMPLE_RATE, silence
from tui_call.voice.speech_like import speech_like


def write_wav(
    path: Path, rate: int = 48_000, channels: int = 1, width: int = 2, seconds: float = 0.5
) -> Path:
    """Write 400 Hz at half of full scale in every channel."""
    tone = 0.5 * np.sin(2 * np.pi * 400 * np.arange(round(rate * seconds)) / rate)
    if width == 1:
        data = (tone * 127 + 128).astype(np.uint8)[:, None]
    else:
        whole = np.round(tone * (2 ** (8 * width - 1) - 1)).astype("<i4")
        data = whole.view(np.uint8).reshape(-1, 4)[:, :width]
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(np.tile(data, (1, channels)).tobytes())
    return path


@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 44_100, 48_000, 96_000])
@pytest.mark.parametrize(("channels", "width"), [(1, 1), (1, 2), (2, 2), (2, 3), (1, 4), (6, 2)])
def test_any_pcm_wav_becomes_48_khz_mono(
    tmp_path: Path, rate: int, channels: int, width: int
) -> None:
    sound = read_wav(write_wav(tmp_path / "in.wav", rate, channels, width))
    assert abs(len(sound) - 24_000) <= 3
    assert sound.dtype == np.int16
    middle = sound[4800:-4800].astype(float)
    spectrum = np.abs(np.fft.rfft(middle))
    assert abs(int(np.argmax(spectrum)) * SAMPLE_RATE / len(middle) - 400) < 4
    assert abs(np.max(middle) - 16_384) < 350


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not a PCM WAV"),
        (b"hello, this is no sound at all", "not a PCM WAV"),
        (b"RIFF\x00\x00\x00\x00WAVE", "not a PCM WAV"),
        (b"RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00", "not a PCM WAV"),
        (
            b"RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x03\x00\x01\x00\x80\xbb\x00\x00"
            b"\x00\xee\x02\x00\x04\x00\x20\x00data\x00\x00\x00\x00",
            "not a PCM WAV",
        ),
        (
            b"RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x80\xbb\x00\x00"
            b"\x00\x77\x01\x00\x02\x00\x10\x00data\x00\x00\x00\x00",
            "no sound",
        ),
    ],
)
def test_a_bad_file_is_told_in_one_sentence(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "bad.wav"
    path.write_bytes(content)
    with pytest.raises(SoundFileError, match=words):
        FilePort(path)


def test_a_missing_file_and_a_directory_are_told(tmp_path: Path) -> None:
    for path in (tmp_path / "none.wav", tmp_path):
        with pytest.raises(SoundFileError, match="cannot be read"):
            read_wav(path)


def test_a_truncated_file_gives_what_is_there(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "in.wav", channels=2)
    path.write_bytes(path.read_bytes()[:-30_001])
    assert 10_000 < len(read_wav(path)) < 24_000


def test_an_endless_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MOST_SECONDS", 0.25)
    with pytest.raises(SoundFileError, match="longer than an hour"):
        read_wav(write_wav(tmp_path / "in.wav"))


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
    said = read_wav(path)
    assert np.array_equal(sound[: len(said)], said)
    assert not sound[len(said) :].any()
    assert port.input_ended


def test_a_looped_input_never_ends(tmp_path: Path) -> None:
    clock = Clock()
    path = write_wav(tmp_path / "in.wav")
    port = FilePort(path, loop=True, clock=clock)
    sound = all_frames(port, clock, 1.4)
    assert np.array_equal(sound[24_000:48_000], read_wav(path))
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
    assert not port.output_failed
    heard = read_wav(tmp_path / "out.wav")
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
    assert np.array_equal(read_wav(tmp_path / "out.wav"), sound)


def test_a_full_disk_ends_the_recording_and_not_the_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: wave.Wave_write, data: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(wave.Wave_write, "writeframes", full)
    port = FilePort(output=tmp_path / "out.wav", clock=Clock())
    port.start()
    for _ in range(100):
        port.write(silence())
    assert port.playback_level() == 96_000
    port.stop()
    assert port.output_failed


def test_an_output_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(SoundFileError, match="cannot be written"):
        FilePort(output=tmp_path / "no" / "out.wav").start()
