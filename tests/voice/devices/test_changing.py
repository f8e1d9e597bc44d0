"""Going over to other devices while sound is on, and finding those that were plugged in since."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from tests.support.fake_portaudio import Library, facts
from tui_call.voice.devices import portaudio, sound_devices
from tui_call.voice.devices.port import DeviceError, DeviceEvent, DeviceKind
from tui_call.voice.devices.portaudio import list_devices
from tui_call.voice.devices.sound_devices import SoundDevicePort
from tui_call.voice.samples import silence

DEADLINE = 20.0


@pytest.fixture
def headset(library: Library, events: list[DeviceEvent]) -> Iterator[SoundDevicePort]:
    """A port on a headset that calls as soon as it is open, beside a desk speaker."""
    library.devices.append(facts("Desk", 0, 1, 2))
    library.calls_at_once = 1
    port = SoundDevicePort("Headset", "Headset (2)", events.append)
    port.start()
    yield port
    port.stop()


def test_another_device_is_heard_before_the_old_one_is_closed(
    library: Library, headset: SoundDevicePort
) -> None:
    microphone, speaker = library.streams
    library.on_start = lambda: closed.append(speaker.closed)
    closed: list[bool] = []
    headset.change("Headset", "Desk")
    assert closed == [False]
    assert speaker.closed
    assert not microphone.closed, "a side that keeps its device notices nothing"
    assert len(library.streams) == 3
    headset.write(np.full(480, 9, np.int16))
    assert (library.streams[2].turn() == 9).all()


def test_nothing_old_is_heard_from_another_microphone(
    library: Library, headset: SoundDevicePort
) -> None:
    library.calls_at_once = 20
    headset.change("Desk", "Headset (2)")
    assert headset.capture_level() <= 240
    library.streams[-1].turn(5)
    library.streams[-1].turn(5)
    frame = silence()
    assert headset.read(frame)
    assert library.streams[0].closed


@pytest.mark.parametrize("name", ["nowhere", "Desk"])
def test_a_device_that_cannot_be_opened_leaves_the_old_one_in_use(
    library: Library, headset: SoundDevicePort, events: list[DeviceEvent], name: str
) -> None:
    library.broken = {"Desk"}
    with pytest.raises(DeviceError):
        headset.change("Headset", name)
    assert headset.has_speaker
    assert headset._watches[1].name == "Headset (2)"
    assert events == []
    headset.change("Headset", "Headset (2)")


def test_one_device_of_two_names_is_closed_before_it_is_opened(
    library: Library, headset: SoundDevicePort
) -> None:
    library.exclusive = True
    headset.change("Headset", "Desk")
    assert headset.has_speaker
    assert library.streams[1].closed
    assert not library.streams[-1].closed


def test_a_device_that_was_plugged_in_during_a_call_is_found(
    library: Library, headset: SoundDevicePort, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugged = [*library.devices, facts("New", 0, 1, 2)]
    library.after_looking = plugged
    seen = (*list_devices_as(library, plugged),)
    monkeypatch.setattr(portaudio, "_list_elsewhere", lambda _: seen)
    assert "New" in {device.name for device in list_devices()}
    headset.change("Headset", "New")
    assert headset.has_microphone
    assert headset.has_speaker
    assert [stream.closed for stream in library.streams] == [True, True, False, False]


def test_a_lost_device_is_looked_for_again_while_the_other_one_plays(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.devices.append(facts("Desk", 0, 1, 2))
    port = SoundDevicePort("Headset", "Desk")
    port._watch = lambda: None  # type: ignore[method-assign]
    port.start()
    watch = port._watches[0]
    library.streams[0].arguments.finished_callback()
    library.broken = {"Headset"}
    monkeypatch.setattr(portaudio, "is_stale", lambda: True)
    port._look_after(watch, watch._beat_at)
    looked = library.initialised
    for _ in range(5):
        assert library.initialised == looked
        port._look_after(watch, watch.retry_at)
    assert library.initialised_in_all > looked
    assert port.has_speaker
    port.stop()


@pytest.fixture
def looked_after(library: Library, events: list[DeviceEvent]) -> Iterator[SoundDevicePort]:
    """A port on a headset whose watching thread does nothing: the test looks after it."""
    library.calls_at_once = 1
    port = SoundDevicePort("Headset", "Headset (2)", events.append)
    port._watch = lambda: None  # type: ignore[method-assign]
    port.start()
    yield port
    port.stop()


def look(port: SoundDevicePort) -> None:
    for watch in port._watches:
        port._look_after(watch, watch._beat_at)


@pytest.mark.parametrize(("kind", "at"), [("microphone", 0), ("speaker", 1)])
def test_a_stream_whose_device_went_is_of_another_one_and_lost(
    library: Library,
    looked_after: SoundDevicePort,
    events: list[DeviceEvent],
    kind: DeviceKind,
    at: int,
) -> None:
    name = looked_after._watches[at].name
    library.broken = {"Headset"}
    looked_after._news.gone.add(kind)  # type: ignore[attr-defined]
    look(looked_after)
    assert events == [DeviceEvent("lost", kind, name)]
    assert [stream.closed for stream in library.streams] == [at == 0, at == 1]
    library.broken = set()
    watch = looked_after._watches[at]
    looked_after._look_after(watch, watch.retry_at)
    assert events[1:] == [DeviceEvent("found", kind, name)]


def test_the_monitor_of_a_speaker_is_not_taken_for_the_default_microphone(
    library: Library, events: list[DeviceEvent]
) -> None:
    """Others would hear what this computer plays."""
    library.calls_at_once = 1
    port = SoundDevicePort("", None, events.append)
    port._watch = lambda: None  # type: ignore[method-assign]
    port.start()
    [watch] = port._watches
    news: Any = port._news
    news.gone.add("microphone")
    news.default_is_monitor = True
    look(port)
    port._look_after(watch, watch.retry_at)
    assert events == [DeviceEvent("lost", "microphone", "")]
    assert [stream.closed for stream in library.streams] == [True]
    news.default_is_monitor = False
    port._look_after(watch, watch.retry_at)
    assert events[1:] == [DeviceEvent("found", "microphone", "")]
    port.stop()


@pytest.mark.parametrize("exclusive", [False, True])
def test_where_another_device_went_nothing_is_said(
    library: Library, looked_after: SoundDevicePort, events: list[DeviceEvent], exclusive: bool
) -> None:
    """Some devices can be opened only once, which says nothing of them."""
    library.exclusive = exclusive
    looked_after._news.gone.add("speaker")  # type: ignore[attr-defined]
    look(looked_after)
    assert looked_after.has_speaker
    assert [stream.closed for stream in library.streams] == [False, True, False]
    assert events == []


def capture(library: Library, port: SoundDevicePort, seconds: int, value: int) -> None:
    """Give and read sound, and look after the devices."""
    frame = silence()
    for _ in range(50 * seconds):
        microphone = [one for one in library.streams if one.arguments.device == 0][-1]
        for _ in range(2):
            microphone.turn(value)
        while port.read(frame):
            pass
        look(port)


def test_a_microphone_that_falls_silent_is_opened_anew_and_lost_where_there_is_none(
    library: Library, looked_after: SoundDevicePort, events: list[DeviceEvent]
) -> None:
    capture(library, looked_after, 1, 7)
    library.broken = {"Headset"}
    capture(library, looked_after, 2, 0)
    assert events == [DeviceEvent("lost", "microphone", "Headset")]
    assert looked_after.silent_seconds == 0.0


def test_a_microphone_that_is_switched_off_is_blamed_for_nothing_and_left_alone(
    library: Library, looked_after: SoundDevicePort, events: list[DeviceEvent]
) -> None:
    """One that closes in every pause of speech is asked less and less often."""
    opened = len(library.streams)
    for _ in range(20):
        capture(library, looked_after, 1, 7)
        capture(library, looked_after, 3, 0)
    assert looked_after.silent_seconds > 2.9
    assert len(library.streams) - opened == 2
    assert events == []


def test_a_device_that_opens_after_the_call_is_closed_again(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system may keep an opening waiting for long; nobody may listen when it lets go."""
    monkeypatch.setattr(sound_devices, "_STOP_SECONDS", 0.01)
    monkeypatch.setattr(sound_devices, "_WATCH_SECONDS", 0.001)
    monkeypatch.setattr(sound_devices, "_RETRY_SECONDS", 0.0)
    opening, let_go = threading.Event(), threading.Event()

    def wait() -> None:
        opening.set()
        assert let_go.wait(DEADLINE)

    port = SoundDevicePort("Headset", None)
    port.start()
    watching = port._thread
    assert watching is not None
    library.on_start = wait
    library.streams[0].arguments.finished_callback()
    assert opening.wait(DEADLINE)
    port.stop()
    let_go.set()
    watching.join(DEADLINE)
    assert len(library.streams) == 2
    assert all(stream.closed for stream in library.streams)
    assert not port.has_microphone


