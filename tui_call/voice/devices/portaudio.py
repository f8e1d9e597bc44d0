"""PortAudio's devices by name, and opening one of them as it likes to be opened.

PortAudio knows the devices of the moment at which it was initialised, and may be initialised
again only while nothing is open; it is not made for several threads. So all of that goes through
one lock here, and while something is open another process is asked for the devices of now. So it is
while nothing was opened yet: PortAudio takes 20 MB, which a silent process has no use for.
"""

import atexit
import contextlib
import json
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from types import ModuleType
from typing import Any, cast

from tui_call.control.processes import run_module
from tui_call.foreign_text import clean
from tui_call.voice.devices.port import DeviceError, DeviceKind
from tui_call.voice.devices.starting import NeverStarts, Start
from tui_call.voice.sound import SAMPLE_RATE

BLOCKS_PER_SECOND = 100

_LIBRARY = "sounddevice"
_ELSEWHERE_SECONDS = 10.0

_lock = threading.RLock()
_open_streams: set[int] = set()
_forms: dict[tuple[DeviceKind, str], tuple[int, int]] = {}
"""Rate and channels in which devices opened last. They come first: failing is not harmless."""
_stuck: list[Any] = []
"""Streams in which a thread waits without end: PortAudio can neither end nor look again then."""


class AudioLibraryMissing(DeviceError):
    """No sound on this computer: PortAudio is missing. See tui-call doctor."""

    sentence_code = "N_AUDIOLIB"


class NoSuchDevice(DeviceError):
    """There is no such sound device."""


@dataclass(frozen=True, slots=True)
class SoundDevice:
    """A sound device.

    Attributes:
        name: unique, safe to show.
        index: PortAudio's number, good until the next listing.
        channels_in: 0 if it has no microphone.
        channels_out: 0 if it has no speaker.
        rate: samples a second that it runs at by itself.
    """

    name: str
    index: int
    channels_in: int
    channels_out: int
    rate: int

    def channels(self, kind: DeviceKind) -> int:
        """Return how many channels it has on one side."""
        return self.channels_in if kind == "microphone" else self.channels_out


@dataclass(frozen=True, slots=True)
class OpenStream:
    """A running stream of one device."""

    stream: Any
    device: SoundDevice
    rate: int
    channels: int

    @property
    def latency(self) -> float:
        """Seconds between the callback and the air, as PortAudio reckons."""
        return float(self.stream.latency)

    def close(self) -> None:
        """Close it; errors of a device that is gone do not matter."""
        with _lock:
            self.stream.close(ignore_errors=True)
            _open_streams.discard(id(self.stream))


def library() -> ModuleType:
    """Load sounddevice, which loads PortAudio.

    Raises:
        AudioLibraryMissing: there is no PortAudio.
    """
    try:
        import sounddevice  # pyright: ignore[reportMissingTypeStubs] - it has none
    except OSError as error:
        raise AudioLibraryMissing from error
    return sounddevice


def list_devices() -> tuple[SoundDevice, ...]:
    """Return the devices of the system's best sound interface, those of now.

    Raises:
        AudioLibraryMissing: there is no PortAudio.
        DeviceError: the sound system does not answer.
    """
    sounddevice = library()
    with _lock:
        try:
            if _can_look_again():
                _look_again(sounddevice)
            known = _devices(sounddevice)
        except sounddevice.PortAudioError as error:
            raise DeviceError("silent", reason=_words(error)) from error
        busy = not _can_look_again()
    return _list_elsewhere(known) if busy else known


def is_stale() -> bool:
    """Whether a device came or went, and PortAudio can look again; asks another process."""
    sounddevice = library()
    with _lock:
        if not _open_streams or _stuck:
            return False  # the next one who opens looks again, or nobody can
        known = _devices(sounddevice)
    return known != _list_elsewhere(known)


def devices_of_now() -> tuple[SoundDevice, ...]:
    """Return what `list_devices` does, without loading PortAudio for that alone.

    Raises:
        AudioLibraryMissing: there is no PortAudio.
        DeviceError: the sound system does not answer.
    """
    return list_devices() if _LIBRARY in sys.modules else _listed_elsewhere()


