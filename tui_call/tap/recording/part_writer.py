"""Writes one part on a thread of its own: a disk that stands still holds up nothing else."""

import contextlib
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from tui_call.control.platform import make_private_directory
from tui_call.errors import LocalFault
from tui_call.signaling.tap_messages import LEAST_TO_BEGIN, KeptPart, PartClosed, PartOpened
from tui_call.tap.interfaces import SayPart
from tui_call.tap.recording.closing import closed_before, describe_closed
from tui_call.tap.recording.disk import LEAST_TO_GO_ON, RecordingDisk, why_not_written
from tui_call.tap.recording.part_state import PartState, forget_state, load_state, save_state
from tui_call.tasks import log_failure

log = logging.getLogger(__name__)

TICK_SECONDS = 0.1
MOST_WAITING = 12_000
"""Of what came and is not written: 15 s of sixteen people, 8 MB."""

STANDS_STILL_SECONDS = 15.0
"""Nothing was written for so long while something came: the disk is given up."""

RULE_STANDS_STILL_SECONDS = 4.0
"""The same where the call is recorded by rule: it ends within five seconds then."""

STANDS_SECONDS = 2.0
"""A tap that stands for as long as that goes on where it was; one that does longer is ended."""

_TICKS_A_LOOK = 10

Item = TypeVar("Item")
_Taken = TypeVar("_Taken", contravariant=True)


class PartFiles(Protocol[_Taken]):
    """The files of a part; all of it is called by one thread, and may raise an OSError."""

    @property
    def paths(self) -> list[Path]:
        """All that there are."""
        ...

    @property
    def seconds(self) -> float:
        """How long it is, by what is written."""
        ...

    def take(self, item: _Taken, /) -> None:
        """Take what came."""
        ...

    def advance(self, now: float, /) -> None:
        """Write what has waited for long enough."""
        ...

    def sync(self) -> None:
        """Bring some of it to the disk itself; all of it with ten calls."""
        ...

    def finish(self, now: float, /) -> None:
        """Write what has come until now, and close all files, also where that fails."""
        ...


class PartWriter(Generic[Item]):
    """A part that is being written; `take` and `close` return at once.

    Args:
        disk: where.
        part: which.
        open_files: called on the thread, with the directory of the recording.
        say: called on the thread.
    """

    def __init__(
        self,
        disk: RecordingDisk,
        part: KeptPart,
        open_files: Callable[[Path], PartFiles[Item]],
        say: SayPart,
    ) -> None:
        self._disk = disk
        self._part = part
        self._directory = disk.directory / part.kept
        self._open_files = open_files
        self._say = say
        self._patience = RULE_STANDS_STILL_SECONDS if part.by_rule else STANDS_STILL_SECONDS
        self._waiting: deque[Item] = deque()
        self._closing = threading.Event()
        self._over = False
        self._wrote_at = disk.clock()
        self._closed_at = 0.0
        self._seconds = 0.0
        self._why = ""
        threading.Thread(target=self._run, name=f"part {part.part}", daemon=True).start()

    def take(self, item: Item, /) -> None:
        """Write this soon."""
        if self._over:
            return
        late = self._disk.clock() - self._wrote_at
        if len(self._waiting) < MOST_WAITING and late <= self._patience:
            self._waiting.append(item)
        elif not self._closing.is_set():
            self._give_up()

    def close(self, at: float | None = None, why: str = "") -> None:
        """Write what came before a time, None for now, also what is taken a moment later.

        Args:
            at: that time.
            why: as in `PartClosed`, where something is missing that was never taken.
        """
        if not self._closing.is_set():
            self._why = self._why or why
            now = self._disk.clock()
            self._closed_at = now if at is None else min(at, now)
            self._closing.set()

    def _give_up(self) -> None:
        """Say that the disk stands still; should it go on, its files are told of then."""
        self._why, self._over = "N_KEPT_FAILED", True
        self.close()
        part = self._part
        self._say(PartClosed(part.kept, part.part, self._seconds, why=self._why))

    def _run(self) -> None:
        try:
            closed = self._written()
        except OSError as error:
            log.warning("a part cannot be closed", {"reason": error.strerror})
            closed = self._failed()
        except Exception as error:  # whatever it is, nobody may believe that it is kept
            log_failure("recording", error)
            closed = self._failed()
        self._say(closed)

    def _failed(self) -> PartClosed:
        return PartClosed(self._part.kept, self._part.part, 0.0, why="N_KEPT_FAILED")

    def _written(self) -> PartClosed:
        known = load_state(self._directory, self._part.part)
        if known is not None:
            return closed_before(self._directory, known)
        try:
            files = self._begin()
        except (OSError, LocalFault) as error:
            why = why_not_written(error) if isinstance(error, OSError) else "N_KEPT_FAILED"
            return self._not_begun(why)
        self._say(PartOpened(self._part.kept, self._part.part))
        why = self._write(files)
        closed = describe_closed(self._part, files.seconds, files.paths, why)
        save_state(self._directory, PartState(self._part, closed))
        return closed

    def _begin(self) -> PartFiles[Item]:
        make_private_directory(self._disk.directory)
        begins = self._part.part == 1
        self._disk.expect_room(LEAST_TO_BEGIN if begins else LEAST_TO_GO_ON)
        make_private_directory(self._directory)
        save_state(self._directory, PartState(self._part))
        return self._open_files(self._directory)

    def _not_begun(self, why: str) -> PartClosed:
        forget_state(self._directory, self._part.part)
        with contextlib.suppress(OSError):  # it has other parts
            self._directory.rmdir()
        return PartClosed(self._part.kept, self._part.part, 0.0, why=why)

    def _write(self, files: PartFiles[Item]) -> str:
        """Write until closed, or as long as that is possible; return why no longer."""
        try:
            self._write_until_closed(files)
        except OSError as error:
            self._why, self._over = self._why or why_not_written(error), True
            self.close()
        except Exception as error:  # what there is plays also then, and it is said
            log_failure("recording", error)
            self._why, self._over = "N_KEPT_FAILED", True
            self.close()
        try:
            files.finish(self._closed_at)
        except OSError as error:
            self._why = self._why or why_not_written(error)
        return self._why

    def _write_until_closed(self, files: PartFiles[Item]) -> None:
        ticks = 0
        while not self._closing.wait(TICK_SECONDS):
            now = self._disk.clock()
            taken = min(now, max(self._disk.taken(), now - STANDS_SECONDS))
            self._hand_over(files)
            files.advance(taken)
            files.sync()
            self._wrote_at, self._seconds = now, files.seconds
            ticks += 1
            if ticks % _TICKS_A_LOOK == 0:
                self._disk.expect_room(LEAST_TO_GO_ON)
        time.sleep(TICK_SECONDS)  # for what lay in the tap's socket
        self._over = True
        self._hand_over(files)

    def _hand_over(self, files: PartFiles[Item]) -> None:
        while self._waiting:
            files.take(self._waiting.popleft())
