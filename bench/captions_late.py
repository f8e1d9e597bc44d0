"""How many frames of a call come late while what is said in it is recognised, and without that.

Four people speak at once through a bridge worker, and each hears the other three; worker, tap and
speech engine are processes of one computer.
"""

import asyncio
import contextlib
import tempfile
import time
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from msgspec import structs

from bench.bridge_delay import Tapped, untapped
from bench.processes import as_sound_goes, is_real_time, make_real_time
from bench.table import Row
from tests.support.bridge_worker import SPEECH, LightMember, WorkerAlone, room_of
from tests.support.connections import until
from tests.support.speech_engines import packets
from tests.support.tap_process import TapAlone
from tests.support.word_error import recording
from tui_call.bridge_packet import parse_packet
from tui_call.payload import parse_payload
from tui_call.signaling.tap_messages import SetTap, SpeechState, Spoken, TapMember
from tui_call.voice.samples import Samples
from tui_call.voice.sound import FRAME_SECONDS

SPEAKERS = 4
SECONDS = 20.0
LATE_SECONDS = 0.020
"""From who sends a frame to who hears it, on one computer: as long as a frame."""
_COMES_WITHIN = 0.5
_WORKER_PRIORITY = 2


@dataclass(frozen=True, slots=True)
class LateFrames:
    """Percent of the frames that came late, or not at all; and what was recognised meanwhile."""

    off: float
    on: float
    finals: int


class Speaker:
    """One of those who speak.

    Args:
        member: its leg.
        said: at 48 kHz.
        all: those in the room, by number.
    """

    def __init__(self, member: LightMember, said: Samples, everybody: "dict[int, Speaker]") -> None:
        self.sent: list[float] = []
        self.late = 0
        self._member = member
        self._packets = packets(said)
        self._everybody = everybody
        self._came = 0
        member.take = self._take

    async def speak(self, seconds: float) -> None:
        """Send a frame each 20 ms."""
        began = time.monotonic()
        for number in range(round(seconds / FRAME_SECONDS)):
            await asyncio.sleep(max(0.0, began + number * FRAME_SECONDS - time.monotonic()))
            self.sent.append(time.monotonic())
            self._member.say(SPEECH, self._packets[number % len(self._packets)])

    @property
    def missed(self) -> int:
        """How many frames of the others came late, or never."""
        others = (one for one in self._everybody.values() if one is not self)
        return sum(len(one.sent) for one in others) - self._came + self.late

    def _take(self, data: bytes) -> None:
        now, packet = time.monotonic(), parse_packet(data)
        speaker = self._everybody.get(packet.source)
        if speaker is not None:
            number, _ = parse_payload(packet.frame)
            self._came += 1
            self.late += now - speaker.sent[number] > LATE_SECONDS


def late_rows(runs: int = 1, seconds: float = SECONDS) -> list[Row]:
    """Measure, and return the lines of the table."""
    measured = [as_sound_goes(measure, seconds, is_real_time()) for _ in range(runs)]
    off, on = (sum(getattr(one, which) for one in measured) / runs for which in ("off", "on"))
    return [
        Row(f"  {SPEAKERS} at once: frames late or lost", 1, True, " %", on, off),
        Row("  more than without recognisers", 0.1, True, " %", on - off),
        Row("  said meanwhile", 1, False, "", min(one.finals for one in measured)),
    ]


def measure(seconds: float, real_time: bool = False) -> LateFrames:
    """Make the call without, then with what recognises it.

    Args:
        seconds: of each.
        real_time: all of it goes before what else the computer does, the recognisers last.
    """
    heard: list[Spoken] = []
    off = asyncio.run(_call(seconds, untapped, real_time))
    recognised = partial(_recognised, heard=heard, real_time=real_time)
    on = asyncio.run(_call(seconds, recognised, real_time))
    return LateFrames(off, on, sum(one.final for one in heard))


async def _call(seconds: float, tap: Tapped, real_time: bool) -> float:
    read = recording("two_cities")
    with tempfile.TemporaryDirectory(prefix="tui-call-bench-") as name:
        async with WorkerAlone(Path(name)) as worker:
            members = await worker.meet(SPEAKERS)
            if real_time:
                make_real_time(worker.process.pid, _WORKER_PRIORITY)
            people: dict[int, Speaker] = {}
            for place, member in enumerate(members):
                said = np.roll(read, -place * len(read) // SPEAKERS)
                people[member.number] = Speaker(member, said, people)
            async with tap(worker, members):
                await asyncio.gather(*(one.speak(seconds) for one in people.values()))
                await asyncio.sleep(_COMES_WITHIN)
    return _percent_late(list(people.values()))


def _percent_late(people: Sequence[Speaker]) -> float:
    sent = (len(people) - 1) * sum(len(one.sent) for one in people)
    return 100 * sum(one.missed for one in people) / sent


@contextlib.asynccontextmanager
async def _recognised(
    worker: WorkerAlone, members: list[LightMember], heard: list[Spoken], *, real_time: bool
) -> AsyncGenerator[None]:
    room = room_of(members)
    people = tuple(TapMember(one.number, one.number, captioned=True) for one in members)
    async with TapAlone(worker.directory) as tap:
        tap.service.say(SetTap(room.room, 1, people, captions=True))
        await until(lambda: [one.loading for one in _states(tap)][-2:] == [True, False])
        if real_time:
            make_real_time(tap.process.pid, _WORKER_PRIORITY)
            make_real_time(_engine_of(tap.process.pid), 1)
        worker.service.say(structs.replace(room, tapped=True))
        yield
        heard += [line for line in tap.service.heard if isinstance(line, Spoken)]


def _states(tap: TapAlone) -> list[SpeechState]:
    return [line for line in tap.service.heard if isinstance(line, SpeechState)]


def _engine_of(tap: int) -> int:
    """Return the id of the speech engine's process."""
    [engine] = Path(f"/proc/{tap}/task/{tap}/children").read_text().split()
    return int(engine)
