"""Sound devices on a computer without a sound card: a private PulseAudio for each, with null sinks.

Every name gets a microphone and a speaker. In a process that runs with `AudioRig.environment`,
PortAudio sees one device of each name, in and out. `say` plays a WAV file into a microphone and
`Listener` records what a speaker gets. PortAudio reads its environment once, so the code under
test runs in a child process.

Each device has a server of its own: where one of several devices of a server goes, the server
moves streams to the next one, and nobody would notice that it was pulled.

Needs the programs pulseaudio, paplay, parec and pactl, and ALSA's PulseAudio plugin.
"""

import json
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Literal

# Without norewinds a stream gives nothing for about 1.5 s.
_SINK = "module-null-sink sink_name={0} norewinds=1 rate=48000 channels=1 format=s16le"
_START_SECONDS = 10.0
_STOP_SECONDS = 5.0
_LISTED_BEFORE = 3
"""How often a program is listed before it surely listens: it asks for that a little later."""

# Without the include PortAudio aborts the process.
_ALSA_HEAD = b"</usr/share/alsa/alsa.conf>\n"
# Drivers name devices in encodings of their own; one such stands beside the good ones.
_ALSA_MISNAMED = b'pcm."Mikro\xf6" { type null }\n'
_ALSA_DEVICE = """pcm.{name} {{ type asym
  playback.pcm {{ type pulse server "unix:{socket}" device {name}_spk }}
  capture.pcm  {{ type pulse server "unix:{socket}" device {name}_mic.monitor }} }}
"""