def try_elsewhere(kind: DeviceKind, name: str) -> None:
    """Open a device in another process first, where streams are open in this one.

    On ALSA an opening that fails while another stream runs may end this process, or pass for one
    that succeeded and never start: PortAudio has one variable for the error of all its threads
    (`paUtilErr_` in `PA_ENSURE`; seen with 19.6).

    Raises:
        NoSuchDevice: not when PortAudio looked the last time.
        DeviceError: it cannot be opened there.
    """
    sounddevice = library()
    with _lock:
        if not _open_streams or _interface_name(sounddevice) != "ALSA":
            return
        device = _find(sounddevice, kind, name)
    asked = json.dumps([kind, name]).encode()
    try:
        _, told = run_module("tui_call.voice.devices.trying", asked, _ELSEWHERE_SECONDS)
        answer: object = json.loads(told)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise DeviceError("silent", reason="no answer came") from error
    if isinstance(answer, str):
        raise DeviceError("told", reason=answer)
    rate, channels = cast("list[int]", answer)
    _forms[kind, device.name] = rate, channels


def tried_for_another(asked: str) -> str:
    """Return as JSON for another process: rate and channels that open, or what is wrong.

    Args:
        asked: kind and name of a device as JSON.
    """
    kind, name = json.loads(asked)
    try:
        opened = open_stream(kind, name, _ignore, _ignore, "low")
    except DeviceError as error:
        return json.dumps(str(error))
    opened.close()
    return json.dumps([opened.rate, opened.channels])


def _ignore(*_: Any) -> None:
    pass


def _list_elsewhere(known: tuple[SoundDevice, ...]) -> tuple[SoundDevice, ...]:
    """Return what a fresh process sees, or what is known where it sees nothing in time."""
    try:
        return _listed_elsewhere()
    except DeviceError:
        return known


def _listed_elsewhere() -> tuple[SoundDevice, ...]:
    """Return what a fresh process sees; raises what `list_devices` raises there."""
    try:
        _, listed = run_module("tui_call.voice.devices.listing", within=_ELSEWHERE_SECONDS)
        answer: object = json.loads(listed)
        if isinstance(answer, list):
            return tuple(SoundDevice(**facts) for facts in cast("list[dict[str, Any]]", answer))
    except (OSError, ValueError, TypeError, subprocess.SubprocessError) as error:
        raise DeviceError("silent", reason="no list came") from error
    raise DeviceError("told", reason=answer) if isinstance(answer, str) else AudioLibraryMissing


def listed_for_another() -> str:
    """Return as JSON for another process: devices, what is wrong, or null without PortAudio."""
    try:
        return as_json(list_devices())
    except AudioLibraryMissing:
        return json.dumps(None)
    except DeviceError as error:
        return json.dumps(str(error))


def as_json(devices: tuple[SoundDevice, ...]) -> str:
    """Return devices as the other process prints them."""
    return json.dumps([asdict(device) for device in devices])


def open_stream(
    kind: DeviceKind,
    name: str,
    callback: Callable[[Any, int, Any, Any], None],
    finished: Callable[[], None],
    latency: float | str,
) -> OpenStream:
    """Open and start one side of a device, mono int16 in blocks of 10 ms if it can.

    Args:
        kind: which side.
        name: as in `list_devices`; "" for the system's default.
        callback: PortAudio's, with int16[frames, channels] to read or to fill.
        finished: called when the stream ends by itself.
        latency: seconds or "low".

    Raises:
        AudioLibraryMissing: there is no PortAudio.
        NoSuchDevice: not when PortAudio looked the last time.
        DeviceError: it cannot be opened.
    """
    sounddevice = library()
    with _lock:
        try:
            if _can_look_again():
                _look_again(sounddevice)
            device = _find(sounddevice, kind, name)
            return _open(sounddevice, kind, device, callback, finished, latency)
        except sounddevice.PortAudioError as error:
            shown = name or "The default device"
            raise DeviceError("not opened", dev=shown, reason=_words(error)) from error


