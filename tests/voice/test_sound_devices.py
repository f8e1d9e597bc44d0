"""Real sound devices, in a child process: PortAudio reads its environment only once."""

import json
import subprocess
import sys
import time
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Literal

import numpy as np
import pytest

from tests.support.audio_rig import AudioRig
from tui_call.voice.alignment import align
from tui_call.voice.devices.sound_file import read_sound_file

pytestmark = [pytest.mark.e2e, pytest.mark.sound]

DEADLINE = 20.0
PORTS = 2
"""Of the child; each listens to what the sound server tells."""

# Takes what the device "left" captures through Opus and playout to the device "right"; says each
# device event and, when its input ends, the figures.
CHILD = """
import faulthandler, json, sys, time
from tui_call.voice.audio_thread import AudioThread
from tui_call.voice.devices.portaudio import list_devices
from tui_call.voice.devices.sound_devices import SoundDevicePort
from tui_call.voice.playout import Playout

faulthandler.dump_traceback_later(90, exit=True)  # where it stands, if it hangs

def say(**facts):
    print(json.dumps(facts), file=sys.stderr, flush=True)

def tell(event):
    say(event=event.what, kind=event.kind, name=event.name)

playout, numbers = Playout(), iter(range(1_000_000))

def send(packet, captured_at):
    playout.insert(next(numbers), packet, time.monotonic())

say(devices=[device.name for device in list_devices()])
mouth = AudioThread(SoundDevicePort(sys.argv[1], None, tell), on_frame=send)
ear = AudioThread(
    SoundDevicePort(None, "right", tell), on_frame=lambda *_: None, playout=playout
)
mouth.start()
ear.start()
say(ready=mouth.port.has_microphone and ear.port.has_speaker)
sys.stdin.read()
figures = playout.statistics()
mouth.stop()
ear.stop()
say(failures=[repr(thread.failure) for thread in (mouth, ear) if thread.failure],
    received=figures.received, concealed=figures.concealed)
"""


# Opens a device "right" that goes before it starts, then the device "left".
LATE = """
import sys
import sounddevice
from tui_call.voice.devices.port import DeviceError
from tui_call.voice.devices.portaudio import open_stream

def late(stream):
    class Late(stream):
        def start(self):
            print("opened", flush=True)
            sys.stdin.readline()
            super().start()
    return Late

sounddevice.InputStream = late(sounddevice.InputStream)
sounddevice.OutputStream = late(sounddevice.OutputStream)
for name in ("right", "left"):
    try:
        stream = open_stream(sys.argv[1], name, lambda *_: None, lambda: None, "low")
    except DeviceError as error:
        print(error, flush=True)
    else:
        stream.close()
        print("closed", flush=True)
"""


