"""A sound library that behaves as it is told, in place of the real one."""

import sys
from collections.abc import Iterator

import pytest

from tests.support.fake_portaudio import Library
from tui_call.voice.devices import portaudio, sound_devices
from tui_call.voice.devices.port import DeviceEvent


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> Iterator[Library]:
    fake = Library()
    monkeypatch.setitem(sys.modules, "sounddevice", fake)  # type: ignore[arg-type]
    monkeypatch.setattr(portaudio, "_open_streams", set())
    monkeypatch.setattr(sound_devices, "_steps_learnt", {})
    return fake


@pytest.fixture
def events() -> list[DeviceEvent]:
    return []
