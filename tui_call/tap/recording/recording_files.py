"""The mix and the tracks of one part: all begin together, and are as long as each other."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from tui_call.signaling.tap_messages import KeptPart
from tui_call.tap.interfaces import MemberFrame
from tui_call.tap.recording.line_up import Line
from tui_call.tap.recording.mix import Mix, SlotSound
from tui_call.tap.recording.opus_file import OpusFile
from tui_call.voice.opus import carries_fec, is_frame
from tui_call.voice.sound import FRAME_SECONDS, FRAMES_PER_SECOND

WAIT_SECONDS = 0.5
"""For so long a slot waits for late packets: longer than any that people hear may be late, with the
copies in it (`bridge.timeline`). With what waits for its page and for the thread, less than a
second is lost with the process, so a slot cannot wait for a whole one."""


SYNCS_FOR_ALL = 10


class RecordingFiles:
    """Puts frames in order, and writes a slot of 20 ms into every file at once.

    Each method raises an OSError where something cannot be written.

    Args:
        directory: of the recording.
        part: what to write.
        begun: when the first slot begins, monotonic seconds.
    """

    def __init__(self, directory: Path, part: KeptPart, begun: float) -> None:
        self._directory = directory
        self._part = part
        self._begun = begun
        self._first = round(begun / FRAME_SECONDS)
        self._slots = 0
        self._syncs = 0
        self._lines: dict[int, Line] = {}
        self._tracks: dict[int, OpusFile] = {}
        self._mix_file = OpusFile.created(directory / f"mix-{part.part}.opus") if part.mix else None
        self._mix = Mix()

    @property
    def seconds(self) -> float:
        """How much is in whole pages of every file."""
        return min((file.slots for file in self._files), default=self._slots) * FRAME_SECONDS

    def take(self, frame: MemberFrame, /) -> None:
        """Take the frame of somebody; with the first one of a person a track begins."""
        person = frame.member.person
        line = self._lines.get(person)
        if line is None:
            line = self._lines[person] = Line(self._first + self._slots)
            if self._part.tracks:
                self._begin_track(person)
        line.take(frame)

    def advance(self, now: float) -> None:
        """Write the slots that have waited for long enough."""
        self._write_until(now - WAIT_SECONDS)

    def sync(self) -> None:
        """Bring a tenth of the files to the disk itself, so that none of them holds up the rest."""
        self._syncs += 1
        for file in self._files[self._syncs % SYNCS_FOR_ALL :: SYNCS_FOR_ALL]:
            file.sync()

    def finish(self, now: float) -> None:
        """Write what has come, and end all files."""
        with ExitStack() as stack:
            for file in self._files:
                stack.callback(file.finish)
            self._write_until(now)

    @property
    def paths(self) -> list[Path]:
        """The files."""
        return [file.path for file in self._files]

    @property
    def _files(self) -> Sequence[OpusFile]:
        mix = [self._mix_file] if self._mix_file is not None else []
        return [*mix, *self._tracks.values()]

    def _begin_track(self, person: int) -> None:
        path = self._directory / f"track-{person}-{self._part.part}.opus"
        track = self._tracks[person] = OpusFile.created(path)
        track.write_silence(self._slots)

    def _write_until(self, end: float) -> None:
        whole = int((end - self._begun) * FRAMES_PER_SECOND)
        for _ in range(self._slots, whole):
            self._write_slot()

    def _write_slot(self) -> None:
        packets = {person: _checked(line.pop()) for person, line in self._lines.items()}
        if self._mix_file is not None:
            said = {
                person: tuple(_sounds(packets[person], line.behind))
                for person, line in self._lines.items()
            }
            self._mix_file.write(self._mix.mixed(said))
        for person, track in self._tracks.items():
            track.write(packets[person])
        self._slots += 1


def _checked(packet: bytes) -> bytes:
    """Return a packet if players take it as 20 ms; another one would shift all behind it."""
    return packet if packet and is_frame(packet) else b""


def _sounds(packet: bytes, behind: bytes) -> Iterator[SlotSound]:
    """Yield what of a slot is heard: its packet, and what the one behind tells of it."""
    if packet:
        yield SlotSound(packet)
    if carries_fec(behind) and is_frame(behind):
        yield SlotSound(behind, fec=True)
