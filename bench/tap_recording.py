"""`python -m bench.tap_recording`: what it costs a tap to record eight people, and for an hour.

The frames come as a worker sends them, and are taken apart, put in order and written; time is
virtual, and what is counted is the processor's. Beside it stands what a loop that encodes and
decodes one Opus stream costs in the same run.
"""

import gc
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from bench.bridge import loop_cpu
from bench.processes import memory_mb
from bench.table import Row, heading, print_rows
from tui_call.payload import NUMBER_BYTES, Audio, block_bytes, encode_payload
from tui_call.signaling.tap_messages import KeptPart, TapMember
from tui_call.tap.intake import Intake, Wanted
from tui_call.tap.recording.part_writer import TICK_SECONDS
from tui_call.tap.recording.recording_files import RecordingFiles
from tui_call.tap_frame import TapFrame
from tui_call.voice.opus import Encoder
from tui_call.voice.redundancy import PLAIN
from tui_call.voice.sound import FRAME_SAMPLES, FRAME_SECONDS
from tui_call.voice.speech_like import speech_like

PEOPLE = 8
SECONDS = 10.0
HOUR_SECONDS = 3600.0
SETTLED_SECONDS = 120.0

_ROOM = "room"
_PATH_SECONDS = 0.030
_TICK_FRAMES = round(TICK_SECONDS / FRAME_SECONDS)


class Recorded:
    """Eight people who all speak, and what writes them.

    Args:
        directory: for the files.
        mix: whether there is a mix beside the tracks.
    """

    def __init__(self, directory: Path, *, mix: bool) -> None:
        part = KeptPart("0" * 32, 1, mix=mix, tracks=True)
        self._files = RecordingFiles(directory, part, 0.0)
        self._packets = _spoken()
        self._intake = Intake()
        self._number = 0
        members = [TapMember(source, source, kept=True) for source in range(1, PEOPLE + 1)]
        wanted = {member.source: Wanted(member, 0.0, self._files.take) for member in members}
        self._intake.want(_ROOM, wanted, 0.0)

    def run(self, end: float) -> None:
        """Record until some second."""
        while self._number * FRAME_SECONDS < end:
            number = self._number
            audio = Audio(self._packets[number % len(self._packets)])
            length = NUMBER_BYTES + block_bytes([audio]) + 1
            frame = encode_payload(number, [audio], length)
            arrival = (number + 1) * FRAME_SECONDS + _PATH_SECONDS
            for source in range(1, PEOPLE + 1):
                self._intake.take(TapFrame(_ROOM, source, arrival, number, frame))
            if number % _TICK_FRAMES == 0:
                self._files.advance(arrival)
                self._files.sync()
            self._number += 1

    def finish(self) -> None:
        """End the files."""
        self._files.finish(self._number * FRAME_SECONDS)


def recording_rows(runs: int = 1) -> list[Row]:
    """Measure, and return the lines of the table."""
    whole, tracks, loops = [], [], []
    for _ in range(runs):
        loop = loop_cpu()
        loops.append(loop)
        whole.append(recording_cpu(mix=True) / loop)
        tracks.append(recording_cpu(mix=False) / loop)
    return [
        Row(
            "tap: mix and tracks of 8, in Opus loops", 10, True, " x", median(whole), median(loops)
        ),
        Row("  tracks alone", 3, True, " x", median(tracks)),
        Row("  an hour of them: memory, grown", 10, True, " MB", hour_grew()),
    ]


def recording_cpu(*, mix: bool) -> float:
    """Return what percent of a core it takes to record eight people."""
    with tempfile.TemporaryDirectory(prefix="tui-call-bench-") as name:
        recorded = Recorded(Path(name), mix=mix)
        began = time.process_time()
        recorded.run(SECONDS)
        took = time.process_time() - began
        recorded.finish()
    return 100 * took / SECONDS


def hour_grew(seconds: float = HOUR_SECONDS) -> float:
    """Return by how many MB the process grew in an hour, once it had settled."""
    with tempfile.TemporaryDirectory(prefix="tui-call-bench-") as name:
        recorded = Recorded(Path(name), mix=True)
        recorded.run(SETTLED_SECONDS)
        gc.collect()
        before = memory_mb(os.getpid())
        recorded.run(SETTLED_SECONDS + seconds)
        gc.collect()
        grew = memory_mb(os.getpid()) - before
        recorded.finish()
    return grew


def _spoken() -> Sequence[bytes]:
    encoder, said = Encoder(PLAIN.coding), speech_like(10.0)
    whole = len(said) // FRAME_SAMPLES * FRAME_SAMPLES
    return [encoder.encode(frame) for frame in said[:whole].reshape(-1, FRAME_SAMPLES)]


def main() -> int:
    """Measure, and print; return an exit status."""
    print(heading("loop"))
    return print_rows(recording_rows())


if __name__ == "__main__":
    sys.exit(main())
