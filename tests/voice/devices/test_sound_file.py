"""Sound files as programs write them, and what is no sound file."""

import itertools
import os
import socket
import subprocess
import sys
import threading
import wave
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import numpy as np
import pytest

from tui_call.voice.devices import sound_file
from tui_call.voice.devices.sound_file import SoundFileError, check_writable, read_sound_file
from tui_call.voice.samples import Samples
from tui_call.voice.sound import SAMPLE_RATE

DEADLINE = 20.0


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
    check_tone(read_sound_file(write_wav(tmp_path / "in.wav", rate, channels, width)))


def check_tone(sound: Samples) -> None:
    """See that it is 400 Hz at half of full scale, half a second long."""
    assert abs(len(sound) - 24_000) <= 3
    assert sound.dtype == np.int16
    middle = sound[4800:-4800].astype(float)
    spectrum = np.abs(np.fft.rfft(middle))
    assert abs(int(np.argmax(spectrum)) * SAMPLE_RATE / len(middle) - 400) < 4
    assert abs(np.max(middle) - 16_384) < 350


@pytest.mark.parametrize("length", [0x7FFF_F000, 0xFFFF_FFFF, 0])
def test_a_header_that_does_not_know_the_length_is_not_believed(
    tmp_path: Path, length: int
) -> None:
    """A program that writes into a pipe puts something there, each its own."""
    path = write_wav(tmp_path / "in.wav")
    content = path.read_bytes()
    path.write_bytes(content[:40] + length.to_bytes(4, "little") + content[44:])
    check_tone(read_sound_file(path))


@pytest.mark.parametrize(
    ("container", "codec"),
    [
        ("wav", "pcm_f32le"),
        ("flac", "flac"),
        ("ogg", "libopus"),
        ("mp3", "mp3"),
        ("au", "pcm_mulaw"),
    ],
)
def test_files_of_other_formats_are_read(tmp_path: Path, container: str, codec: str) -> None:
    encoded = tmp_path / "in"
    samples = read_sound_file(write_wav(tmp_path / "in.wav"))
    with av.open(encoded, "w", format=container) as file:
        file.metadata["title"] = "a sound"
        stream = file.add_stream(codec, rate=SAMPLE_RATE, layout="mono")
        kind = stream.codec_context
        resampler = av.AudioResampler(kind.format, "mono", SAMPLE_RATE, kind.frame_size or 960)
        frame = av.AudioFrame.from_ndarray(samples[None, :], format="s16", layout="mono")
        frame.sample_rate = SAMPLE_RATE
        for part in [*resampler.resample(frame), *resampler.resample(None), None]:
            file.mux(stream.encode(part))
    sound = read_sound_file(encoded)
    assert abs(len(sound) - len(samples)) < 2_500  # some codecs add to the ends
    assert 14_000 < np.max(sound) < 19_000


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is not a sound file"),
        (b"hello, this is no sound at all", "is not a sound file"),
        (b"RIFF\x00\x00\x00\x00WAVE", "is not a sound file"),
        (b"ffconcat version 1.0\nfile 'sound.wav'\n", "is not a sound file"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "holds no sound"),
        (
            b"RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x80\xbb\x00\x00"
            b"\x00\x77\x01\x00\x02\x00\x10\x00data\x00\x00\x00\x00",
            "holds no sound",
        ),
        (
            b"RIFF\xff\xff\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x01\x00\x00\x00"
            b"\x02\x00\x00\x00\x02\x00\x10\x00data\xff\xff\x00\x00" + bytes(60_000),
            "holds no sound",
        ),
    ],
    ids=["empty", "text", "cut", "list", "picture", "silent", "1 Hz"],
)
def test_a_bad_file_is_told_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, words: str
) -> None:
    """A list names another file, which is sound: nothing but the file itself is opened."""
    monkeypatch.chdir(tmp_path)
    write_wav(Path("sound.wav"))
    path = Path("bad.wav")
    path.write_bytes(content)
    with pytest.raises(SoundFileError, match=words):
        read_sound_file(path)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(SoundFileError, match="cannot be read: No such file"):
        read_sound_file(tmp_path / "none.wav")


