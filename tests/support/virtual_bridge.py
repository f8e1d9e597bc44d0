"""A standard call in virtual time: devices, and a bridge's rooms between them.

Each device has its whole sound path, the bridge is the worker's own `Rooms`, and each direction of
each leg is a network of its own.
"""

import random
from collections.abc import Callable, Iterable, Sequence
from functools import partial

import numpy as np

from tests.support.virtual_sound import SoundTime
from tui_call.bridge.room import Send
from tui_call.bridge.rooms import Rooms
from tui_call.bridge.tones import Tones
from tui_call.calls.path_monitor import PathMonitor
from tui_call.engine.media.bridge_media import BridgeMedia
from tui_call.signaling.bridge_messages import RoomMember, SetRoom
from tui_call.transport.impairment import Impairment
from tui_call.voice.audio_loop import AudioLoop
from tui_call.voice.coding import Coding
from tui_call.voice.devices.paced import PacedPort, Sink
from tui_call.voice.mixer import Mixer
from tui_call.voice.opus import Encoder, silent_packet
from tui_call.voice.redundancy import PLAIN
from tui_call.voice.samples import Samples
from tui_call.voice.sound import FRAME_SECONDS

CLEAN = Impairment(0.0, 0.0, 0)

_ROOM = "room"
_SILENT = (silent_packet(PLAIN.coding),)


class Recording(Sink):
    """Keeps all that was heard."""

    def __init__(self) -> None:
        self._parts: list[Samples] = []

    def take(self, position: int, samples: Samples) -> None:
        self._parts.append(samples)

    @property
    def samples(self) -> Samples:
        """All of it."""
        return np.concatenate(self._parts)


class Device:
    """The media and audio loop of one person, as an engine puts them together.

    Attributes:
        number: of the person in the room.
        leg: its connection to the bridge; another one has another name.
    """

    def __init__(
        self,
        number: int,
        port: PacedPort,
        mixer: Mixer,
        up: Impairment,
        down: Impairment,
        encoder: Encoder | None = None,
    ) -> None:
        self.number = number
        self.port = port
        self.up, self.down = up.fates(), down.fates()
        self.path = 1
        self.media = BridgeMedia(PathMonitor(0.0), lambda _: None, self._use)
        self.media.playout = mixer
        heard = mixer if port.has_speaker else None
        self.loop = AudioLoop(port, encoder or Encoder(PLAIN.coding), self._frame, heard)
        self._send: Callable[[bytes], None] = lambda _: None

    @property
    def leg(self) -> str:
        """Id of the present leg."""
        return f"{self.number} {self.path}"

    def begin(self, send: Callable[[bytes], None], time: SoundTime) -> None:
        """Speak and hear from now on."""
        self._send, self._time = send, time
        time.step(self.loop)

    def _use(self, coding: Coding) -> None:
        self.loop.encoder.use(coding)

    def _frame(self, opus: bytes, _: float) -> None:
        now = self._time.seconds
        self._send(self.media.seal(opus, self.loop.microphone_meter.level, now))
        beat = self.media.beat(now)
        if beat is not None:
            self._send(beat)


class BridgedCall:
    """Devices, the networks of their legs, and the rooms.

    Attributes:
        time: of all of them.
        devices: by number.
    """

    def __init__(self, time: SoundTime, devices: Iterable[Device]) -> None:
        self.time = time
        self.devices = {device.number: device for device in devices}
        self._rooms = Rooms(Tones(_SILENT, _SILENT, _SILENT, _SILENT), time.seconds, tap=bool)
        self.join(*self.devices)
        for device in self.devices.values():
            device.begin(partial(self._sent, device), time)
        self._tick()

    def join(self, *numbers: int) -> None:
        """Let just these be in the room."""
        members = [RoomMember(number, (self.devices[number].leg,)) for number in numbers]
        self._rooms.order(SetRoom(_ROOM, 1, tuple(members)), self.time.seconds)
        for member in members:
            self._rooms.connected(member.legs[0], self.time.seconds)

    def take_another_leg(self, number: int) -> None:
        """Let somebody come by another leg from now on; `join` has to follow."""
        device = self.devices[number]
        self._rooms.closed(device.leg)
        device.path += 1

    def _sent(self, device: Device, packet: bytes) -> None:
        late = next(device.up)
        if late is not None:
            self.time.call_at(self.time.seconds + late, partial(self._came, device.leg, packet))

    def _came(self, leg: str, packet: bytes) -> None:
        self._forward(self._rooms.packet(leg, packet, self.time.seconds))

    def _forward(self, sends: Sequence[Send]) -> None:
        for leg, packet in sends:
            number, path = map(int, leg.split())
            device = self.devices[number]
            late = next(device.down)
            if late is not None:
                heard = partial(self._heard, device, path, packet)
                self.time.call_at(self.time.seconds + late, heard)

    def _heard(self, device: Device, path: int, packet: bytes) -> None:
        if path == device.path:
            device.media.open(packet, path, self.time.seconds, self.time.seconds)

    def _tick(self) -> None:
        self._forward(self._rooms.tick(self.time.seconds))
        self.time.call_at(self.time.seconds + FRAME_SECONDS, self._tick)


def network(loss: float, jitter_ms: float, delay_ms: float, chance: random.Random) -> Impairment:
    """Return one direction of a leg with fates of its own."""
    return Impairment(loss, jitter_ms, chance.getrandbits(32), delay_ms=delay_ms)
