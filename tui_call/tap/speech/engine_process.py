"""One process of the speech engine, as the tap has it: started, talked to, and ended."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import IO, Literal

import msgspec

from tui_call.tap.interfaces import SpeechSettings
from tui_call.tap.speech.engine_messages import (
    LENGTH,
    MOST_BYTES,
    CannotBegin,
    EngineCheck,
    FromEngine,
    Ready,
    SpeakerFrame,
    ToEngine,
    encode,
    from_engine_decoder,
)
from tui_call.tasks import Tasks

ANSWERS_WITHIN = 15.0
"""Seconds without a word after which an engine that has its model is hung."""

LOADS_WITHIN = 60.0
"""Seconds without a word after which a model is not being loaded any more."""

MOST_UNSENT = 1_048_576
"""Bytes that the engine may leave unread; beyond it sound is left out."""

_PING_EVERY = 3.0
_ENDS_WITHIN = 1.0

EndOfEngine = Literal["stopped", "refused", "hung", "died"]

log = logging.getLogger(__name__)


class EngineProcess:
    """A process of the engine; to be run once.

    Args:
        settings: how speech is recognised.
        on_message: takes what it says.
        answers_within: seconds.

    Attributes:
        ready: the model was loaded.
        left_out: packets for which there was no room.
    """

    def __init__(
        self,
        settings: SpeechSettings,
        on_message: Callable[[FromEngine], None],
        answers_within: float = ANSWERS_WITHIN,
    ) -> None:
        self.ready = False
        self.left_out = 0
        self._settings = settings
        self._on_message = on_message
        self._answers_within = answers_within
        self._process: asyncio.subprocess.Process | None = None
        self._before: list[ToEngine] = []
        self._stopped = False

    async def run(self) -> EndOfEngine:
        """Let it work until it ends, one way or another."""
        from tui_call.control import processes  # a tap that records has no time for it

        try:
            with _opened(self._settings) as errors:
                self._process = await processes.start_to_talk(
                    "tui_call.tap.speech", _arguments(self._settings), errors
                )
        except OSError:
            return "died"
        for message in self._before:
            self.send(message)
        tasks = Tasks()
        tasks.spawn(self._ping())
        try:
            return await self._listen(self._process)
        finally:
            tasks.cancel()
            await _end(self._process)

    def send(self, message: ToEngine) -> None:
        """Say something to it; sound is left out while it has much to read."""
        process = self._process
        if process is None:
            self._before.append(message)
            return
        assert process.stdin is not None
        transport = process.stdin.transport
        if transport.is_closing():
            return
        if isinstance(message, SpeakerFrame) and transport.get_write_buffer_size() > MOST_UNSENT:
            self.left_out += 1
            return
        process.stdin.write(encode(message))

    def stop(self) -> None:
        """End it: nobody needs it."""
        self._stopped = True
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()

    async def _listen(self, process: asyncio.subprocess.Process) -> EndOfEngine:
        assert process.stdout is not None
        try:
            while True:
                within = self._answers_within if self.ready else LOADS_WITHIN
                async with asyncio.timeout(within):
                    message = await _read(process.stdout)
                self.ready = self.ready or isinstance(message, Ready)
                self._on_message(message)
                if isinstance(message, CannotBegin):
                    return "refused"
        except TimeoutError:
            return "hung"
        except (OSError, EOFError, ValueError, msgspec.DecodeError) as error:
            if self._stopped:
                return "stopped"
            log.warning("speech engine ends", {"error": type(error).__name__})
            return "died"

    async def _ping(self) -> None:
        while True:
            self.send(EngineCheck())
            await asyncio.sleep(min(_PING_EVERY, self._answers_within / 3))


async def _read(stream: asyncio.StreamReader) -> FromEngine:
    (length,) = LENGTH.unpack(await stream.readexactly(LENGTH.size))
    if length > MOST_BYTES:
        raise ValueError("too long")
    return from_engine_decoder.decode(await stream.readexactly(length))


async def _end(process: asyncio.subprocess.Process) -> None:
    """End a process, unless it ends by itself: to kill one that has just ended confuses asyncio."""
    try:
        async with asyncio.timeout(_ENDS_WITHIN):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


def _arguments(settings: SpeechSettings) -> tuple[str, ...]:
    model = () if settings.model is None else ("--model", str(settings.model.absolute()))
    return (*model, "--language", settings.language, "--threads", str(settings.threads))


def _opened(settings: SpeechSettings) -> contextlib.AbstractContextManager[IO[bytes] | None]:
    return contextlib.nullcontext() if settings.log is None else settings.log.open("ab")
