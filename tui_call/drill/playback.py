"""Playing what the intruder heard, where there is a speaker."""

import asyncio
from collections.abc import Callable

from tui_call.voice.devices.port import AudioPort, DeviceError
from tui_call.voice.samples import Samples
from tui_call.voice.sound import FRAME_SAMPLES, SAMPLE_RATE

_AHEAD = SAMPLE_RATE // 5
"""Samples queued at a time: so long may the event loop be busy with a screen."""
_LOOK_EVERY = 0.02


async def play(samples: Samples, port: AudioPort, begins: Callable[[], None]) -> bool:
    """Play samples to their end; False where there is no speaker.

    Args:
        samples: at 48 kHz.
        port: not started; stopped afterwards.
        begins: called before the first sound, if there is a speaker.
    """
    try:
        await asyncio.to_thread(port.start)
    except DeviceError:
        return False
    try:
        if not port.has_speaker:
            return False
        begins()
        for start in range(0, len(samples), FRAME_SAMPLES):
            await _until_at_most(_AHEAD, port)
            if not port.has_speaker:
                return False
            port.write(samples[start : start + FRAME_SAMPLES])
        await _until_at_most(0, port)
    finally:
        await asyncio.to_thread(port.stop)
    return True


async def _until_at_most(samples: int, port: AudioPort) -> None:
    """Wait until so much or less is queued, or nobody takes it."""
    while port.has_speaker and port.playback_level() > samples:  # noqa: ASYNC110 - it cannot tell
        await asyncio.sleep(_LOOK_EVERY)
