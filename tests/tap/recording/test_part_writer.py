"""Up to when a part is written: what a tap has not read yet may still come."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue

import pytest

from tests.support.keeper import DEADLINE_SECONDS, PLENTY
from tests.support.kept_sound import KEPT, part
from tui_call.signaling.tap_messages import PartClosed, PartOpened
from tui_call.tap.recording.disk import RecordingDisk
from tui_call.tap.recording.part_writer import STANDS_SECONDS, PartWriter

NOW = 1000.0


class Files:
    """Files that take nothing down but up to when they are to be written."""

    seconds = 0.0

    def __init__(self) -> None:
        self.paths: list[Path] = []
        self.advanced = SimpleQueue[float]()

    def take(self, item: object, /) -> None: ...

    def advance(self, now: float, /) -> None:
        self.advanced.put(now)

    def sync(self) -> None: ...

    def finish(self, now: float, /) -> None: ...


@pytest.fixture
def said() -> Iterator[SimpleQueue[PartOpened | PartClosed]]:
    """Return what the writer says; wait in the end until it has closed."""
    told = SimpleQueue[PartOpened | PartClosed]()
    yield told
    assert told.get(timeout=DEADLINE_SECONDS) == PartOpened(KEPT, 1)
    assert isinstance(told.get(timeout=DEADLINE_SECONDS), PartClosed)


@pytest.mark.parametrize(
    ("taken", "written"),
    [
        (NOW - 0.8, NOW - 0.8),
        (NOW - 10 * STANDS_SECONDS, NOW - STANDS_SECONDS),
        (NOW + 0.8, NOW),
    ],
    ids=["up to what is read", "a tap that stands is not waited for", "never ahead"],
)
def test_silence_is_written_for_nothing_that_a_tap_may_still_read(
    taken: float, written: float, tmp_path: Path, said: SimpleQueue[PartOpened | PartClosed]
) -> None:
    files = Files()
    disk = RecordingDisk(tmp_path, lambda _: PLENTY, lambda: NOW, lambda: taken)
    writer = PartWriter[object](disk, part(), lambda _: files, said.put)
    with contextlib.closing(writer):
        assert files.advanced.get(timeout=DEADLINE_SECONDS) == written
