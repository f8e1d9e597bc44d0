"""The frames of tapped rooms on their way to the tap, for which nobody waits.

What does not go at once is dropped and counted: sound comes first, and a tap that hangs, dies or
was never started costs none of it. Where that goes on, `TapStream.reached` tells so.
"""

import asyncio
import contextlib
import logging
from dataclasses import dataclass
from pathlib import Path

from tui_call.control import platform
from tui_call.signaling.bridge_messages import UNREACHED_SECONDS
from tui_call.tap_frame import TapFrame, encode_tap_frame
from tui_call.tasks import Tasks

MOST_UNSENT = 262_144
"""Bytes that the tap may leave unread; more are dropped."""

RETRY_SECONDS = 0.05
CONNECTS_WITHIN = 2.0

REACHED_SECONDS = 0.3
"""Nothing is lost for so long before all counts as well again."""

log = logging.getLogger(__name__)


class TapStream:
    """A connection to the tap while it is wanted.

    Attributes:
        dropped: frames that were not sent.

    Args:
        socket: where the tap takes frames.
    """

    def __init__(self, socket: Path) -> None:
        self.dropped = 0
        self._socket = socket
        self._wanted = asyncio.Event()
        self._writer: asyncio.StreamWriter | None = None
        self._loss: _Loss | None = None
        self._tasks = Tasks()

    @property
    def unsent(self) -> int:
        """Bytes that wait for the tap to read."""
        return 0 if self._writer is None else self._writer.transport.get_write_buffer_size()

    def open(self) -> None:
        """Begin to keep a connection, while it is wanted."""
        self._tasks.spawn(self._keep())

    def want(self, wanted: bool) -> None:
        """Have a connection from now on, or let go of it."""
        if wanted:
            self._wanted.set()
            return
        self._wanted.clear()
        if self._writer is not None:
            self._writer.close()

    def send(self, frame: TapFrame) -> bool:
        """Send a frame, or drop it where the tap is not there or behind; tell whether it goes."""
        writer = self._writer
        if writer is None or self.unsent > MOST_UNSENT:
            return self._drop(frame.arrival)
        try:
            writer.write(encode_tap_frame(frame))
        except ValueError:  # of a room with a name that no tap was told
            return self._drop(frame.arrival)
        return True

    def reached(self, now: float) -> bool:
        """Tell whether frames reach the tap; to be asked every 20 ms, and so while none come.

        They do not once they were lost for `UNREACHED_SECONDS`, whether or not some passed
        meanwhile, until none was lost for `REACHED_SECONDS`; not to be connected is to lose them.
        """
        if self._wanted.is_set() and self._writer is None:
            self._lose(now)
        loss = self._loss
        if loss is None:
            return True
        if not self._wanted.is_set() or now - loss.newest >= REACHED_SECONDS:
            if lost := self.dropped - loss.dropped_before:
                log.warning("frames have not reached the tap", {"frames": lost})
            self._loss = None
            return True
        return loss.newest - loss.began < UNREACHED_SECONDS

    def close(self) -> None:
        """Let go of the tap."""
        self._tasks.cancel()
        if self._writer is not None:
            self._writer.close()

    def _drop(self, at: float) -> bool:
        self._lose(at)
        self.dropped += 1
        return False

    def _lose(self, at: float) -> None:
        if self._loss is None:
            self._loss = _Loss(at, at, self.dropped)
        self._loss.newest = at

    async def _keep(self) -> None:
        while True:
            await self._wanted.wait()
            with contextlib.suppress(OSError, ValueError):  # it is not there, or goes
                async with asyncio.timeout(CONNECTS_WITHIN):
                    reader, writer = await platform.connect(self._socket)
                await self._stay(reader, writer)
            await asyncio.sleep(RETRY_SECONDS)

    async def _stay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Stay connected until the tap goes, or nobody wants it any more."""
        if not self._wanted.is_set():
            writer.close()
            return
        self._writer = writer
        try:
            await reader.read()
        finally:
            self._writer = None
            writer.close()


@dataclass(slots=True)
class _Loss:
    """A time in which frames are lost again and again: `began` and `newest` are monotonic seconds.

    Attributes:
        dropped_before: frames that were dropped before it began.
    """

    began: float
    newest: float
    dropped_before: int