def test_another_process_sees_the_devices_of_now(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(module: str, **_: object) -> tuple[int, bytes]:
        assert module == "tui_call.voice.devices.listing"
        return 0, portaudio.as_json((plugged,)).encode()

    plugged = portaudio.SoundDevice("New", 7, 1, 2, 48_000)
    known = list_devices()
    opened = portaudio.open_stream("microphone", "", lambda *_: None, lambda: None, "low")
    monkeypatch.setattr(portaudio, "run_module", run)
    assert list_devices() == (plugged,)
    assert portaudio.is_stale()
    for error in (OSError(), subprocess.TimeoutExpired("", 1)):
        monkeypatch.setattr(portaudio, "run_module", lambda *_, e=error, **__: raising(e))
        assert list_devices() == known
        assert not portaudio.is_stale()
    opened.close()
    assert not portaudio.is_stale()


def test_a_process_without_sound_asks_another_one_for_devices_and_for_what_is_wrong(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = (portaudio.listed_for_another(), "null", '"It hangs."')
    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    monkeypatch.setattr(portaudio, "list_devices", lambda: raising(AssertionError()))
    told = iter(answers)
    monkeypatch.setattr(portaudio, "run_module", lambda *_, **__: (0, next(told).encode()))
    assert portaudio.devices_of_now()
    with pytest.raises(portaudio.AudioLibraryMissing):
        portaudio.devices_of_now()
    with pytest.raises(DeviceError, match="It hangs"):
        portaudio.devices_of_now()


def raising(error: Exception) -> None:
    raise error


def list_devices_as(library: Library, devices: list[dict[str, Any]]) -> tuple[Any, ...]:
    before, library.devices = library.devices, devices
    listed = portaudio._devices(library)  # type: ignore[arg-type]
    library.devices = before
    return listed
