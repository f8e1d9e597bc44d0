"""What PulseAudio, or a server that speaks as it does, tells of devices that go.

Such a server moves the stream of a device that goes to another device, to the monitor of a speaker
for example, and the stream never learns of it: sound goes on, but of something else, and stays
there when the device is back. Its own program `pactl` tells; where that is missing nothing does.
"""

import shutil
import threading
from pathlib import Path

from tui_call.control.processes import Process, start_to_listen
from tui_call.voice.devices.port import DeviceKind

_RETRY_SECONDS = 2.0
_STOP_SECONDS = 5.0
_GONE: dict[bytes, DeviceKind] = {
    b"Event 'remove' on source": "microphone",
    b"Event 'remove' on sink": "speaker",
}


class ServerNews:
    """Follows the server from `start` to `stop`, also over its restarts."""

    def __init__(self) -> None:
        self._gone: set[DeviceKind] = set()
        self._stopping = threading.Event()
        self._process: Process | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to listen."""
        program = shutil.which("pactl")
        if program is not None:
            self._stopping.clear()
            self._thread = threading.Thread(
                target=self._follow, args=(Path(program),), name="sound-server", daemon=True
            )
            self._thread.start()

    def stop(self) -> None:
        """Listen no more; may be called twice."""
        self._stopping.set()
        if self._process is not None:
            self._process.kill()
        if self._thread is not None:
            self._thread.join(_STOP_SECONDS)
            self._thread = None

    def one_went(self, kind: DeviceKind) -> bool:
        """Whether a device of that kind went since this was asked last."""
        went = kind in self._gone
        self._gone.discard(kind)
        return went

    def _follow(self, program: Path) -> None:
        while not self._stopping.is_set():
            try:
                self._listen(program)
            except OSError:  # it cannot be run
                return
            self._stopping.wait(_RETRY_SECONDS)

    def _listen(self, program: Path) -> None:
        with start_to_listen(program, "subscribe") as process:
            self._process = process
            if self._stopping.is_set():  # before it could be ended from there
                process.kill()
            assert process.stdout is not None
            for line in process.stdout:
                kind = _GONE.get(line.partition(b" #")[0])
                if kind is not None:
                    self._gone.add(kind)
