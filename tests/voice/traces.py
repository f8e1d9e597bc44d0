"""A playout that is fed with a trace of packets and pulled in virtual time."""

import struct
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from tui_call.voice.opus import MalformedAudio
from tui_call.voice.playout import Playout
from tui_call.voice.samples import Samples
from tui_call.voice.sound import FRAME_SAMPLES, SAMPLE_RATE

FRAME = 0.02
PULL = 240


@dataclass
class TracingDecoder:
    """Frames of a packet are loud and say its number; remembers what was asked of it."""

    fec: bool = True
    sound: Callable[[], Samples] = lambda: np.full(FRAME_SAMPLES, 8000, np.int16)
    decoded: list[int] = field(default_factory=list)
    recovered: list[int] = field(default_factory=list)
    concealed: int = 0

    def decode(self, packet: bytes) -> Samples:
        if len(packet) != 4:
            raise MalformedAudio
        self.decoded.append(struct.unpack("!I", packet)[0])
        return self.sound()

    def decode_fec(self, next_packet: bytes) -> Samples:
        if len(next_packet) != 4:
            raise MalformedAudio
        self.recovered.append(struct.unpack("!I", next_packet)[0] - 1)
        return np.full(FRAME_SAMPLES, 8000, np.int16)

    def conceal(self) -> Samples:
        self.concealed += 1
        return np.full(FRAME_SAMPLES, 8000, np.int16)

    def carries_fec(self, packet: bytes) -> bool:
        return self.fec


def loud_noise() -> Callable[[], Samples]:
    chance = np.random.default_rng(4)
    return lambda: chance.normal(0, 3000, FRAME_SAMPLES).astype(np.int16)


def packet(number: int) -> bytes:
    return struct.pack("!I", number)


@dataclass
class Run:
    """A playout fed with a trace of (arrival, number) and pulled every 5 ms."""

    trace: list[tuple[float, int]]
    seconds: float
    target: float = 0.02
    rate: float = 1.0  # of the speaker's clock against the sender's
    fec: bool = False
    noise: bool = False  # else a sound that is alike everywhere

    def __post_init__(self) -> None:
        self.decoder = TracingDecoder(self.fec)
        if self.noise:
            self.decoder.sound = loud_noise()
        self.playout = Playout(self.target, self.decoder)
        self.sound: list[Samples] = []
        waiting = sorted(self.trace)
        now = position = 0.0
        while now < self.seconds:
            while position < len(waiting) and waiting[int(position)][0] <= now:
                arrival, number = waiting[int(position)]
                self.playout.insert(number, packet(number), arrival)
                position += 1
            pulled = self.playout.pull(now, PULL)
            assert pulled.shape == (PULL,)
            assert pulled.dtype == np.int16
            self.sound.append(pulled)
            now += PULL / SAMPLE_RATE / self.rate
        self.statistics = self.playout.statistics()


def steady(count: int, path: float = 0.05) -> list[tuple[float, int]]:
    return [(number * FRAME + path, number) for number in range(count)]
