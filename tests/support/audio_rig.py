"""Sound devices on a computer without a sound card: a private PulseAudio with null sinks.

Every name gets a microphone and a speaker. In a process that runs with `AudioRig.environment`,
PortAudio sees one device of each name, in and out. `say` plays a WAV file into a microphone and
`Listener` records what a speaker gets. PortAudio reads its environment once, so the code under
test runs in a child process.

Needs the programs pulseaudio, paplay, parec and pactl, and ALSA's PulseAudio plugin.
"""

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType

_SINK = "module-null-sink sink_name={0} norewinds=1 rate=48000 channels=1 format=s16le"
_START_SECONDS = 10.0
_STOP_SECONDS = 5.0

# Without the include PortAudio aborts the process.
_ALSA_HEAD = "</usr/share/alsa/alsa.conf>\n"
_ALSA_DEVICE = """pcm.{name} {{ type asym
  playback.pcm {{ type pulse server "unix:{socket}" device {name}_spk }}
  capture.pcm  {{ type pulse server "unix:{socket}" device {name}_mic.monitor }} }}
"""


class AudioRig:
    """A context manager: the sound server lives inside it.

    Attributes:
        environment: for the processes that shall see the devices.
    """

    def __init__(self, names: tuple[str, ...] = ("left", "right")) -> None:
        self._names = names
        self._directory = Path(tempfile.mkdtemp(prefix="audio-rig-"))  # 0700, as the server wants
        self._server: subprocess.Popen[bytes] | None = None
        socket = self._directory / "native"
        self.environment = os.environ | {
            "PULSE_SERVER": f"unix:{socket}",
            "PULSE_RUNTIME_PATH": str(self._directory),
            "PULSE_STATE_PATH": str(self._directory),
            "PULSE_COOKIE": str(self._directory / "cookie"),
            "ALSA_CONFIG_PATH": str(self._directory / "asound.conf"),
        }
        devices = (_ALSA_DEVICE.format(name=name, socket=socket) for name in names)
        (self._directory / "asound.conf").write_text(_ALSA_HEAD + "".join(devices))

    def __enter__(self) -> "AudioRig":
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        shutil.rmtree(self._directory)

    def start(self) -> None:
        """Start the sound server and wait until it answers; also after `stop`."""
        modules = [f"module-native-protocol-unix socket={self._directory}/native auth-anonymous=1"]
        # Without norewinds a stream gives nothing for about 1.5 s.
        modules += [_SINK.format(f"{name}_{end}") for name in self._names for end in ("mic", "spk")]
        self._server = subprocess.Popen(
            [
                "pulseaudio", "-n", "--daemonize=no", "--use-pid-file=no", "--exit-idle-time=-1",
                "--realtime=no", "--high-priority=no", "--disable-shm=yes",
                f"--log-target=file:{self._directory}/pulse.log",
                *(part for module in modules for part in ("-L", module)),
            ],
            env={key: value for key, value in self.environment.items() if key != "PULSE_SERVER"},
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        deadline = time.monotonic() + _START_SECONDS
        while self._run("pactl", "info").returncode:
            if time.monotonic() > deadline or self._server.poll() is not None:
                raise RuntimeError("pulseaudio did not start")
            time.sleep(0.05)

    def stop(self) -> None:
        """End the sound server: every device vanishes."""
        if self._server is not None:
            self._server.terminate()
            self._server.wait(_STOP_SECONDS)
            self._server = None

    def say(self, name: str, wav: Path) -> None:
        """Play a WAV file into a microphone; returns when it has been said."""
        self._run("paplay", f"--device={name}_mic", str(wav)).check_returncode()

    def listen(self, name: str, wav: Path) -> "Listener":
        """Begin to record a speaker into a 48 kHz mono WAV file."""
        return Listener(name, wav, self.environment)

    def _run(self, *command: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(command, env=self.environment, capture_output=True, timeout=60)


class Listener:
    """Records a speaker until `stop`."""

    def __init__(self, name: str, wav: Path, environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            [
                "parec", f"--device={name}_spk.monitor", "--format=s16le", "--rate=48000",
                "--channels=1", "--latency-msec=20", "--file-format=wav", str(wav),
            ],
            env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def stop(self) -> None:
        """End the recording."""
        self._process.terminate()
        self._process.wait(_STOP_SECONDS)
