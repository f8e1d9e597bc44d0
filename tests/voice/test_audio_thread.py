import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tui_call.voice.audio_thread import AudioThread
from tui_call.voice.coding import Coding
from tui_call.voice.devices.files import FilePort
from tui_call.voice.devices.port import DeviceError
from tui_call.voice.devices.silent import SilentPort
from tui_call.voice.devices.sound_file import read_sound_file
from tui_call.voice.playout import Playout
from tui_call.voice.redundancy import PLAIN
from tui_call.voice.tones import busy

DEADLINE = 20.0


class SleptClock:
    """A clock that sleeping moves; it stands still while nobody sleeps."""

    def __init__(self) -> None:
        self.now = 50.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class Frames:
    """Counts frames and lets a test wait for some."""

    def __init__(self) -> None:
        self.packets: list[bytes] = []
        self._changed = threading.Condition()

    def __call__(self, packet: bytes, captured_at: float) -> None:
        with self._changed:
            self.packets.append(packet)
            self._changed.notify_all()

    def wait_for_more(self, count: int) -> None:
        with self._changed:
            wanted = len(self.packets) + count
            assert self._changed.wait_for(lambda: len(self.packets) >= wanted, DEADLINE)


@pytest.fixture
def time() -> SleptClock:
    return SleptClock()


@pytest.fixture
def frames() -> Frames:
    return Frames()


def thread_on(
    port: FilePort | SilentPort,
    time: SleptClock,
    frames: Callable[[bytes, float], None],
    playout: Playout | None = None,
    raise_priority: Callable[[], bool] | None = None,
    on_failure: Callable[[Exception], None] | None = None,
) -> AudioThread:
    return AudioThread(
        port,
        on_frame=frames,
        playout=playout,
        raise_priority=raise_priority,
        on_failure=on_failure,
        clock=time,
        sleep=time.sleep,
    )


def test_it_sends_until_it_is_stopped(time: SleptClock, frames: Frames) -> None:
    thread = thread_on(SilentPort(time), time, frames)
    thread.start()
    frames.wait_for_more(100)
    thread.stop()
    thread.stop()
    sent = len(frames.packets)
    assert thread.frames == sent
    assert abs((time.now - 50.0) / 0.02 - sent) <= 2
    assert thread.failure is None


class Broken(SilentPort):
    """A port that cannot start."""

    def start(self) -> None:
        raise DeviceError("still", kind="speaker")


def test_a_port_that_cannot_start_is_told(time: SleptClock, frames: Frames) -> None:
    thread = thread_on(Broken(time), time, frames)
    with pytest.raises(DeviceError, match="stands still"):
        thread.start()
    thread.stop()


def test_a_callback_that_raises_does_not_end_the_sound(time: SleptClock) -> None:
    failures: list[Exception] = []
    frames = Frames()

    def raising(packet: bytes, captured_at: float) -> None:
        frames(packet, captured_at)
        raise KeyError("a bug elsewhere")

    thread = thread_on(SilentPort(time), time, raising, on_failure=failures.append)
    thread.start()
    frames.wait_for_more(20)
    thread.stop()
    assert isinstance(thread.failure, KeyError)
    assert len(failures) >= 20


def test_priority_is_asked_for_once(time: SleptClock, frames: Frames) -> None:
    asked: list[str] = []

    def raise_priority() -> bool:
        asked.append(threading.current_thread().name)
        return True

    thread = thread_on(SilentPort(time), time, frames, raise_priority=raise_priority)
    assert not thread.has_priority
    thread.start()
    frames.wait_for_more(5)
    thread.stop()
    assert asked == ["audio"]
    assert thread.has_priority


def test_ports_are_swapped_without_a_missing_frame(
    tmp_path: Path, time: SleptClock, frames: Frames
) -> None:
    first = FilePort(output=tmp_path / "first.wav", clock=time)
    thread = thread_on(first, time, frames)
    thread.start()
    frames.wait_for_more(20)
    second = FilePort(output=tmp_path / "second.wav", clock=time)
    thread.swap_port(second)
    assert thread.port is second
    frames.wait_for_more(50)
    thread.stop()
    assert abs((time.now - 50.0) / 0.02 - len(frames.packets)) <= 6
    assert thread.missed_frames() <= 1
    assert len(read_sound_file(tmp_path / "first.wav")) > 0
    assert len(read_sound_file(tmp_path / "second.wav")) > 0


