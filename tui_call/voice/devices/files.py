"""Files in place of devices: a WAV file is the microphone, what is heard goes into another one."""

import queue
import sys
import threading
import time
import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soxr

from tui_call.errors import LocalFault
from tui_call.voice.devices.paced import PacedPort
from tui_call.voice.sound import SAMPLE_RATE, Samples
from tui_call.voice.speech_like import speech_like

MOST_SECONDS = 3600
BUILT_IN_SECONDS = 30.0

_STOP_SECONDS = 5.0
_BATCH_SAMPLES = SAMPLE_RATE // 2


class SoundFileError(LocalFault):
    """The sound file cannot be used."""


class FilePort(PacedPort):
    """An `AudioPort` that says a WAV file and writes what it hears into another one.

    The files' time lines are exact: see `PacedPort.input_started_at` and `output_started_at`.
    """

    def __init__(
        self,
        input: Path | None = None,  # noqa: A002
        output: Path | None = None,
        *,
        loop: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Read the input.

        Args:
            input: PCM WAV of any rate, mono or more; None for the built-in signal, looped.
            output: 48 kHz mono int16 WAV, written from `start` on; None writes none.
            loop: say the input again and again; else silence follows it.
            clock: monotonic seconds.

        Raises:
            SoundFileError: the input is no PCM WAV file or longer than `MOST_SECONDS`.
        """
        samples = speech_like(BUILT_IN_SECONDS) if input is None else read_wav(input)
        self._recording = _Recording(samples, loop=loop or input is None)
        self._output = output
        self._output_failed = False
        self._writer: _Writer | None = None
        super().__init__(self._recording, None, clock)

    @property
    def has_speaker(self) -> bool:
        """What is heard is always taken, written or not."""
        return True

    @property
    def input_ended(self) -> bool:
        """The whole input has been said; never with a looped one."""
        return not self._recording.loop and self._read >= len(self._recording.samples)

    @property
    def output_failed(self) -> bool:
        """The output file could not be written to its end, for example on a full disk."""
        return self._output_failed or (self._writer is not None and self._writer.failed)

    def start(self) -> None:
        """Create the output file.

        Raises:
            SoundFileError: it cannot be written.
        """
        if self._output is not None and self._writer is None:
            self._sink = self._writer = _Writer(self._output)

    def stop(self) -> None:
        """Finish the output file."""
        writer, self._writer, self._sink = self._writer, None, None
        if writer is not None:
            writer.close()
            self._output_failed = writer.failed


def read_wav(path: Path) -> Samples:
    """Return a PCM WAV file (8, 16, 24 or 32 bit, any rate, channels averaged) at 48 kHz mono.

    Raises:
        SoundFileError: not such a file, empty, or longer than `MOST_SECONDS`.
    """
    try:
        with wave.open(str(path), "rb") as file:
            rate, channels, width = file.getframerate(), file.getnchannels(), file.getsampwidth()
            if rate <= 0 or file.getnframes() > rate * MOST_SECONDS:
                raise SoundFileError(f"{path} is longer than an hour.")
            data = file.readframes(file.getnframes())
    except OSError as error:
        raise SoundFileError(f"{path} cannot be read: {error.strerror}.") from error
    except (wave.Error, EOFError) as error:
        raise SoundFileError(f"{path} is not a PCM WAV file.") from error
    sound = _to_float(data[: len(data) - len(data) % (width * channels)], width)
    if not len(sound):
        raise SoundFileError(f"{path} holds no sound.")
    mono = sound.reshape(-1, channels).mean(axis=1, dtype=np.float32)
    if rate != SAMPLE_RATE:
        mono = soxr.resample(mono, rate, SAMPLE_RATE)
    return np.clip(np.rint(mono * 32_768), -32_768, 32_767).astype(np.int16)


def _to_float(data: bytes, width: int) -> np.ndarray:
    """Return little-endian PCM of 1 to 4 bytes as float32 in -1 to 1."""
    if width == 1:  # unsigned, unlike all others
        return (np.frombuffer(data, np.uint8).astype(np.float32) - 128) / 128
    wide = np.zeros((len(data) // width, 4), np.uint8)
    wide[:, 4 - width :] = np.frombuffer(data, np.uint8).reshape(-1, width)
    return wide.view("<i4")[:, 0].astype(np.float32) / 2**31


class _Recording:
    """A source that says samples once or again and again."""

    def __init__(self, samples: Samples, *, loop: bool) -> None:
        self.samples = samples
        self.loop = loop

    def fill(self, position: int, out: Samples) -> None:
        wanted = np.arange(position, position + len(out))
        if self.loop:
            out[:] = self.samples[wanted % len(self.samples)]
        else:
            there = self.samples[position : position + len(out)]
            out[: len(there)] = there
            out[len(there) :] = 0


class _Writer:
    """A sink that writes a WAV file in its own thread, so that a slow disk delays no sound."""

    def __init__(self, path: Path) -> None:
        try:
            self._raw = path.open("wb")
        except OSError as error:
            raise SoundFileError(f"{path} cannot be written: {error.strerror}.") from error
        self._file = wave.open(self._raw, "wb")  # noqa: SIM115  (closed by the thread)
        self._file.setnchannels(1)
        self._file.setsampwidth(2)
        self._file.setframerate(SAMPLE_RATE)
        self.failed = False
        self._batch: list[Samples] = []
        self._batched = 0
        self._waiting: queue.SimpleQueue[Samples | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="wav-writer", daemon=True)
        self._thread.start()

    def take(self, position: int, samples: Samples) -> None:  # noqa: ARG002  (they are in order)
        if self.failed:
            return
        self._batch.append(samples)
        self._batched += len(samples)
        if self._batched >= _BATCH_SAMPLES:
            self._hand_over()

    def close(self) -> None:
        self._hand_over()
        self._waiting.put(None)
        self._thread.join(_STOP_SECONDS)

    def _hand_over(self) -> None:
        if self._batch:
            self._waiting.put(np.concatenate(self._batch))
        self._batch, self._batched = [], 0

    def _run(self) -> None:
        try:
            with self._raw:
                self._write_all()
        except OSError:  # the disk is full: the call matters more than its recording
            self.failed = True

    def _write_all(self) -> None:
        try:
            while (samples := self._waiting.get()) is not None:
                little = samples.byteswap() if sys.byteorder == "big" else samples
                # writeframes keeps the header right, so the file is whole whatever happens next
                self._file.writeframes(little.tobytes())
        finally:
            self._file.close()
