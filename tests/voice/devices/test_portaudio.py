"""Choosing and opening devices, with a sound library that behaves as told."""

import builtins
import json
import subprocess
import sys
import threading
from typing import Any

import numpy as np
import pytest

from tests.support.fake_portaudio import Library, PortAudioError, facts
from tui_call.voice.devices import portaudio, starting
from tui_call.voice.devices.port import DeviceError, DeviceEvent
from tui_call.voice.devices.portaudio import (
    AudioLibraryMissing,
    NoSuchDevice,
    list_devices,
    open_stream,
)
from tui_call.voice.devices.sides import Speaker
from tui_call.voice.devices.sound_devices import SoundDevicePort
from tui_call.voice.samples import silence


def open_microphone(name: str = "") -> portaudio.OpenStream:
    return open_stream("microphone", name, lambda *_: None, lambda: None, "low")


def test_importing_the_package_does_not_load_the_library() -> None:
    code = (
        "import sys, tui_call.voice, tui_call.voice.audio_thread, "
        "tui_call.voice.devices.sound_devices; assert 'sounddevice' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_a_computer_without_portaudio_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name == "sounddevice":
            raise OSError("PortAudio library not found")
        return real(name, *rest)

    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(AudioLibraryMissing, match="PortAudio is missing") as caught:
        SoundDevicePort().start()
    assert caught.value.sentence.code == "N_AUDIOLIB"
    with pytest.raises(AudioLibraryMissing):
        list_devices()


def test_names_are_unique_and_of_one_interface(library: Library) -> None:
    assert [device.name for device in list_devices()] == ["Headset", "Headset (2)"]
    assert library.initialised == 1


def test_a_name_that_is_not_utf_8_takes_no_other_device_away(library: Library) -> None:
    library.devices.insert(0, facts(b"Mikro\xf6", 0, 1, 1))
    assert [device.name for device in list_devices()] == ["Headset", "Headset (2)"]
    open_microphone("Headset").close()
    assert library.streams[0].arguments.device == 1


def test_on_windows_wasapi_is_taken(library: Library) -> None:
    library.interfaces.append({"name": "Windows WASAPI"})
    assert [device.name for device in list_devices()] == ["x"]
    started_in: list[threading.Thread] = []
    library.on_start = lambda: started_in.append(threading.current_thread())
    open_microphone("x").close()
    assert started_in == [threading.current_thread()]  # only ALSA's start may never return


def test_foreign_device_names_are_cleaned(library: Library) -> None:
    library.devices = [facts("Mic\x1b]0;evil\x07\n", 0, 1, 0)]
    assert [device.name for device in list_devices()] == ["Mic]0;evil"]


def test_a_sound_system_that_does_not_answer_is_told(library: Library) -> None:
    def gone(_: int) -> None:
        raise PortAudioError("Host error", -9999)

    library.query_devices = gone  # type: ignore[assignment]
    with pytest.raises(DeviceError, match="does not answer: Host error"):
        list_devices()
    with pytest.raises(DeviceError, match="The default device cannot be opened: Host error"):
        open_microphone()


def test_the_system_s_default_is_opened_mono_in_blocks_of_10_ms(library: Library) -> None:
    opened = open_microphone()
    arguments = library.streams[0].arguments
    assert (arguments.samplerate, arguments.channels, arguments.blocksize) == (48_000, 1, 480)
    assert (arguments.dtype, arguments.latency, arguments.device) == ("int16", "low", 0)
    assert (opened.rate, opened.latency) == (48_000, 0.01)


def test_unknown_and_unfit_devices_are_told(library: Library) -> None:
    with pytest.raises(DeviceError, match="There is no microphone nowhere"):
        open_microphone("nowhere")
    with pytest.raises(DeviceError, match=r"Headset \(2\) has no microphone"):
        open_microphone("Headset (2)")
    library.interfaces[0]["default_input_device"] = -1
    with pytest.raises(DeviceError, match="There is no microphone"):
        open_microphone()


def test_a_device_that_will_not_start_is_closed(library: Library) -> None:
    library.start_fails = True
    with pytest.raises(DeviceError, match="Headset cannot be opened: Device unavailable"):
        open_microphone("Headset")
    assert not portaudio._open_streams


def test_a_start_that_never_returns_is_left_alone(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PortAudio holds what it would need to close that stream, to look again and to end."""
    monkeypatch.setattr(starting, "_RETURN_SECONDS", 0.01)
    at_exit: list[object] = []
    monkeypatch.setattr("atexit.unregister", at_exit.append)
    library.lets_go = threading.Event()
    with pytest.raises(DeviceError, match="Headset cannot be opened: it went meanwhile"):
        open_microphone("Headset")
    [stuck] = portaudio._stuck
    assert not stuck.closed
    assert at_exit == [library._exit_handler]
    library.lets_go.set()
    library.lets_go = None
    library._initialize = lambda: pytest.fail("one is stuck")  # type: ignore[method-assign]
    open_microphone("Headset").close()
    list_devices()
    opened = open_microphone("Headset")
    assert not portaudio.is_stale()
    opened.close()


def test_a_device_is_tried_in_another_process_while_a_stream_is_open(library: Library) -> None:
    """On ALSA an opening that fails may harm the process in which streams run."""
    portaudio.try_elsewhere("speaker", "")  # nothing to harm
    assert library.tried == []
    opened = open_microphone()
    portaudio.try_elsewhere("speaker", "")
    with pytest.raises(NoSuchDevice):
        portaudio.try_elsewhere("speaker", "nowhere")
    assert library.tried == [("speaker", "")]
    library.told_elsewhere = "It went."
    with pytest.raises(DeviceError, match="It went"):
        portaudio.try_elsewhere("speaker", "")
    opened.close()


@pytest.mark.parametrize("error", [OSError(), subprocess.TimeoutExpired("", 1), None])
def test_a_device_of_which_the_other_process_tells_nothing_is_not_opened(
    library: Library, monkeypatch: pytest.MonkeyPatch, error: Exception | None
) -> None:
    def run(*_: object) -> tuple[int, bytes]:
        if error is not None:
            raise error
        return -6, b""

    opened = open_microphone()
    monkeypatch.setattr(portaudio, "run_module", run)
    with pytest.raises(DeviceError, match="no answer came"):
        portaudio.try_elsewhere("speaker", "")
    opened.close()


def test_what_opened_elsewhere_is_opened_in_the_same_form(library: Library) -> None:
    """No other is tried and fails."""
    opened = open_microphone()
    made: list[tuple[int, int]] = []
    output = library.OutputStream

    def make(**arguments: Any) -> Any:
        made.append((arguments["samplerate"], arguments["channels"]))
        return output(**arguments)

    library.OutputStream = make  # type: ignore[method-assign]
    library.accepts, library.told_elsewhere = {(44_100, 2)}, (44_100, 2)
    portaudio.try_elsewhere("speaker", "")
    second = open_stream("speaker", "", lambda *_: None, lambda: None, "low")
    assert made == [(44_100, 2)]
    second.close()
    opened.close()


def test_another_process_tells_whether_a_device_opens(library: Library) -> None:
    asked = json.dumps(["microphone", "Headset"])
    assert json.loads(portaudio.tried_for_another(asked)) == [48_000, 1]
    assert library.streams[0].closed
    library.start_fails = True
    assert "Device unavailable" in json.loads(portaudio.tried_for_another(asked))


def test_a_lost_side_is_not_opened_beside_another_where_it_does_not_open_elsewhere(
    library: Library, events: list[DeviceEvent]
) -> None:
    port = SoundDevicePort("Headset", "Headset (2)", events.append)
    port._watch = lambda: None  # type: ignore[method-assign]
    port.start()
    watch = port._watches[1]
    library.streams[1].arguments.finished_callback()
    port._look_after(watch, watch._beat_at)
    library.told_elsewhere = "It is gone."
    library.on_start = lambda: pytest.fail("it does not open elsewhere")
    port._look_after(watch, watch.retry_at)
    assert library.tried == [("speaker", "Headset (2)")]
    assert events == [DeviceEvent("lost", "speaker", "Headset (2)")]
    library.told_elsewhere = 48_000, 1
    library.on_start = lambda: None
    library.calls_at_once = 1
    port._look_after(watch, watch.retry_at)
    assert events[1:] == [DeviceEvent("found", "speaker", "Headset (2)")]
    port.stop()


def test_devices_are_looked_for_again_only_while_nothing_is_open(library: Library) -> None:
    opened = open_microphone()
    before = library.initialised
    library._initialize = lambda: pytest.fail("a stream is open")  # type: ignore[method-assign]
    list_devices()
    open_stream("speaker", "", lambda *_: None, lambda: None, "low").close()
    opened.close()
    assert library.initialised == before
    assert not portaudio._open_streams


def test_sound_passes_both_ways(library: Library, events: list[DeviceEvent]) -> None:
    port = SoundDevicePort("Headset", "Headset (2)", events.append)
    port.start()
    port._speaker._clock = lambda: 50.0  # type: ignore[union-attr]
    microphone, speaker = library.streams
    frame = silence()
    microphone.turn(7)
    assert not port.read(frame)
    microphone.turn(8)
    assert port.capture_level() == 960
    assert port.read(frame)
    assert frame.tolist() == [7] * 480 + [8] * 480
    assert not speaker.turn(1).any()  # nothing written yet
    port.write(np.full(600, 9, np.int16))
    assert port.playback_level() == 600
    assert (speaker.turn() == 9).all()
    assert port.playback_level() == 120
    assert port.has_microphone
    assert port.has_speaker
    assert port.capture_latency == port.playback_latency == 0.01
    port.stop()
    assert microphone.closed
    assert speaker.closed
    assert not port.has_microphone
    assert events == []


def test_an_empty_queue_makes_it_longer_up_to_a_limit(library: Library) -> None:
    port = SoundDevicePort(None, "Headset (2)")
    port.start()
    speaker = library.streams[0]
    targets = []
    for _ in range(20):
        port.write(np.full(480, 9, np.int16))
        speaker.turn()
        speaker.turn()  # one block too many
        targets.append(port.playback_target)
    assert targets[0] == 480
    assert targets == sorted(targets)
    assert targets[-1] == 2880
    port.stop()


def test_the_queue_is_shorter_again_after_a_calm_time_and_calm_is_longer_each_time(
    library: Library,
) -> None:
    now = 100.0
    speaker = Speaker("Headset (2)", "low", lambda: now)
    [device] = library.streams

    def play(seconds: float) -> None:
        nonlocal now
        for _ in range(round(seconds * 100)):
            now += 0.01
            speaker.write(np.full(480, 9, np.int16))
            device.turn()

    def runs_empty() -> None:
        device.turn()
        play(0.01)

    play(1)
    least = speaker.target
    runs_empty()
    runs_empty()
    longest = speaker.target
    assert longest == least + 480
    play(50)
    assert speaker.target == longest
    play(11)
    assert speaker.target == longest - 240
    runs_empty()
    assert speaker.target == longest
    play(110)
    assert speaker.target == longest, "a minute was too short"
    play(400)
    assert speaker.target == least
    speaker.close()


def test_a_device_of_its_own_rate_and_two_channels_is_resampled(library: Library) -> None:
    library.accepts = {(44_100, 2)}
    library.devices[0] = facts("Headset", 0, 2, 0)
    port = SoundDevicePort("Headset", "Headset (2)")
    port.start()
    microphone, speaker = library.streams
    assert microphone.arguments.blocksize == 441
    captured = 0
    frame = silence()
    for _ in range(100):
        microphone.turn(1000)
        while port.read(frame):
            captured += 960
    assert 45_000 < captured <= 48_000
    assert abs(int(frame.mean()) - 1000) < 5
    played = 0
    for _ in range(100):
        port.write(np.full(480, 1000, np.int16))
        block = speaker.turn()
        assert np.array_equal(block[:, 0], block[:, 1])
        played += int((block[:, 0] > 990).sum())
    assert 40_000 < played <= 44_100
    port.discard(10)
    port.stop()


def test_without_any_device_it_keeps_time_in_silence(
    library: Library, events: list[DeviceEvent]
) -> None:
    library.interfaces[0] |= {"default_input_device": -1, "default_output_device": -1}
    port = SoundDevicePort(listener=events.append)
    port.start()
    assert events == [DeviceEvent("lost", "microphone", ""), DeviceEvent("lost", "speaker", "")]
    assert not port.has_microphone
    assert not port.has_speaker
    assert not port.read(silence())
    port.write(silence(480))
    assert 0 < port.playback_level() <= 480
    port.discard(100)
    assert (port.capture_latency, port.playback_latency, port.capture_level()) == (0.0, 0.0, 0)
    port.stop()
