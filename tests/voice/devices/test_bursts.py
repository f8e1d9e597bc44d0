"""A speaker that takes much at once, in virtual time."""

import numpy as np
import pytest

from tests.support.fake_portaudio import Library
from tui_call.voice.audio_loop import AudioLoop
from tui_call.voice.devices.sound_devices import SoundDevicePort
from tui_call.voice.opus import Encoder
from tui_call.voice.redundancy import PLAIN
from tui_call.voice.sound import FRAME_SAMPLES


class Pulls:
    """Stands for a playout, and keeps how much was asked of it."""

    def __init__(self) -> None:
        self.counts: list[int] = []

    def pull(self, now: float, count: int, *, whole_frames: bool) -> np.ndarray:
        self.counts.append(count)
        return np.full(max(count, FRAME_SAMPLES * whole_frames), 9, np.int16)


@pytest.mark.parametrize(("rate", "burst"), [(48_000, 1), (48_000, 20), (44_100, 20)])
@pytest.mark.parametrize("speed", [1 + 200e-6, 1 - 200e-6])
def test_a_speaker_that_takes_bursts_is_fed_evenly(
    library: Library, rate: int, burst: int, speed: float
) -> None:
    """A wireless headset takes a fifth of a second at once; the playout does not see it."""
    library.accepts = {(rate, 1)}
    library.devices[1]["default_samplerate"] = rate
    port, pulls, now = SoundDevicePort(None, "Headset (2)"), Pulls(), 50.0
    port.start()
    clock = [now]
    port._speaker._clock = lambda: clock[0]  # type: ignore[union-attr]
    [speaker] = library.streams
    loop = AudioLoop(port, Encoder(PLAIN.coding), lambda *_: None, pulls)  # type: ignore[arg-type]
    taken, queued = 0, []
    while now < 80.0:
        while taken < int((now - 50.0) * speed * 100 / burst) * burst:
            taken += 1
            clock[0] = 50.0 + -(-taken // burst) * burst / 100 / speed
            speaker.turn()
        clock[0] = now
        if now > 55.0:
            queued.append(port.playback_level())
        now = loop.step(now)
    target = port.playback_target
    port.stop()
    settled = pulls.counts[len(pulls.counts) // 4 :]
    assert max(settled) <= 0.012 * 48_000
    assert min(queued) >= 0
    assert max(queued) <= target + FRAME_SAMPLES
    assert target <= (960 if rate == 48_000 else 1920)