def _open(
    sounddevice: ModuleType,
    kind: DeviceKind,
    device: SoundDevice,
    callback: Callable[[Any, int, Any, Any], None],
    finished: Callable[[], None],
    latency: float | str,
) -> OpenStream:
    make = sounddevice.InputStream if kind == "microphone" else sounddevice.OutputStream
    failure: Exception | None = None
    # Some drivers refuse mono or any rate but their own.
    rates = dict.fromkeys((SAMPLE_RATE, device.rate))
    forms = [(rate, number) for rate in rates for number in (1, 2)[: device.channels(kind)]]
    last = _forms.get((kind, device.name))
    for rate, channels in sorted(forms, key=lambda form: form != last):
        start = Start(finished)
        try:
            stream = make(
                samplerate=rate,
                blocksize=rate // BLOCKS_PER_SECOND,
                device=device.index,
                channels=channels,
                dtype="int16",
                latency=latency,
                callback=callback,
                finished_callback=start.finished,
            )
        except sounddevice.PortAudioError as error:
            failure = error
            continue
        _start(sounddevice, start, stream, device)
        _forms[kind, device.name] = rate, channels
        return OpenStream(stream, device, rate, channels)
    raise failure or DeviceError("no channel", dev=device.name, kind=kind)


def _start(sounddevice: ModuleType, start: Start, stream: Any, device: SoundDevice) -> None:
    try:
        if _interface_name(sounddevice) == "ALSA":
            start.run_apart(stream)
        else:
            stream.start()
    except NeverStarts as error:
        _stuck.append(stream)
        atexit.unregister(sounddevice._exit_handler)  # noqa: SLF001 - PortAudio would abort there
        raise DeviceError("not opened", dev=device.name, reason="it went meanwhile") from error
    except Exception:
        stream.close(ignore_errors=True)
        raise
    _open_streams.add(id(stream))


def _find(sounddevice: ModuleType, kind: DeviceKind, name: str) -> SoundDevice:
    devices = _devices(sounddevice)
    if name:
        found = next((device for device in devices if device.name == name), None)
    else:
        interface = sounddevice.query_hostapis(_interface(sounddevice))
        side = "default_input_device" if kind == "microphone" else "default_output_device"
        found = next((device for device in devices if device.index == interface[side]), None)
    if found is None:
        raise NoSuchDevice("named" if name else "", kind=kind, dev=name)
    return found


def _devices(sounddevice: ModuleType) -> tuple[SoundDevice, ...]:
    devices: list[SoundDevice] = []
    seen: dict[str, int] = {}
    for index in sounddevice.query_hostapis(_interface(sounddevice))["devices"]:
        try:
            facts = sounddevice.query_devices(index)
        except UnicodeDecodeError:  # sounddevice opens no device whose name it cannot decode
            continue
        name = clean(facts["name"])
        seen[name] = seen.get(name, 0) + 1
        devices.append(
            SoundDevice(
                name=name if seen[name] == 1 else f"{name} ({seen[name]})",
                index=index,
                channels_in=facts["max_input_channels"],
                channels_out=facts["max_output_channels"],
                rate=round(facts["default_samplerate"]),
            )
        )
    return tuple(devices)


def _interface(sounddevice: ModuleType) -> int:
    """Return the number of the interface to use: WASAPI on Windows, else the system's default."""
    interfaces = sounddevice.query_hostapis()
    for index, facts in enumerate(interfaces):
        if facts["name"] == "Windows WASAPI" and facts["devices"]:
            return index
    return int(sounddevice.default.hostapi)


def _interface_name(sounddevice: ModuleType) -> str:
    return str(sounddevice.query_hostapis(_interface(sounddevice))["name"])


def _can_look_again() -> bool:
    return not _open_streams and not _stuck


def _look_again(sounddevice: ModuleType) -> None:
    # The only way to see devices that were plugged in since; there is no public one.
    with contextlib.suppress(sounddevice.PortAudioError):  # it failed to initialise last time
        sounddevice._terminate()  # noqa: SLF001
    sounddevice._initialize()  # noqa: SLF001


def _words(error: Exception) -> str:
    text = error.args[0] if error.args and isinstance(error.args[0], str) else str(error)
    return clean(text, 60).rstrip(".")
