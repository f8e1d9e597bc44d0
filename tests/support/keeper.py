"""A keeper as a test has it: on its own clock and disk, with what it said."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from tests.support.kept_sound import KEPT, Talker, part
from tui_call.signaling.tap_messages import LEAST_TO_BEGIN, PartClosed, PartOpened
from tui_call.tap.interfaces import RecordingPart
from tui_call.tap.recording.recorder import Recorder

DEADLINE_SECONDS = 20.0
PLENTY = 10 * LEAST_TO_BEGIN


class Kept:
    """A recorder, what it said, and how much room its disk has."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.said: list[PartOpened | PartClosed] = []
        self.free: Callable[[Path], int] = lambda _: PLENTY
        self.now = 1000.0
        self.recorder = Recorder(
            directory, self.said.append, None, lambda path: self.free(path), lambda: self.now
        )

    async def closed(self, count: int = 1) -> PartClosed:
        """Wait until so many parts have been told as closed; return the last of them."""
        await until(lambda: len(self.closings) >= count)
        return self.closings[-1]

    async def opened(self) -> None:
        """Wait until a part is open."""
        await until(lambda: PartOpened(KEPT, 1) in self.said)

    def record(
        self, seconds: float, people: tuple[int, ...] = (1, 2), *, by_rule: bool = False
    ) -> RecordingPart:
        """Begin to record people who speak for so long, which then is over."""
        recording = self.recorder.record(part(by_rule=by_rule), self.now)
        for person in people:
            for frame in Talker(person, begun=self.now).frames(0, seconds):
                recording.take(frame)
        self.now += seconds
        return recording

    async def recorded(self, seconds: float) -> PartClosed:
        """Record for so long, and close."""
        recording = self.record(seconds)
        await self.opened()
        recording.close()
        return await self.closed()

    def files(self) -> dict[str, bytes]:
        """Return what lies there."""
        below = sorted(self.directory.rglob("*"))
        return {path.name: path.read_bytes() for path in below if path.is_file()}

    @property
    def closings(self) -> list[PartClosed]:
        return [said for said in self.said if isinstance(said, PartClosed)]


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not true():  # noqa: ASYNC110 - nothing to be woken by
            await asyncio.sleep(0.01)
