"""The keeper of a tap: recordings and transcripts under one directory."""

import asyncio
import contextlib
import logging
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tui_call.signaling.tap_messages import KeptPart, PartClosed, PartOpened, Spoken
from tui_call.tap.interfaces import MemberFrame, RecordingPart, SayPart, TranscriptPart
from tui_call.tap.parts import Part, part_of
from tui_call.tap.recording.closing import closed_before
from tui_call.tap.recording.disk import Clock, FreeBytes, RecordingDisk, free_bytes
from tui_call.tap.recording.part_state import forget_state, states_below
from tui_call.tap.recording.part_writer import PartWriter
from tui_call.tap.recording.recording_files import RecordingFiles
from tui_call.tap.recording.transcript_file import SaidLine, TranscriptFile

log = logging.getLogger(__name__)


class Recorder:
    """Implements `PartKeeper`.

    Args:
        directory: of all recordings and transcripts.
        say: called in the loop.
        taken: tells up to when all frames have been taken that came; None for at once.
        free: tells how many bytes are free in a directory.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        directory: Path,
        say: SayPart,
        taken: Clock | None = None,
        free: FreeBytes = free_bytes,
        clock: Clock = time.monotonic,
    ) -> None:
        self._disk = RecordingDisk(directory, free, clock, taken or clock)
        self._say = say
        self._loop = asyncio.get_running_loop()
        self._begun: set[Part] = set()
        self._open: set[Part] = set()
        self._all_closed = asyncio.Event()
        self._all_closed.set()

    def close_left_behind(self) -> None:
        """See `PartKeeper`."""
        self._beside("left behind", self._close_left_behind)

    def record(self, part: KeptPart, begun: float) -> RecordingPart:
        """See `PartKeeper`."""
        self._note_begun(part)
        open_files = partial(RecordingFiles, part=part, begun=begun)
        return PartWriter[MemberFrame](self._disk, part, open_files, self._say_soon)

    def transcribe(self, part: KeptPart, begun: float) -> TranscriptPart:
        """See `PartKeeper`."""
        self._note_begun(part)
        open_file = partial(TranscriptFile, part=part, begun=begun)
        writer = PartWriter[SaidLine](self._disk, part, open_file, self._say_soon)
        return _Transcript(writer, part.began - begun)

    def acknowledged(self, kept: str, part: int) -> None:
        """See `PartKeeper`."""
        self._beside("acknowledged", partial(forget_state, self._disk.directory / kept, part))

    async def finish(self) -> None:
        """See `PartKeeper`."""
        await self._all_closed.wait()

    def _note_begun(self, part: KeptPart) -> None:
        self._begun.add(part_of(part))
        self._open.add(part_of(part))
        self._all_closed.clear()

    def _say_soon(self, said: PartOpened | PartClosed) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is over, and with it who would hear
            self._loop.call_soon_threadsafe(self._said, said)

    def _said(self, said: PartOpened | PartClosed) -> None:
        if isinstance(said, PartClosed):
            self._open.discard(part_of(said))
        self._say(said)
        if not self._open:
            self._all_closed.set()

    def _close_left_behind(self) -> None:
        for state in states_below(self._disk.directory):
            part = state.part
            if part_of(part) in self._begun:
                continue
            try:
                self._say_soon(closed_before(self._disk.directory / part.kept, state))
            except OSError as error:
                log.warning("what was left behind cannot be closed", {"reason": error.strerror})

    def _beside(self, name: str, work: Callable[[], None]) -> None:
        threading.Thread(target=work, name=name, daemon=True).start()


class _Transcript:
    """A transcript whose lines have the times of the call.

    Args:
        writer: of its file.
        offset: what makes seconds of the call of monotonic ones.
    """

    def __init__(self, writer: PartWriter[SaidLine], offset: float) -> None:
        self._writer = writer
        self._offset = offset
        self.close = writer.close

    def write(self, person: int, spoken: Spoken) -> None:
        began, ended = spoken.began + self._offset, spoken.ended + self._offset
        self._writer.take(SaidLine(person, began, ended, spoken.text))
