"""What PulseAudio, or a server that speaks as it does, tells of devices that go.

Such a server moves the stream of a device that goes to another device, to the monitor of a speaker
for example, and the stream never learns of it: sound goes on, but of something else, and stays
there when the device is back. So does what is opened as the default microphone where there is no
other. The server's own program `pactl` tells; where that is missing nothing does.
"""

import shutil
import subprocess
import threading
from pathlib import Path

from tui_call.control.processes import Process, start_to_listen
from tui_call.voice.devices.port import DeviceKind

_RETRY_SECONDS = 2.0
_STOP_SECONDS = 5.0
_ANSWER_SECONDS = 2.0
_MONITOR = b".monitor"
_GONE: dict[bytes, DeviceKind] = {
    b"Event 'remove' on source": "microphone",
    b"Event 'remove' on sink": "speaker",
}


class ServerNews:
    """Follows the server from `start` to `stop`, also over its restarts."""

    def __init__(self) -> None:
        self._program: Path | None = None
        self._default = b""
        self._gone: set[DeviceKind] = set()
        self._stopping = threading.Event()
        self._process: Process | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to listen."""
        found = shutil.which("pactl")
        if found is not None:
            self._program = Path(found)
            self._stopping.clear()
            self._thread = threading.Thread(
                target=self._follow, args=(self._program,), name="sound-server", daemon=True
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

    def default_is_a_speaker(self) -> bool:
        """Whether the default microphone became the monitor of a speaker since the start.

        Others would hear what this computer plays. Where it was one from the start, somebody wants
        it so. May take a moment.
        """
        if self._program is None or not self._default:
            return False
        now = _default_source(self._program)
        return now != self._default and now.endswith(_MONITOR)

    def _follow(self, program: Path) -> None:
        self._default = _default_source(program)
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


def _default_source(program: Path) -> bytes:
    """Return the name of the microphone that is the default, b"" where that is not known."""
    try:
        with start_to_listen(program, "get-default-source") as process:
            try:
                answer, _ = process.communicate(timeout=_ANSWER_SECONDS)
            finally:
                process.kill()
    except (OSError, subprocess.TimeoutExpired):
        return b""
    return answer.strip()
