"""Devices that are lost, found again, or drop out, with a sound library that behaves as told."""

import pytest

from tests.support.fake_portaudio import Library
from tui_call.voice.devices import sound_devices
from tui_call.voice.devices.port import DeviceEvent
from tui_call.voice.devices.sound_devices import SoundDevicePort


def watched_port(library: Library, events: list[DeviceEvent]) -> SoundDevicePort:
    """Return a started port whose watching thread does nothing: the test looks after devices."""
    port = SoundDevicePort("Headset", None, events.append)
    port._watch = lambda: None  # type: ignore[method-assign]
    port.start()
    return port


def test_a_stream_that_ends_by_itself_is_lost_and_found_again(
    library: Library, events: list[DeviceEvent]
) -> None:
    port = watched_port(library, events)
    watch = port._watches[0]
    now = watch._beat_at
    library.streams[0].arguments.finished_callback()
    port._look_after(watch, now)
    assert events == [DeviceEvent("lost", "microphone", "Headset")]
    assert not port.has_microphone
    port._look_after(watch, now + 0.5)  # too soon to try
    assert len(library.streams) == 1
    library.start_fails = True
    port._look_after(watch, watch.retry_at)
    assert len(events) == 1  # told once
    library.start_fails = False
    library.calls_at_once = 1
    port._look_after(watch, watch.retry_at)
    assert events[1:] == [DeviceEvent("found", "microphone", "Headset")]
    assert port.has_microphone
    port.stop()


def test_a_callback_that_stalls_is_a_lost_device(
    library: Library, events: list[DeviceEvent]
) -> None:
    port = watched_port(library, events)
    watch = port._watches[0]
    now = watch._beat_at
    port._look_after(watch, now + 2.9)  # it may take long to begin
    assert events == []
    library.streams[0].turn()
    port._look_after(watch, now + 3.0)
    port._look_after(watch, now + 3.6)
    assert events == []
    port._look_after(watch, now + 3.8)
    assert events == [DeviceEvent("lost", "microphone", "Headset")]
    port.stop()


def test_a_lost_device_that_opens_and_stands_still_is_not_found(
    library: Library, events: list[DeviceEvent], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sound server may have suspended it."""
    monkeypatch.setattr(sound_devices, "_FIRST_STALL_SECONDS", 0.01)
    port = watched_port(library, events)
    watch = port._watches[0]
    library.streams[0].arguments.finished_callback()
    port._look_after(watch, watch._beat_at)
    for _ in range(3):
        port._look_after(watch, watch.retry_at)
    assert events == [DeviceEvent("lost", "microphone", "Headset")]
    assert not port.has_microphone
    assert all(stream.closed for stream in library.streams)
    library.calls_at_once = 1
    port._look_after(watch, watch.retry_at)
    assert events[1:] == [DeviceEvent("found", "microphone", "Headset")]
    port.stop()


def test_a_click_every_twenty_seconds_is_frequent(
    library: Library, events: list[DeviceEvent]
) -> None:
    for seconds, latency in ((31, "low"), (20, 0.040)):
        port = watched_port(library, events)
        watch = port._watches[0]
        now = watch._beat_at
        for count in range(1, 4):
            library.streams[-1].turn(status=True)
            port._look_after(watch, now + count * seconds - 1)
        assert library.streams[-1].arguments.latency == latency
        port.stop()


def test_latency_is_stepped_up_when_xruns_are_frequent(
    library: Library, events: list[DeviceEvent]
) -> None:
    port = watched_port(library, events)
    watch = port._watches[0]
    latencies = ["low"]
    for _ in range(4):
        now = watch._beat_at
        for _ in range(3):
            library.streams[-1].turn(status=True)
        port._look_after(watch, now + 0.1)
        latencies.append(library.streams[-1].arguments.latency)
    assert latencies == ["low", 0.040, 0.060, 0.060, 0.060]
    library.streams[-1].turn(status=True)
    port._look_after(watch, watch._beat_at + 20.0)
    assert len(library.streams) == 3
    assert events == []
    port.stop()
    again = watched_port(library, events)
    assert library.streams[-1].arguments.latency == 0.060, "the next call begins with it"
    again.stop()
