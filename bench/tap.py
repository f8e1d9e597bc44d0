"""`python -m bench.tap`: what it costs a call by the bridge that everything of it is kept and read.

Eight people are in the room and all send, of whom three speak, as in `bench.bridge_delay`. With the
tap on, all eight are recorded, as a mix and as tracks, transcribed and captioned by the built-in
engine.
"""

import asyncio
import contextlib
import json
import statistics
import sys
import tempfile
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from msgspec import structs

from bench.bridge_delay import (
    PEOPLE,
    QUIET_SECONDS,
    SPEECH_SECONDS,
    Tapped,
    bridged,
    lost_share,
    spoken_frames,
    untapped,
)
from bench.bridge_people import late_ms
from bench.processes import as_sound_goes
from bench.table import Row, heading, print_rows
from tests.support.bridge_worker import LightMember, WorkerAlone, room_of
from tests.support.connections import until
from tests.support.kept_sound import KEPT
from tests.support.measured_sound import make_speech
from tests.support.tap_process import TapAlone
from tui_call.signaling.tap_messages import (
    CloseTap,
    KeptPart,
    PartClosed,
    PartOpened,
    SetTap,
    TapMember,
)
from tui_call.voice.devices.sound_file import read_sound_file
from tui_call.voice.samples import Samples, silence
from tui_call.voice.sound import FRAME_SAMPLES, SAMPLE_RATE

_SPEAKER = 1
_TRANSCRIPT = "f" * 32


@dataclass(frozen=True, slots=True)
class TapCost:
    """One run.

    Attributes:
        off_ms: from ear to ear through the bridge, median, with nothing kept.
        on_ms: with everything kept and read.
        lost: the share of frames of the speech that did not come to a listener then.
        dropped: the share of frames of the room that the worker did not pass on to the tap: those
            of the moment in which it connects.
    """

    off_ms: float
    on_ms: float
    lost: float
    dropped: float


def measure(seconds: float = SPEECH_SECONDS) -> TapCost:
    """Make both calls, in a process that goes before others as the audio thread of an engine."""
    return as_sound_goes(make_calls, seconds)


def make_calls(seconds: float) -> TapCost:
    """Make both calls."""
    with tempfile.TemporaryDirectory(prefix="tui-call-bench-") as name:
        _, speech = make_speech(Path(name), seconds)
        words = read_sound_file(speech)
    said = np.concatenate((silence(round(QUIET_SECONDS * SAMPLE_RATE)), words))
    off_ms, _, _ = _call(said, untapped)
    on_ms, lost, dropped = _call(said, _all_is_kept)
    return TapCost(off_ms, on_ms, lost, dropped)


def tap_rows(runs: Sequence[TapCost]) -> list[Row]:
    """Return the lines of the table, by the median of some runs."""
    off = statistics.median(run.off_ms for run in runs)
    on = statistics.median(run.on_ms for run in runs)
    return [
        Row("tap, eight kept and read: ear to ear", 80, True, " ms", on, off),
        Row("  more than without it", 5, True, " ms", on - off),
        Row("  frames of the call lost", 0, True, " %", 100 * max(run.lost for run in runs)),
        Row("  not passed on to the tap", 0.1, True, " %", 100 * max(run.dropped for run in runs)),
    ]


def _call(said: Samples, tap: Tapped) -> tuple[float, float, float]:
    with tempfile.TemporaryDirectory(prefix="tui-call-bench-") as name:
        speaker, listener, _ = asyncio.run(bridged(said, Path(name), tap))
        ended = (Path(name) / "bridge.log").read_text().splitlines()[-1]
    lost = lost_share(listener, _SPEAKER, spoken_frames(said))
    frames = PEOPLE * len(said) / FRAME_SAMPLES
    return late_ms(said, speaker, listener), lost, json.loads(ended)["untapped"] / frames


@contextlib.asynccontextmanager
async def _all_is_kept(worker: WorkerAlone, members: list[LightMember]) -> AsyncGenerator[None]:
    room = room_of(members)
    people = tuple(
        TapMember(one.number, one.number, kept=True, transcribed=True, captioned=True)
        for one in members
    )
    async with TapAlone(worker.directory) as tap:
        recording, transcript = KeptPart(KEPT, 1, tracks=True), KeptPart(_TRANSCRIPT, 1)
        tap.service.say(SetTap(room.room, 1, people, recording, transcript, captions=True))
        await until(lambda: len(tap.service.lines(PartOpened)) == 2)
        worker.service.say(structs.replace(room, tapped=True))
        yield
        tap.service.say(CloseTap(room.room, 1))
        closed = await tap.service.first(PartClosed)
        assert (closed.kept, closed.why) == (KEPT, "")


def main() -> int:
    """Measure, and print; return an exit status."""
    print(heading("off"))
    return print_rows(tap_rows([measure()]))


if __name__ == "__main__":
    sys.exit(main())
