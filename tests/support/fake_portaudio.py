"""A sound library that behaves as it is told."""

import json
import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np


class PortAudioError(Exception):
    pass


class Stream:
    """A stream of the fake library; the test turns its crank."""

    def __init__(self, library: "Library", **arguments: Any) -> None:
        self.library = library
        self.arguments = SimpleNamespace(**arguments)
        self.latency = 0.01
        self.closed = False
        if (arguments["samplerate"], arguments["channels"]) not in library.accepts:
            raise PortAudioError("Invalid sample rate", -9997)

    def start(self) -> None:
        library = self.library
        name = library.devices[self.arguments.device]["name"]
        taken = library.exclusive and any(not other.closed for other in library.streams[1:])
        if library.start_fails or taken or name in library.broken:
            raise PortAudioError("Device unavailable", -9985)
        if library.lets_go is not None:
            self.arguments.finished_callback()
            library.lets_go.wait()
            return
        library.on_start()
        library.streams.append(self)
        for _ in range(library.calls_at_once):
            self.turn()

    def close(self, ignore_errors: bool) -> None:
        assert ignore_errors
        self.closed = True

    def turn(self, value: int = 0, status: bool = False) -> np.ndarray:
        block = np.full((self.arguments.blocksize, self.arguments.channels), value, np.int16)
        self.arguments.callback(block, len(block), None, status)
        return block


def facts(name: str | bytes, interface: int, inputs: int, outputs: int) -> dict[str, Any]:
    return {
        "name": name, "hostapi": interface, "max_input_channels": inputs,
        "max_output_channels": outputs, "default_samplerate": 44_100.0,
    }  # fmt: skip


class Library:
    """What of sounddevice is used."""

    PortAudioError = PortAudioError

    def __init__(self) -> None:
        self.default = SimpleNamespace(hostapi=0)
        self.interfaces = [{"name": "ALSA", "default_input_device": 0, "default_output_device": 1}]
        self.devices = [facts("Headset", 0, 1, 0), facts("Headset", 0, 0, 2), facts("x", 1, 2, 2)]
        self.accepts = {(48_000, 1)}
        self.start_fails = self.exclusive = False
        self.lets_go: threading.Event | None = None
        """A stream ends before its start does, which takes until this is set."""
        self.broken: set[str] = set()
        self.tried: list[tuple[str, str]] = []
        self.told_elsewhere: str | tuple[int, int] = 48_000, 1
        self.calls_at_once = 0
        self.on_start: Callable[[], object] = lambda: None
        self.after_looking: list[dict[str, Any]] | None = None
        self.streams: list[Stream] = []
        self.initialised = self.initialised_in_all = 0

    def InputStream(self, **arguments: Any) -> Stream:  # noqa: N802
        return Stream(self, **arguments)

    def OutputStream(self, **arguments: Any) -> Stream:  # noqa: N802
        return Stream(self, **arguments)

    def query_hostapis(self, index: int | None = None) -> Any:
        if index is None:
            return [self.query_hostapis(number) for number in range(len(self.interfaces))]
        of_it = [at for at, device in enumerate(self.devices) if device["hostapi"] == index]
        return {**self.interfaces[index], "devices": of_it}

    def query_devices(self, index: int) -> dict[str, Any]:
        device = self.devices[index]
        if isinstance(device["name"], bytes):
            device["name"].decode()
        return device

    def run_module(self, module: str, given: bytes, within: float) -> tuple[int, bytes]:
        """Be another process that tries a device."""
        assert module == "tui_call.voice.devices.trying"
        assert within > 0
        self.tried.append(tuple(json.loads(given)))
        return 0, json.dumps(self.told_elsewhere).encode()

    def _exit_handler(self) -> None:
        pass

    def _terminate(self) -> None:
        if not self.initialised:
            raise PortAudioError("PortAudio not initialized", -10_000)
        self.initialised -= 1

    def _initialize(self) -> None:
        self.initialised += 1
        self.initialised_in_all += 1
        self.devices = self.after_looking or self.devices
