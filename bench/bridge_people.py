"""People with their whole sound path in real time, who speak to each other or through a worker."""

import asyncio
import math
import random
import time
from collections.abc import Callable

from tests.support.virtual_bridge import Recording
from tests.support.virtual_sound import Spoken
from tui_call.bridge_packet import HOP, parse_packet
from tui_call.calls.path_monitor import PathMonitor
from tui_call.engine.media.bridge_media import BridgeMedia
from tui_call.payload import Audio, Copy, parse_payload
from tui_call.voice.alignment import align
from tui_call.voice.audio_loop import AudioLoop
from tui_call.voice.devices.paced import PacedPort
from tui_call.voice.opus import Encoder
from tui_call.voice.redundancy import PLAIN
from tui_call.voice.samples import Samples, silence
from tui_call.voice.sound import SAMPLE_RATE


class Person:
    """Microphone, coding, playout and speaker of one person.

    Attributes:
        port: its devices.
        heard: what came out of the speaker.
        came: numbers of the frames whose sound came, one way or another, by source.
        send: what carries its packets.

    Args:
        said: into the microphone, again and again.
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


def late_ms(
    said: Samples, speaker: Person, listener: Person, begin: float = 0.0, seconds: float = math.inf
) -> float:
    """Return the median milliseconds from one's ear to the other's.

    Args:
        said: what the one says again and again.
        speaker: the one.
        listener: the other.
        begin: of what is looked at, seconds after the speaker's first sample.
        seconds: how much of it, at most what is said once.
    """
    began, heard_from = speaker.port.input_started_at, listener.port.output_started_at
    assert began is not None
    assert heard_from is not None
    first = round(begin * SAMPLE_RATE)
    count = min(len(said), round(min(seconds, len(said)) * SAMPLE_RATE))
    spoken = silence(count)
    Spoken(said).fill(first, spoken)
    skipped = max(0, round((began - heard_from) * SAMPLE_RATE) + first)
    heard = listener.heard.samples[skipped:]
    starts = heard_from - began + (skipped - first) / SAMPLE_RATE
    found = align(spoken, heard[: count + SAMPLE_RATE], starts)
    return 1000 * (found.percentile(50) or math.inf)
