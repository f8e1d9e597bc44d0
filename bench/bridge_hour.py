"""An hour of four people through the bridge, in virtual time, over bad and changing legs.

All four send all the time, and speak one after the other, each beginning before the one before has
ended. Ada listens with a device whose clock runs 200 ppm off. Every five minutes somebody leaves
for a minute, or comes by another leg: nobody else may hear a click, or hear later than before.
"""

import ctypes
import gc
import os
import random
from dataclasses import dataclass
from functools import partial

import numpy as np

from bench.hour import DRIFT, JITTER_MS, LOSS, MINUTE, PATH_DELAYS
from bench.processes import memory_mb
from bench.table import Row
from tests.support.measured_sound import hum
from tests.support.virtual_bridge import BridgedCall, Device, network
from tests.support.virtual_sound import BEGIN, Ear, SoundTime, Spoken, WatchedDecoder
from tui_call.voice.alignment import align
from tui_call.voice.coding import Coding
from tui_call.voice.devices.paced import PacedPort
from tui_call.voice.mixer import Mixer
from tui_call.voice.opus import Encoder
from tui_call.voice.playout import PlayoutStatistics
from tui_call.voice.redundancy import PLAIN
from tui_call.voice.samples import Samples, silence
from tui_call.voice.sound import SAMPLE_RATE

PEOPLE = 4
EVERY_SECONDS = 5 * MINUTE
AWAY_SECONDS = MINUTE
SETTLED_SECONDS = 2 * MINUTE

_LISTENER = 1
_TURN_SECONDS = 12.0
_OVERLAP_SECONDS = 1.0
_EDGE_SECONDS = 0.050


@dataclass(frozen=True, slots=True)
class BridgedHour:
    """What came of a call.

    Attributes:
        clicks: when Ada heard any, in seconds from the beginning.
        delay_grew: by how many seconds a voice came later in the end, the worst of all voices.
        memory_grew: MB since the call had settled, without what the ear itself keeps.
        playout: Ada's figures.
    """

    clicks: list[float]
    delay_grew: float
    memory_grew: float
    playout: PlayoutStatistics

    @property
    def rows(self) -> list[Row]:
        """The lines of the table."""
        return [
            Row("bridge: an hour of four people: clicks", 0, True, "", len(self.clicks)),
            Row("  delay at its end above its beginning", 20, True, " ms", self.delay_grew * 1000),
            Row("  memory, grown", 20, True, " MB", self.memory_grew),
        ]


class RememberingEncoder(Encoder):
    """Encodes the same frame once for each coding."""

    def __init__(self, coding: Coding) -> None:
        super().__init__(coding)
        self._known: dict[tuple[Coding, int], bytes] = {}

    def encode(self, pcm: Samples) -> bytes:
        key = self.coding, hash(pcm.tobytes())
        if key not in self._known:
            self._known[key] = super().encode(pcm)
        return self._known[key]


def bridged_hour(
    seed: int = 1,
    seconds: float = 60 * MINUTE,
    every: float = EVERY_SECONDS,
    measured: float = MINUTE,
    settled: float = SETTLED_SECONDS,
) -> BridgedHour:
    """Make the call.

    Args:
        seed: of what the networks do.
        seconds: how long it lasts.
        every: seconds between changes.
        measured: for how many seconds at both ends of it the delay is measured.
        settled: seconds after which memory counts.
    """
    return _Hour(random.Random(seed), seconds, measured).run(every, settled)


class _Hour:
    def __init__(self, chance: random.Random, seconds: float, measured: float) -> None:
        self._time = SoundTime()
        self._seconds, self._measured = seconds, measured
        self._ear = Ear(measured, seconds - measured)
        self._said = {number: _turn_of(number) for number in range(1, PEOPLE + 1)}
        devices = [self._device(number, chance) for number in self._said]
        self._call = BridgedCall(self._time, devices)

    def run(self, every: float, settled: float) -> BridgedHour:
        for place in range(1, int((self._seconds - 1) / every) + 1):
            change = self._leave if place % 2 else self._go_over
            self._time.call_at(BEGIN + place * every, partial(change, 2 + place % (PEOPLE - 1)))
        self._time.run(settled)
        before = self._memory()
        self._time.run(self._seconds - settled)
        return BridgedHour(
            clicks=self._ear.clicks,
            delay_grew=max(map(self._delay_grew, range(2, PEOPLE + 1))),
            memory_grew=self._memory() - before,
            playout=self._call.devices[_LISTENER].media.playout.statistics(),
        )

    def _device(self, number: int, chance: random.Random) -> Device:
        up, down = (network(LOSS, JITTER_MS, _delay_ms(chance), chance) for _ in range(2))
        mouth, encoder = Spoken(self._said[number]), RememberingEncoder(PLAIN.coding)
        if number != _LISTENER:
            port = PacedPort(mouth, None, self._time.now)
            return Device(number, port, Mixer(), up, down, encoder)
        port = PacedPort(mouth, self._ear, lambda: self._time.seconds * (1 + DRIFT))
        return Device(number, port, Mixer(lambda: WatchedDecoder(self._ear)), up, down, encoder)

    def _leave(self, number: int) -> None:
        """Let somebody go, and come back after a while."""
        self._call.join(*(self._said.keys() - {number}))
        self._time.call_at(self._time.seconds + AWAY_SECONDS, partial(self._call.join, *self._said))

    def _go_over(self, number: int) -> None:
        self._call.take_another_leg(number)
        self._call.join(*self._said)

    def _memory(self) -> float:
        gc.collect()
        ctypes.CDLL(None).malloc_trim(0)  # what is free hides what grows
        return memory_mb(os.getpid()) - self._ear.kept_mb

    def _delay_grew(self, number: int) -> float:
        ear = self._ear
        first = self._delay(number, 0.0, ear.first, 0)
        last = self._delay(number, self._seconds - self._measured, ear.last, ear.last_position)
        return last - first

    def _delay(self, number: int, begin: float, heard: list[Samples], position: int) -> float:
        """Return the median delay of what somebody said from `begin` on."""
        spoken = self._call.devices[number].port.input_started_at
        output = self._call.devices[_LISTENER].port.output_started_at
        assert spoken is not None
        assert output is not None
        said = silence(round(self._measured * SAMPLE_RATE))
        Spoken(self._said[number]).fill(round(begin * SAMPLE_RATE), said)
        heard_at = (output + position / SAMPLE_RATE) / (1 + DRIFT)
        median = align(said, np.concatenate(heard), heard_at - spoken - begin).percentile(50)
        assert median is not None
        return median


def _delay_ms(chance: random.Random) -> float:
    return chance.uniform(*PATH_DELAYS) * 500


def _turn_of(number: int) -> Samples:
    """Return a round of turns in which somebody has one, over the low noise of the own room."""
    total = round(PEOPLE * _TURN_SECONDS * SAMPLE_RATE)
    begin = round((number - 1) * _TURN_SECONDS * SAMPLE_RATE)
    length = round((_TURN_SECONDS + _OVERLAP_SECONDS) * SAMPLE_RATE)
    edge = round(_EDGE_SECONDS * SAMPLE_RATE)
    turn = np.zeros(total)
    turn[:length] = np.minimum(1.0, np.minimum(np.arange(length), np.arange(length)[::-1]) / edge)
    voice = np.roll(hum(total / SAMPLE_RATE), number * 7 * SAMPLE_RATE)
    noise = np.random.default_rng(number).normal(0, 3, total)
    return np.round(voice * np.roll(turn, begin) + noise).astype(np.int16)
