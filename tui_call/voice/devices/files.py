"""Files in place of devices: one is the microphone, what is heard goes into another one."""

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from tui_call.voice.devices.paced import PacedPort
from tui_call.voice.devices.sound_file import check_writable, read_sound_file
from tui_call.voice.devices.sound_writer import SoundWriter
from tui_call.voice.samples import Samples
from tui_call.voice.speech_like import speech_like

BUILT_IN_SECONDS = 30.0


class FilePort(PacedPort):
    """An `AudioPort` that says a sound file and writes what it hears into another one.

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
        """Read the input, and see whether the output can be written.

        Args:
            input: as `read_sound_file` reads it; None for the built-in signal, looped.
            output: 48 kHz mono int16 WAV, written from `start` on; None writes none.
            loop: say the input again and again; else silence follows it.
            clock: monotonic seconds.

        Raises:
            SoundFileError: one of them cannot be used.
        """
        if output is not None:
            check_writable(output)
        samples = speech_like(BUILT_IN_SECONDS) if input is None else read_sound_file(input)
        self._recording = _Recording(samples, loop=loop or input is None)
        self._output = output
        self._writer: SoundWriter | None = None
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
    def spoilt_output(self) -> Path | None:
        """The output where it could not be written to its end, for example on a full disk."""
        return self._output if self._writer is not None and self._writer.failed else None

    def start(self) -> None:
        """Begin to write the output; where that fails, the sound goes on without it."""
        if self._output is not None and self._writer is None:
            self._sink = self._writer = SoundWriter(self._output)

    def stop(self) -> None:
        """Finish the output file; the time line goes on."""
        self._sink = None
        if self._writer is not None:
            self._writer.close()


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
