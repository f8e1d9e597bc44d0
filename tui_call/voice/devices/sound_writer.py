"""What is heard, into a WAV file: in a thread of its own, so that no disk delays sound."""

import queue
import struct
import sys
import threading
import wave
from pathlib import Path

import numpy as np

from tui_call.voice.samples import Samples
from tui_call.voice.sound import SAMPLE_RATE

_CLOSE_SECONDS = 5.0
_BATCH_SAMPLES = SAMPLE_RATE // 2
_MOST_BATCHES = 60
"""Half a minute for a disk that stands still, in 3 MB; after that the file is given up."""


class SoundWriter:
    """A sink that writes a 48 kHz mono int16 WAV file; `take` and `close` never raise.

    Attributes:
        failed: not all of it could be written, because the disk is full or gone, or does not
            answer, or because 4 GB are all that a WAV file holds. Nothing more is tried then.
    """

    def __init__(self, path: Path) -> None:
        self.failed = False
        self._path = path
        self._batch: list[Samples] = []
        self._batched = 0
        # Room for the last batch and for the end even where the thread takes nothing any more.
        self._waiting: queue.SimpleQueue[Samples | None] = queue.SimpleQueue()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="sound-writer", daemon=True)
        self._thread.start()

    def take(self, position: int, samples: Samples) -> None:  # noqa: ARG002  (they are in order)
        """Write samples some time."""
        if self.failed or self._closed:
            return
        self._batch.append(samples)
        self._batched += len(samples)
        if self._batched >= _BATCH_SAMPLES:
            self._hand_over()

    def close(self) -> None:
        """Finish the file; may be called twice. A disk that does not answer is not waited for."""
        if not self._closed:
            self._closed = True
            self._hand_over()
            self._waiting.put(None)
        self._thread.join(_CLOSE_SECONDS)
        self.failed = self.failed or self._thread.is_alive()

    def _hand_over(self) -> None:
        if self._waiting.qsize() >= _MOST_BATCHES:
            self.failed = True
        elif self._batch:
            self._waiting.put(np.concatenate(self._batch))
        self._batch, self._batched = [], 0

    def _run(self) -> None:
        try:
            self._write()
        except (OSError, struct.error):  # the latter where the length does not fit into the header
            self.failed = True

    def _write(self) -> None:
        with self._path.open("wb") as raw, wave.open(raw, "wb") as file:
            file.setparams((1, 2, SAMPLE_RATE, 0, "NONE", ""))
            while (samples := self._waiting.get()) is not None and not self.failed:
                little = samples.byteswap() if sys.byteorder == "big" else samples
                # writeframes keeps the header right, so the file is whole whatever happens next
                file.writeframes(little.tobytes())