class Child:
    """The process with the devices."""

    def __init__(self, rig: AudioRig, microphone: str = "left") -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", CHILD, microphone],
            env=rig.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.passed: list[str] = []

    def wait_for(self, fact: str) -> dict[str, Any]:
        """Return the next line that has that fact; what ALSA prints is passed over."""
        stream: IO[str] | None = self._process.stderr
        assert stream is not None
        for line in stream:
            if line.startswith("{") and fact in (facts := json.loads(line)):
                return facts
            self.passed.append(line)
        status = self._process.wait(DEADLINE)
        pytest.fail(f"the child ended ({status}) without {fact}: {''.join(self.passed)}")

    def finish(self) -> tuple[dict[str, Any], str]:
        """End it; return its last words and what it wrote to its standard output."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.stdin = None
        facts = self.wait_for("failures")
        output, _ = self._process.communicate(timeout=DEADLINE)
        assert self._process.returncode == 0
        return facts, output

    def kill(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.communicate()


@pytest.fixture
def rig() -> Iterator[AudioRig]:
    with AudioRig() as running:
        yield running


@pytest.fixture
def child(rig: AudioRig) -> Iterator[Child]:
    process = Child(rig)
    yield process
    process.kill()


def samples_of(path: Path) -> np.ndarray:
    """Return what a recorder has written so far; its header does not know the length yet."""
    data = path.read_bytes()[44:]
    return np.frombuffer(data[: len(data) // 2 * 2], dtype="<i2")


def wait_for_samples(path: Path, count: int) -> None:
    deadline = time.monotonic() + DEADLINE
    while not path.exists() or len(samples_of(path)) < count:
        assert time.monotonic() < deadline
        time.sleep(0.02)  # leave the processor to those that are waited for


def test_speech_into_one_device_comes_out_of_another(
    rig: AudioRig, child: Child, tmp_path: Path
) -> None:
    spoken, heard = tmp_path / "spoken.wav", tmp_path / "heard.wav"
    text = "The quick brown fox jumps over the lazy dog."
    subprocess.run(["espeak-ng", "-w", str(spoken), text], check=True, timeout=DEADLINE)
    assert {"left", "right"} <= set(child.wait_for("devices")["devices"])
    assert child.wait_for("ready")["ready"]
    listener = rig.listen("right", heard)
    wait_for_samples(heard, 4800)
    rig.say("left", spoken)
    wait_for_samples(heard, len(samples_of(heard)) + 24_000)
    listener.stop()
    facts, output = child.finish()
    assert facts["failures"] == []
    assert output == ""
    alignment = align(read_sound_file(spoken), samples_of(heard))
    assert alignment.heard
    assert len(alignment.delays) >= 0.9 * alignment.windows


def test_devices_that_vanish_are_lost_and_come_back(rig: AudioRig, child: Child) -> None:
    assert child.wait_for("ready")["ready"]
    rig.stop()
    lost = [child.wait_for("event") for _ in range(2)]
    assert {(event["event"], event["kind"], event["name"]) for event in lost} == {
        ("lost", "microphone", "left"),
        ("lost", "speaker", "right"),
    }
    rig.start()
    found = [child.wait_for("event") for _ in range(2)]
    assert {(event["event"], event["kind"]) for event in found} == {
        ("found", "microphone"),
        ("found", "speaker"),
    }
    facts, _ = child.finish()
    assert facts["failures"] == []
    assert facts["received"] > 100  # frames went on meanwhile


@pytest.mark.parametrize(
    ("kind", "name", "end"), [("microphone", "left", "mic"), ("speaker", "right", "spk")]
)
def test_what_the_sound_server_moved_elsewhere_is_lost_and_comes_back(
    tmp_path: Path, kind: str, name: str, end: Literal["mic", "spk"]
) -> None:
    """The stream goes on meanwhile: with the sound of another device, or into another one."""
    with AudioRig((name, "left" if name == "right" else "right")) as rig:
        child = Child(rig)
        try:
            assert child.wait_for("ready")["ready"]
            rig.wait_for_listeners(name, PORTS)
            for _ in range(2):
                rig.unload(name, end)
                event = child.wait_for("event")
                assert (event["event"], event["kind"], event["name"]) == ("lost", kind, name)
                rig.load(name, end)
                event = child.wait_for("event")
                assert (event["event"], event["kind"], event["name"]) == ("found", kind, name)
            heard_again(rig, tmp_path)
            facts, _ = child.finish()
            assert facts["failures"] == []
            # An opening that fails beside a stream can end the process: it is tried elsewhere.
            assert "PaAlsaStream_Configure" not in "".join(child.passed)
        finally:
            child.kill()


@pytest.mark.parametrize(("kind", "end"), [("microphone", "mic"), ("speaker", "spk")])
def test_a_device_that_goes_between_opening_and_starting_holds_up_no_other(
    rig: AudioRig, kind: str, end: Literal["mic", "spk"]
) -> None:
    """PortAudio never returns from starting it."""
    child = subprocess.Popen(
        [sys.executable, "-c", LATE, kind],
        env=rig.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert child.stdout is not None
        assert child.stdout.readline() == "opened\n"
        rig.unload("right", end)
        told, _ = child.communicate("\n", timeout=DEADLINE)
        assert told.splitlines() == [
            "right cannot be opened: it went meanwhile.", "opened", "closed",
        ]  # fmt: skip
        assert child.returncode == 0
    finally:
        child.kill()
        child.wait()


def test_the_default_microphone_is_lost_where_only_a_speaker_is_left(rig: AudioRig) -> None:
    """The server would give its monitor: others would hear what this computer plays."""
    rig.use_by_default("left")
    child = Child(rig, "")
    try:
        assert child.wait_for("ready")["ready"]
        rig.wait_for_listeners("left", PORTS)
        rig.unload("left", "mic")
        event = child.wait_for("event")
        assert (event["event"], event["kind"], event["name"]) == ("lost", "microphone", "")
        rig.load("left", "mic")
        event = child.wait_for("event")
        assert (event["event"], event["kind"]) == ("found", "microphone")
    finally:
        child.kill()


def heard_again(rig: AudioRig, folder: Path) -> None:
    """Speak into one device until it comes out of the other."""
    spoken, heard = folder / "spoken.wav", folder / "heard.wav"
    command = ["espeak-ng", "-w", str(spoken), "The quick brown fox jumps over the lazy dog."]
    subprocess.run(command, check=True, timeout=DEADLINE)
    listener = rig.listen("right", heard)
    wait_for_samples(heard, 4800)
    rig.say("left", spoken)
    wait_for_samples(heard, len(samples_of(heard)) + 24_000)
    listener.stop()
    assert align(read_sound_file(spoken), samples_of(heard)).heard


def test_a_recording_of_the_rig_is_48_khz_mono(rig: AudioRig, tmp_path: Path) -> None:
    heard = tmp_path / "heard.wav"
    listener = rig.listen("left", heard)
    wait_for_samples(heard, 480)
    listener.stop()
    with wave.open(str(heard)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (48_000, 1, 2)
