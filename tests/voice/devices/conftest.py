"""A sound library that behaves as it is told, in place of the real one."""

import sys

import pytest

from tests.support.fake_portaudio import Library
from tui_call.voice.devices import portaudio, sound_devices
from tui_call.voice.devices.port import DeviceEvent, DeviceKind


class News:
    """A sound server that tells what a test put there."""

    def __init__(self) -> None:
        self.gone: set[DeviceKind] = set()
        self.default_is_monitor = False

    def start(self) -> None:
        pass

    stop = start

    def one_went(self, kind: DeviceKind) -> bool:
        went = kind in self.gone
        self.gone.discard(kind)
        return went

    def default_is_a_speaker(self) -> bool:
        return self.default_is_monitor


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> Library:
    fake = Library()
    monkeypatch.setattr(sound_devices, "ServerNews", News)
    monkeypatch.setitem(sys.modules, "sounddevice", fake)  # type: ignore[arg-type]
    monkeypatch.setattr(portaudio, "_open_streams", set())
    monkeypatch.setattr(portaudio, "_forms", {})
    monkeypatch.setattr(portaudio, "_stuck", [])
    monkeypatch.setattr(portaudio, "run_module", fake.run_module)
    monkeypatch.setattr(sound_devices, "_steps_learnt", {})
    return fake


@pytest.fixture
def events() -> list[DeviceEvent]:
    return []
