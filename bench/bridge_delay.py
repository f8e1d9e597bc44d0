"""How late and how whole sound comes through the bridge worker, beside a direct call.

Eight people are in the room and all send; two others speak meanwhile. One says something after a
while of silence, and one of those who listen has a way that loses every tenth packet.
"""

import asyncio
import contextlib
import statistics
import tempfile
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bench.bridge_people import Person, late_ms
from bench.processes import as_sound_goes
from bench.table import Row
from tests.support.bridge_worker import LightMember, WorkerAlone, send_evenly
from tests.support.connections import until
from tests.support.kept_sound import encoded
from tests.support.measured_sound import make_speech
from tui_call.transport.connection_state import ConnectionState
from tui_call.transport.peer_connection import PeerConnection
from tui_call.voice.devices.sound_file import read_sound_file
from tui_call.voice.meter import level_db
from tui_call.voice.samples import Samples, silence
from tui_call.voice.sound import FRAME_SAMPLES, FRAME_SECONDS, SAMPLE_RATE
from tui_call.voice.speech_like import speech_like

SPEECH_SECONDS = 12.0
QUIET_SECONDS = 8.0
"""Before the speech: in it the listeners' loss is found out."""
END_SECONDS = 0.5
OTHERS_SECONDS = 4.0
"""Of what the others say again and again."""
PEOPLE = 8
LOSS = 0.1
SPEAKING, NOISE = 30, 65
BEGINS_DB = -55.0
"""From which on a frame is heard above the others' noise."""
FIRST_SECONDS = 0.060
_SPEAKER, _LISTENER, _LOSSY = 1, 2, 3


@dataclass(frozen=True, slots=True)
class BridgeDelay:
    """One run.

    Attributes:
        direct_ms: from ear to ear in a call without a bridge, median.
        bridged_ms: through it.
        first_missing_ms: of the first 60 ms of who starts, what did not come.
        lost: the share of frames of that speech that never came where the way loses packets.
        lost_elsewhere: and where it does not.
    """

    direct_ms: float
    bridged_ms: float
    first_missing_ms: float
    lost: float
    lost_elsewhere: float


def measure(seconds: float = SPEECH_SECONDS) -> BridgeDelay:
    """Make both calls, in a process that goes before others as the audio thread of an engine."""
    return as_sound_goes(make_calls, seconds)


def make_calls(seconds: float) -> BridgeDelay:
    """Make both calls."""
    with tempfile.TemporaryDirectory(prefix="tui-call-bench-") as name:
        _, speech = make_speech(Path(name), seconds)
        words = read_sound_file(speech)
        said = np.concatenate((silence(round(QUIET_SECONDS * SAMPLE_RATE)), words))
        direct = asyncio.run(_direct(words))
        people = asyncio.run(bridged(said, Path(name)))
    speaker, listener, lossy = people
    spoken = spoken_frames(said)
    beginning = range(spoken[0], spoken[0] + round(FIRST_SECONDS / FRAME_SECONDS))
    came = listener.came[_SPEAKER]
    return BridgeDelay(
        direct_ms=direct,
        bridged_ms=late_ms(said, speaker, listener),
        first_missing_ms=1000 * FRAME_SECONDS * sum(number not in came for number in beginning),
        lost=lost_share(lossy, _SPEAKER, spoken),
        lost_elsewhere=lost_share(listener, _SPEAKER, spoken),
    )


def delay_rows(runs: Sequence[BridgeDelay]) -> list[Row]:
    """Return the lines of the table, by the median of some runs."""
    direct = statistics.median(run.direct_ms for run in runs)
    bridged = statistics.median(run.bridged_ms for run in runs)
    first = statistics.median(run.first_missing_ms for run in runs)
    lost = statistics.median(run.lost for run in runs)
    elsewhere = max(run.lost_elsewhere for run in runs)
    return [
        Row("bridge, among eight: ear to ear", 80, True, " ms", bridged, direct),
        Row("  more than without it", 20, True, " ms", bridged - direct),
        Row("  first 60 ms of who starts: missing", 0, True, " ms", first),
        Row("  10 % loss on one's way: never came", 1, True, " %", 100 * lost),
        Row("  and to others", 0, True, " %", 100 * elsewhere),
    ]


Tapped = Callable[[WorkerAlone, list[LightMember]], contextlib.AbstractAsyncContextManager[None]]
"""What goes on beside a call through the bridge."""


@contextlib.asynccontextmanager
async def untapped(_: WorkerAlone, __: list[LightMember]) -> AsyncGenerator[None]:
    """Keep and read nothing."""
    yield


async def _direct(said: Samples) -> float:
    people = [Person(said), Person(silence())]
    one, other = (
        PeerConnection(on_packet=person.take, on_state=lambda _: None) for person in people
    )
    people[0].send, people[1].send = one.send, other.send
    try:
        await one.accept_answer(await other.create_answer(await one.create_offer()))
        await until(lambda: one.state is other.state is ConnectionState.CONNECTED)
        await _live(people, len(said) / SAMPLE_RATE + END_SECONDS)
    finally:
        await one.close()
        await other.close()
    return late_ms(said, *people)


async def bridged(said: Samples, directory: Path, tap: Tapped = untapped) -> list[Person]:
    """Let one speak among eight; return that one, one who listens, and one with a lossy way."""
    people = [Person(said), Person(silence()), Person(silence(), LOSS)]
    async with WorkerAlone(directory) as worker:
        members = await worker.meet(PEOPLE)
        for member, person in zip(members, people, strict=False):
            person.send = member.connection.send
            member.take = person.take
        others = members[len(people) :]
        for member in others:
            member.take = len  # who listens there is not looked at
        async with tap(worker, members):
            await _live(people, len(said) / SAMPLE_RATE + END_SECONDS, others)
    return people


async def _live(
    people: Sequence[Person], seconds: float, others: Sequence[LightMember] = ()
) -> None:
    works: list[Coroutine[Any, Any, None]] = [person.live() for person in people]
    words, noise = encoded(speech_like(OTHERS_SECONDS)), encoded(_noise(OTHERS_SECONDS))
    works += [
        send_evenly(member, SPEAKING, words) if place < 2 else send_evenly(member, NOISE, noise)
        for place, member in enumerate(others)
    ]
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await asyncio.gather(*works)


def spoken_frames(said: Samples) -> list[int]:
    """Return the frames in which something is to be heard above the others' noise."""
    return [
        number
        for number in range(len(said) // FRAME_SAMPLES)
        if level_db(said[number * FRAME_SAMPLES :][:FRAME_SAMPLES]) > BEGINS_DB
    ]


def lost_share(person: Person, speaker: int, frames: Sequence[int]) -> float:
    """Return the share of somebody's frames that never came to a person."""
    return sum(number not in person.came[speaker] for number in frames) / len(frames)


def _noise(seconds: float) -> Samples:
    count = round(seconds * SAMPLE_RATE)
    return np.random.default_rng(1).normal(0, 32_767 * 10 ** (-NOISE / 20), count).astype(np.int16)
