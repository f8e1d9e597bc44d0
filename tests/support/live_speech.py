"""People who speak at the pace of a call, to a real engine process; what is told, and when."""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from statistics import median

import numpy as np

from tests.support.connections import until
from tests.support.speech_engines import packets
from tui_call.signaling.tap_messages import SpeechState, Spoken, TapMember
from tui_call.tap.interfaces import MemberFrame, Recognised, SpeechSettings
from tui_call.tap.speech.speech import RecognisedSpeech
from tui_call.voice.samples import Samples
from tui_call.voice.sound import FRAME_SECONDS, SAMPLE_RATE

ROOM = "room"
LOADS_WITHIN = 60.0
_FINISHES_WITHIN = 600.0
_END = np.zeros(2 * SAMPLE_RATE, np.int16)


@dataclass(slots=True)
class LiveSpeech:
    """What became of it.

    Attributes:
        began: monotonic seconds, when the first sample was sent.
        told: with the seconds at which it was told.
        cpu: percent of a core that the engine took while they spoke.
    """

    began: float = 0.0
    told: list[tuple[float, Spoken]] = field(default_factory=list[tuple[float, Spoken]])
    cpu: float = 0.0

    def finals_of(self, source: int) -> list[Spoken]:
        """Return what somebody has said."""
        return [spoken for _, spoken in self.told if spoken.final and spoken.source == source]

    @property
    def first_partial_after(self) -> float:
        """Median seconds from the first word of an utterance until something of it is shown."""
        return median(at - each.began for at, each in self.told if each.revision == 1)

    @property
    def final_after(self) -> float:
        """Median seconds from the last word of an utterance until it is final."""
        return median(at - each.ended for at, each in self.told if each.final)


async def speak_live(
    sounds: Mapping[int, Samples],
    processor_seconds: Callable[[int], float],
    engine_begins: Callable[[int], object] = int,
) -> LiveSpeech:
    """Let members say sounds at once, at their own pace.

    Args:
        sounds: at 48 kHz, by the source of who says it.
        processor_seconds: tells how many a process has taken.
        engine_begins: given the id of the engine's process before its model is loaded.
    """
    live, begun, loaded = LiveSpeech(), asyncio.Event(), asyncio.Event()

    def hear(one: Recognised) -> None:
        live.told.append((time.monotonic(), one.spoken))

    def tell(state: SpeechState) -> None:
        if state.loading:
            begun.set()
        elif begun.is_set():
            loaded.set()

    members = {source: TapMember(source, person=source, captioned=True) for source in sounds}
    streams = {source: packets(np.concatenate((sound, _END))) for source, sound in sounds.items()}
    speech = RecognisedSpeech(SpeechSettings(), hear, tell)
    try:
        speech.listen(ROOM, tuple(members.values()))
        await asyncio.wait_for(begun.wait(), LOADS_WITHIN)
        await until(lambda: list(_engines()))
        [engine] = _engines()
        engine_begins(engine)
        await asyncio.wait_for(loaded.wait(), LOADS_WITHIN)
        live.began, before = time.monotonic(), processor_seconds(engine)
        await _say(speech, members, streams, live.began)
        taken = processor_seconds(engine) - before
        live.cpu = 100 * taken / (time.monotonic() - live.began)
        speech.listen(ROOM, ())
        await speech.finish(ROOM, _FINISHES_WITHIN)
    finally:
        await speech.close()
    return live


async def _say(
    speech: RecognisedSpeech,
    members: Mapping[int, TapMember],
    streams: Mapping[int, Sequence[bytes]],
    began: float,
) -> None:
    """Say what each has to say, a packet each 20 ms."""
    for number, slot in enumerate(zip_longest(*streams.values())):
        due = began + (number + 1) * FRAME_SECONDS
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        for source, packet in zip(streams, slot, strict=True):
            if packet is not None:
                now = time.monotonic()
                speech.take(ROOM, MemberFrame(members[source], number, now, number, packet))


def _engines() -> Iterator[int]:
    """Yield the id of each engine's process, a child of this one."""
    for children in Path("/proc/self/task").glob("*/children"):
        for child in children.read_text().split():
            if b"tui_call.tap.speech" in Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0"):
                yield int(child)