def test_a_port_that_cannot_start_is_not_swapped_in(time: SleptClock, frames: Frames) -> None:
    port = SilentPort(time)
    thread = thread_on(port, time, frames)
    thread.start()
    with pytest.raises(DeviceError):
        thread.swap_port(Broken(time))
    frames.wait_for_more(5)
    assert thread.port is port
    thread.stop()


def test_tones_and_playout_reach_the_speaker(
    tmp_path: Path, time: SleptClock, frames: Frames
) -> None:
    thread = thread_on(FilePort(output=tmp_path / "out.wav", clock=time), time, frames)
    thread.start()
    thread.set_playout(Playout())
    thread.play_tone(busy(), loop=True)
    frames.wait_for_more(100)
    thread.stop_tone()
    frames.wait_for_more(20)
    thread.stop()
    heard = read_sound_file(tmp_path / "out.wav")
    assert np.max(np.abs(heard)) == np.max(np.abs(busy()))
    assert not heard[-4800:].any()


def test_a_playout_is_taken_away_between_two_steps(time: SleptClock, frames: Frames) -> None:
    """A step that looked at it once and again would find it gone in between."""
    thread = thread_on(SilentPort(time), time, frames)
    thread.set_playout(Playout(), heard=False)
    assert thread._loop.playout is None
    assert not thread._loop.deaf
    thread.start()
    frames.wait_for_more(1)
    assert thread._loop.playout is not None
    assert thread._loop.deaf
    thread.stop()


def test_mute_coding_and_meters(time: SleptClock, frames: Frames) -> None:
    thread = thread_on(FilePort(clock=time), time, frames)
    thread.start()
    frames.wait_for_more(50)
    assert thread.meters().microphone > -60
    assert thread.meters().speaker == -100
    thread.set_muted(True)
    thread.set_coding(Coding(32_000, expected_loss=20))
    frames.wait_for_more(50)
    thread.stop()
    assert thread.muted
    assert {len(packet) for packet in frames.packets} == {PLAIN.coding.packet_bytes, 80}
    assert {len(packet) for packet in frames.packets[-40:]} == {80}


def test_lateness_is_measured(time: SleptClock, frames: Frames) -> None:
    late = iter([0.0] * 9 + [0.03])

    def oversleep(seconds: float) -> None:
        time.now += seconds + next(late, 0.0)

    thread = AudioThread(SilentPort(time), on_frame=frames, clock=time, sleep=oversleep)
    assert thread.lateness_ms() == 0.0
    thread.start()
    frames.wait_for_more(20)
    thread.stop()
    assert 29 < thread.lateness_ms(1.0) < 31
    assert thread.lateness_ms(0.5) < 1


@pytest.mark.e2e
@pytest.mark.sound
def test_mouth_to_ear_in_real_time(tmp_path: Path) -> None:
    import time as real_time

    from tui_call.voice.alignment import align
    from tui_call.voice.speech_like import speech_like

    playout, counted = Playout(), Frames()

    def send(packet: bytes, captured_at: float) -> None:
        playout.insert(len(counted.packets), packet, real_time.monotonic())
        counted(packet, captured_at)

    mouth, ear = FilePort(), FilePort(output=tmp_path / "heard.wav")
    listening = AudioThread(ear, on_frame=lambda *_: None, playout=playout)
    speaking = AudioThread(mouth, on_frame=send)
    listening.start()
    speaking.start()
    counted.wait_for_more(200)
    speaking.stop()
    listening.stop()
    assert mouth.input_started_at is not None
    assert ear.output_started_at is not None
    alignment = align(
        speech_like(4.0),
        read_sound_file(tmp_path / "heard.wav"),
        ear.output_started_at - mouth.input_started_at,
    )
    assert alignment.heard
    assert min(alignment.delays) > 0.02
    assert (alignment.percentile(50) or 1.0) < 0.15  # the figure itself belongs to the benchmark


_ASK_IN_A_CALL = """
import sys
from tui_call.voice.audio_thread import AudioThread
from tui_call.voice.devices.silent import SilentPort

thread = AudioThread(SilentPort(), on_frame=lambda *_: None)
thread.start()
while not thread.lateness_ms():
    pass
loaded = set(sys.modules)
thread.lateness_ms(), thread.meters(), thread.missed_frames()
thread.stop()
print(sorted(set(sys.modules) - loaded), "numpy.ma" in loaded)
"""


def test_figures_of_the_sound_load_no_module_in_a_call() -> None:
    """To load one takes longer than a frame, and frames that arrived wait for it."""
    ran = subprocess.run(
        [sys.executable, "-c", _ASK_IN_A_CALL], capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == "[] False"
