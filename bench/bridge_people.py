"""People with their whole sound path in real time, who speak to each other or through a worker."""

import asyncio
import random
import time
from collections.abc import Callable

import numpy as np

from tui_call.bridge_packet import HOP, parse_packet
from tui_call.calls.path_monitor import PathMonitor
from tui_call.engine.media.bridge_media import BridgeMedia
from tui_call.payload import Audio, Copy, parse_payload
from tui_call.voice.audio_loop import AudioLoop
from tui_call.voice.devices.paced import PacedPort, Sink, Source
from tui_call.voice.opus import Encoder
from tui_call.voice.redundancy import PLAIN
from tui_call.voice.samples import Samples


class Spoken(Source):
    """A microphone in front of who says something once, and then nothing."""

    def __init__(self, samples: Samples) -> None:
        self._samples = samples

    def fill(self, position: int, out: Samples) -> None:
        part = self._samples[position : position + len(out)]
        out[:] = 0
        out[: len(part)] = part


class Recording(Sink):
    """Keeps all that was heard."""

    def __init__(self) -> None:
        self._parts: list[Samples] = []

    def take(self, position: int, samples: Samples) -> None:  # noqa: ARG002
        self._parts.append(samples)

    @property
    def samples(self) -> Samples:
        """All of it."""
        return np.concatenate(self._parts)


class Person:
    """Microphone, coding, playout and speaker of one person.

    Attributes:
        port: its devices.
        heard: what came out of the speaker.
        came: numbers of the frames whose sound came, one way or another, by source.
        send: what carries its packets.

    Args:
        said: into the microphone.
        loss: the share of packets to it that are lost.
        seed: of which these are.
    """

    def __init__(self, said: Samples, loss: float = 0.0, seed: int = 1) -> None:
        self.heard = Recording()
        self.port = PacedPort(Spoken(said), self.heard)
        self.came: dict[int, set[int]] = {}
        self.send: Callable[[bytes], object] = lambda _: None
        self._loss, self._chance = loss, random.Random(seed)
        self._media = BridgeMedia(PathMonitor(time.monotonic()), lambda _: None, lambda _: None)
        self._loop = AudioLoop(self.port, Encoder(PLAIN.coding), self._frame, self._media.playout)

    async def live(self) -> None:
        """Speak and hear."""
        while True:
            due = self._loop.step(time.monotonic())
            await asyncio.sleep(max(0.0, due - time.monotonic()))

    def take(self, packet: bytes) -> None:
        """Take a packet from the way, unless that loses it."""
        if self._chance.random() < self._loss:
            return
        now = time.monotonic()
        self._media.open(packet, 1, now, now)
        head = parse_packet(packet)
        if head.source != HOP:
            number, blocks = parse_payload(head.frame)
            for block in blocks:
                if isinstance(block, Audio | Copy):
                    earlier = block.offset if isinstance(block, Copy) else 0
                    self.came.setdefault(head.source, set()).add(number - earlier)

    def _frame(self, opus: bytes, _: float) -> None:
        now = time.monotonic()
        self.send(self._media.seal(opus, self._loop.microphone_meter.level, now))
        beat = self._media.beat(now)
        if beat is not None:
            self.send(beat)
