"""Sound files on disks that may be slow, full or gone: reading one, and whether one can be written.

The system may keep whoever touches a file waiting for ever, on a network drive whose server is
away for example, and nothing can call that off. So files are touched in threads that nobody waits
for once they make no progress, and only plain files are: opening a pipe waits for its other end.
"""

import contextlib
import itertools
import stat
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from tui_call.errors import LocalFault
from tui_call.voice.samples import Samples
from tui_call.voice.sound import SAMPLE_RATE

if TYPE_CHECKING:
    from av import AudioFrame
    from av.container import InputContainer

_T = TypeVar("_T")

MOST_SECONDS = 3600

PATIENCE_SECONDS = 5.0
"""How long a file may make no progress."""

_LEAST_RATE = 1000
_SAMPLE_BYTES = 2
_TRIED_BYTES = 4096


class SoundFileError(LocalFault):
    """The sound file cannot be used."""


def read_sound_file(path: Path) -> Samples:
    """Return the sound of a file at 48 kHz mono, channels averaged.

    It is read by FFmpeg, whatever its format, and as long as there is sound: what its header says
    of its length does not matter, and what is damaged is left out. It takes 2 bytes a sample.

    Raises:
        SoundFileError: no plain file, no sound in it, unreadable, or longer than `MOST_SECONDS`.
    """
    sound = bytearray()
    try:
        _unless_it_stands_still(lambda: _decode(path, sound), lambda: len(sound))
    except TimeoutError as error:
        raise SoundFileError("disk, reading", path=path) from error
    except OSError as error:
        raise SoundFileError("not read", path=path, reason=error.strerror) from error
    if not sound:
        raise SoundFileError("empty", path=path)
    return np.frombuffer(sound, np.int16)


def check_writable(path: Path) -> None:
    """Try whether a sound file can be written there; what is there stays as it is.

    Raises:
        SoundFileError: no plain file, or it cannot be written.
    """
    try:
        _unless_it_stands_still(lambda: _try_to_write(path))
    except TimeoutError as error:
        raise SoundFileError("disk, writing", path=path) from error
    except OSError as error:
        raise SoundFileError("not written", path=path, reason=error.strerror) from error


def _unless_it_stands_still(
    work: Callable[[], _T], progress: Callable[[], object] = lambda: None
) -> _T:
    """Return what `work` returns, in a thread of its own.

    Raises:
        TimeoutError: `progress` did not change for `PATIENCE_SECONDS`; the thread is left behind.
    """
    outcome: Future[_T] = Future()

    def run() -> None:
        try:
            outcome.set_result(work())
        except BaseException as error:
            outcome.set_exception(error)

    threading.Thread(target=run, name="sound-file", daemon=True).start()
    while True:
        before = progress()
        try:
            return outcome.result(PATIENCE_SECONDS)
        except TimeoutError:
            if outcome.done() or progress() == before:
                raise


def _refuse_what_is_no_plain_file(path: Path) -> None:
    mode = path.stat().st_mode
    if stat.S_ISDIR(mode):
        raise SoundFileError("folder", path=path)
    if not stat.S_ISREG(mode):
        raise SoundFileError("device", path=path)


def _try_to_write(path: Path) -> None:
    try:
        _refuse_what_is_no_plain_file(path)
    except FileNotFoundError:
        file = path.open("xb")
        try:
            with file:
                file.write(bytes(_TRIED_BYTES))  # a full disk still takes new names
        finally:
            path.unlink()
    else:
        with path.open("ab"):
            pass


def _decode(path: Path, sound: bytearray) -> None:
    """Append to `sound` while there is some."""
    import av  # 30 ms that only those wait for who use files
    from av.error import FFmpegError

    _refuse_what_is_no_plain_file(path)
    with path.open("rb") as file:
        try:
            # A list of other files or addresses is no sound: nothing but this file is opened.
            with av.open(
                file, "r", metadata_errors="replace", options={"protocol_whitelist": ""}
            ) as container:
                _append(path, container, sound)
        except FFmpegError as error:
            raise SoundFileError("no sound file", path=path) from error


def _append(path: Path, container: "InputContainer", sound: bytearray) -> None:
    for block in _blocks(container):
        mono = block.mean(axis=0, dtype=np.float32)
        sound += np.clip(np.rint(mono * 32_768), -32_768, 32_767).astype(np.int16).tobytes()
        if len(sound) > MOST_SECONDS * SAMPLE_RATE * _SAMPLE_BYTES:
            raise SoundFileError("long", path=path, n=round(MOST_SECONDS / 60))


def _blocks(container: "InputContainer") -> Iterator[np.ndarray]:
    """Yield float32[channels, samples] at 48 kHz."""
    from av import AudioResampler

    for (_, _, rate), frames in itertools.groupby(_frames(container), _kind):
        if rate < _LEAST_RATE:
            return
        resampler = AudioResampler("fltp", rate=SAMPLE_RATE)
        for frame in itertools.chain(frames, [None]):
            yield from (part.to_ndarray() for part in resampler.resample(frame))


def _kind(frame: "AudioFrame") -> tuple[str, str, int]:
    """Return what may change within a file, and what a resampler takes but one of."""
    return frame.format.name, frame.layout.name, frame.sample_rate


def _frames(container: "InputContainer") -> "Iterator[AudioFrame]":
    """Yield what can be decoded; files that are cut off or damaged somewhere are common."""
    from av.error import EOFError as OutOfData
    from av.error import InvalidDataError

    packets = container.demux(audio=0) if container.streams.audio else iter(())
    with contextlib.suppress(OutOfData, InvalidDataError):
        for packet in packets:
            with contextlib.suppress(InvalidDataError):
                yield from packet.decode()
