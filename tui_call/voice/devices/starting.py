"""Starting a stream, from which PortAudio may never come back.

On ALSA a thread of PortAudio starts the stream. Where that fails, as it does when the device went
between opening and starting, the thread ends with the lock held for which the caller then waits:
https://github.com/PortAudio/portaudio/issues/535, seen with 19.6 and PulseAudio's plugin for ALSA.
Before that it says that the stream finished, and so it is known here.
"""

import threading
from collections.abc import Callable
from typing import Any

_RETURN_SECONDS = 1.0  # a stream may also finish just after its start


class NeverStarts(Exception):
    """A thread waits in the stream without end: it must be neither used nor closed."""


class Start:
    """The start of one stream."""

    def __init__(self, finished: Callable[[], None]) -> None:
        """Prepare it.

        Args:
            finished: called when the stream ends by itself.
        """
        self._finished = finished
        self._told = threading.Event()
        self._returned = threading.Event()
        self._failure: Exception | None = None

    def finished(self) -> None:
        """Hear from PortAudio that the stream ended."""
        self._finished()
        self._told.set()

    def run_apart(self, stream: Any) -> None:
        """Start the stream in a thread that can be left behind.

        Raises:
            NeverStarts: it ended without a start.
            Exception: what the stream raises.
        """
        threading.Thread(target=self._run, args=(stream,), name="sound-start", daemon=True).start()
        self._told.wait()
        if not self._returned.wait(_RETURN_SECONDS):
            raise NeverStarts
        if self._failure is not None:
            raise self._failure

    def _run(self, stream: Any) -> None:
        try:
            stream.start()
        except Exception as failure:
            self._failure = failure
        self._returned.set()
        self._told.set()