class _Device:
    """A microphone and a speaker, with the sound server in which they live."""

    def __init__(self, name: str, directory: Path, asound: Path) -> None:
        self._name = name
        self._directory = directory
        self._server: subprocess.Popen[bytes] | None = None
        self.socket = directory / "native"
        self.environment = {
            "PULSE_SERVER": f"unix:{self.socket}",
            "PULSE_RUNTIME_PATH": str(directory),
            "PULSE_STATE_PATH": str(directory),
            "PULSE_COOKIE": str(directory / "cookie"),
            "ALSA_CONFIG_PATH": str(asound),
        }
        directory.mkdir(mode=0o700)  # as the server wants

    def start(self) -> None:
        """Start the server and wait until it answers."""
        modules = [f"module-native-protocol-unix socket={self.socket} auth-anonymous=1"]
        modules += [_SINK.format(f"{self._name}_{end}") for end in ("mic", "spk")]
        environment = os.environ | self.environment
        del environment["PULSE_SERVER"]
        self._server = subprocess.Popen(
            [
                "pulseaudio", "-n", "--daemonize=no", "--use-pid-file=no", "--exit-idle-time=-1",
                "--realtime=no", "--high-priority=no", "--disable-shm=yes",
                f"--log-target=file:{self._directory}/pulse.log",
                *(part for module in modules for part in ("-L", module)),
            ],
            env=environment,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        deadline = time.monotonic() + _START_SECONDS
        while self.run("pactl", "info").returncode:
            if time.monotonic() > deadline or self._server.poll() is not None:
                raise RuntimeError("pulseaudio did not start")
            time.sleep(0.05)

    def stop(self) -> None:
        """End the server: the device vanishes."""
        if self._server is not None:
            self._server.terminate()
            self._server.wait(_STOP_SECONDS)
            self._server = None

    def run(self, *command: str) -> subprocess.CompletedProcess[bytes]:
        """Run a program that speaks with the server."""
        return subprocess.run(
            command, env=os.environ | self.environment, capture_output=True, timeout=120
        )

    def begin(self, *command: str) -> "subprocess.Popen[bytes]":
        """Start a program that speaks with the server."""
        return subprocess.Popen(
            command,
            env=os.environ | self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


class AudioRig:
    """A context manager: the sound servers live inside it.

    Attributes:
        environment: for the processes that shall see the devices.
    """

    def __init__(self, names: tuple[str, ...] = ("left", "right")) -> None:
        self._directory = Path(tempfile.mkdtemp(prefix="audio-rig-"))
        asound = self._directory / "asound.conf"
        self._devices = {name: _Device(name, self._directory / name, asound) for name in names}
        self.environment = os.environ | self._devices[names[0]].environment
        devices = (
            _ALSA_DEVICE.format(name=name, socket=device.socket)
            for name, device in self._devices.items()
        )
        asound.write_bytes(_ALSA_HEAD + _ALSA_MISNAMED + "".join(devices).encode())

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
        """Plug every device; also after `stop`."""
        for name in self._devices:
            self.plug(name)

    def stop(self) -> None:
        """Every device vanishes."""
        for name in self._devices:
            self.unplug(name)

    def plug(self, name: str) -> None:
        """Bring a device."""
        self._devices[name].start()

    def unplug(self, name: str) -> None:
        """Take a device away."""
        self._devices[name].stop()

    def use_by_default(self, name: str) -> None:
        """Let a microphone be the default of its server."""
        self._devices[name].run(
            "pactl", "set-default-source", f"{name}_mic.monitor"
        ).check_returncode()

    def unload(self, name: str, end: Literal["mic", "spk"]) -> None:
        """Pull a microphone or a speaker from its server, which moves its streams elsewhere."""
        device = self._devices[name]
        modules = device.run("pactl", "list", "short", "modules").stdout.decode().splitlines()
        [module] = [line.split()[0] for line in modules if f"sink_name={name}_{end} " in line]
        device.run("pactl", "unload-module", module).check_returncode()

    def wait_for_listeners(self, name: str, count: int) -> None:
        """Wait until so many programs listen by `pactl` to what a device's server tells."""
        deadline = time.monotonic() + _START_SECONDS
        seen = 0
        while seen < _LISTED_BEFORE:
            seen = seen + 1 if self._listeners(name) >= count else 0
            assert time.monotonic() < deadline

    def _listeners(self, name: str) -> int:
        told = self._devices[name].run("pactl", "-f", "json", "list", "clients").stdout
        return sum(
            b"subscribe" in _command_line(one["properties"].get("application.process.id", ""))
            for one in json.loads(told)
        )

    def load(self, name: str, end: Literal["mic", "spk"]) -> None:
        """Plug what was unloaded."""
        module = _SINK.format(f"{name}_{end}").split()
        self._devices[name].run("pactl", "load-module", *module).check_returncode()

    def say(self, name: str, wav: Path) -> None:
        """Play a WAV file into a microphone; returns when it has been said."""
        self._devices[name].run("paplay", f"--device={name}_mic", str(wav)).check_returncode()

    def begin_to_say(self, name: str, wav: Path) -> "subprocess.Popen[bytes]":
        """Play a WAV file into a microphone meanwhile; the caller ends it."""
        return self._devices[name].begin("paplay", f"--device={name}_mic", str(wav))

    def let_speaker_be_heard(self, name: str, decibels: int, milliseconds: int) -> None:
        """Let a speaker be heard in the microphone of its device, softer and later."""
        device = self._devices[name]
        loaded = device.run(
            "pactl", "load-module", "module-loopback", f"source={name}_spk.monitor",
            f"sink={name}_mic", "adjust_time=0", f"latency_msec={milliseconds}",
        )  # fmt: skip
        loaded.check_returncode()
        streams = json.loads(device.run("pactl", "-f", "json", "list", "sink-inputs").stdout)
        module = loaded.stdout.decode().strip()
        [stream] = [one for one in streams if str(one["owner_module"]) == module]
        device.run(
            "pactl", "set-sink-input-volume", str(stream["index"]), f"{decibels}dB"
        ).check_returncode()

    def listen(self, name: str, wav: Path) -> "Listener":
        """Begin to record a speaker into a 48 kHz mono WAV file."""
        return Listener(
            self._devices[name].begin(
                "parec", f"--device={name}_spk.monitor", "--format=s16le", "--rate=48000",
                "--channels=1", "--latency-msec=20", "--file-format=wav", str(wav),
            )
        )  # fmt: skip


def _command_line(process: str) -> bytes:
    try:
        return Path("/proc", process or "none", "cmdline").read_bytes()
    except OSError:  # it has ended
        return b""


class Listener:
    """Records a speaker until `stop`."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process

    def stop(self) -> None:
        """End the recording."""
        self._process.terminate()
        self._process.wait(_STOP_SECONDS)