@pytest.fixture(params=["folder", "pipe", "socket", "device", "behind a link"])
def no_plain_file(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "x"
    with socket.socket(socket.AF_UNIX) as listener:
        match request.param:
            case "folder":
                path.mkdir()
            case "socket":
                listener.bind(str(path))
            case "device":
                path = Path("/dev/full")
            case kind:
                os.mkfifo(path)
                if kind == "behind a link":
                    (tmp_path / "link").symlink_to(path)
                    path = tmp_path / "link"
        yield path


@pytest.mark.parametrize("use", [read_sound_file, check_writable])
def test_what_is_no_plain_file_is_refused_unopened(
    no_plain_file: Path, use: Callable[[Path], object]
) -> None:
    with pytest.raises(SoundFileError, match=r"is a folder|is a pipe or a device"):
        use(no_plain_file)


def test_a_truncated_file_gives_what_is_there(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "in.wav", channels=2)
    path.write_bytes(path.read_bytes()[:-30_001])
    assert 10_000 < len(read_sound_file(path)) < 24_000


def test_an_endless_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sound_file, "MOST_SECONDS", 0.25)
    with pytest.raises(SoundFileError, match=r"is longer than \d+ minutes"):
        read_sound_file(write_wav(tmp_path / "in.wav"))


def test_where_a_file_can_be_written_nothing_changes(tmp_path: Path) -> None:
    there = tmp_path / "there.wav"
    there.write_bytes(b"an earlier call")
    check_writable(there)
    check_writable(tmp_path / "new.wav")
    assert there.read_bytes() == b"an earlier call"
    assert [path.name for path in tmp_path.iterdir()] == ["there.wav"]


def test_where_no_file_can_be_written_it_is_told(tmp_path: Path) -> None:
    with pytest.raises(SoundFileError, match="cannot be written: No such file"):
        check_writable(tmp_path / "no" / "out.wav")
    with pytest.raises(SoundFileError, match="cannot be written: Not a directory"):
        check_writable(write_wav(tmp_path / "in.wav") / "out.wav")


# Tries a disk that takes a name and no bytes.
FULL = """
import resource, sys
from pathlib import Path
from tui_call.voice.devices.sound_file import SoundFileError, check_writable

resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
try:
    check_writable(Path(sys.argv[1]))
except SoundFileError as error:
    print(error)
"""


def test_trying_a_full_disk_leaves_nothing_there(tmp_path: Path) -> None:
    path = tmp_path / "out.wav"
    command = [sys.executable, "-c", FULL, str(path)]
    said = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE, check=True)
    assert said.stdout.startswith(f"{path} cannot be written: ")
    assert not path.exists()


@pytest.mark.parametrize("use", [read_sound_file, check_writable])
def test_a_disk_that_does_not_answer_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, use: Callable[[Path], object]
) -> None:
    answers = threading.Event()
    monkeypatch.setattr(sound_file, "PATIENCE_SECONDS", 0.01)
    monkeypatch.setattr(
        sound_file, "_refuse_what_is_no_plain_file", lambda _: answers.wait(DEADLINE)
    )
    with pytest.raises(SoundFileError, match="its disk does not answer"):
        use(write_wav(tmp_path / "in.wav"))
    answers.set()


def test_a_slow_disk_is_waited_for_while_it_gives_something(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sound_file, "PATIENCE_SECONDS", 0.001)
    read, all_read = itertools.count(), threading.Event()

    def progress() -> int:
        if (blocks := next(read)) == 10:
            all_read.set()
        return blocks

    assert sound_file._unless_it_stands_still(lambda: all_read.wait(DEADLINE), progress)
