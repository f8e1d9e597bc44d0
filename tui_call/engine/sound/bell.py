"""The device on which incoming calls ring, where it is another one than the call's speaker."""

import asyncio
import contextlib
from collections.abc import Callable

from tui_call.tasks import OnFailure, Tasks, log_failure
from tui_call.voice.audio_thread import AudioThread
from tui_call.voice.devices.port import AudioPort, DeviceError
from tui_call.voice.tones import ring

OPENING_SECONDS = 1.0
"""A device that takes longer, as wireless ones may, would ring when the caller has given up."""

_FADE_SECONDS = 0.1


class Bell:
    """Rings beside whatever else is heard; no device is open while nothing rings."""

    def __init__(
        self, make_port: Callable[[str], AudioPort], on_failure: OnFailure = log_failure
    ) -> None:
        """Open nothing yet.

        Args:
            make_port: returns the port of a speaker by its name, without a microphone.
            on_failure: takes what nobody foresaw.
        """
        self._make_port = make_port
        self._thread: AudioThread | None = None
        self._ending = Tasks(on_failure)
        self._late = Tasks(on_failure)

    async def open(self, device: str) -> None:
        """Open the device; where it cannot be, or not in time, `ring` says so."""
        if self._thread is not None:
            return
        thread = AudioThread(self._make_port(device), on_frame=_unheard)
        start = asyncio.to_thread(thread.start)
        opening = asyncio.create_task(start)  # noqa: TID251 - waited for here or by `_close_late`
        try:
            async with asyncio.timeout(OPENING_SECONDS):
                await asyncio.shield(opening)
        except TimeoutError:
            self._late.spawn(_close_late(thread, opening))
            return
        except asyncio.CancelledError:
            self._late.spawn(_close_late(thread, opening))
            raise
        except DeviceError:
            return
        if thread.port.has_speaker:
            self._thread = thread
        else:
            await asyncio.to_thread(thread.stop)

    def ring(self) -> bool:
        """Ring again and again; False where there is no device to do it."""
        if self._thread is not None:
            self._thread.play_tone(ring(), loop=True)
        return self._thread is not None

    def stop(self) -> None:
        """Let the tone fade out and close the device."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._ending.spawn(self._end(thread))

    async def closed(self) -> None:
        """Wait until no device is open any longer, but one that still does not open."""
        self.stop()
        await self._ending.wait()

    async def _end(self, thread: AudioThread) -> None:
        thread.stop_tone()
        await asyncio.sleep(_FADE_SECONDS)
        await asyncio.to_thread(thread.stop)


async def _close_late(thread: AudioThread, opening: "asyncio.Task[None]") -> None:
    try:
        with contextlib.suppress(DeviceError):
            await opening
    finally:
        await asyncio.to_thread(thread.stop)


def _unheard(frame: bytes, captured_at: float) -> None:
    """Drop what the bell's device hears: a call has a microphone of its own."""
