"""The intruder's tape is played to its end, where there is a speaker."""

import numpy as np

from tui_call.drill.playback import play
from tui_call.voice.devices.port import DeviceError
from tui_call.voice.devices.silent import SilentPort
from tui_call.voice.samples import Samples, silence


class Speaker(SilentPort):
    """Takes what is played; may be missing, or be taken away."""

    def __init__(self, *, lasts: int = 10**9, library: bool = True) -> None:
        super().__init__()
        self.heard: list[Samples] = []
        self.stopped = False
        self._lasts = lasts
        self._library = library
        self._queued = 0

    @property
    def has_speaker(self) -> bool:
        return len(self.heard) < self._lasts

    def start(self) -> None:
        if not self._library:
            raise DeviceError

    def stop(self) -> None:
        self.stopped = True

    def write(self, samples: Samples) -> None:
        self.heard.append(samples)
        self._queued += len(samples)

    def playback_level(self) -> int:
        self._queued = max(0, self._queued - 4_800)
        return self._queued


async def test_it_is_played_whole() -> None:
    speaker = Speaker()
    tape = np.arange(48_100, dtype=np.int64).astype(np.int16)
    begun: list[int] = []
    assert await play(tape, speaker, lambda: begun.append(len(speaker.heard)))
    assert begun == [0]
    assert (np.concatenate(speaker.heard) == tape).all()
    assert speaker.playback_level() == 0
    assert speaker.stopped


async def test_without_a_speaker_nothing_is_played() -> None:
    begun: list[str] = []
    for missing in (Speaker(library=False), Speaker(lasts=0)):
        assert not await play(silence(), missing, lambda: begun.append("sound"))
        assert missing.heard == begun == []


async def test_a_speaker_that_is_taken_away_ends_it() -> None:
    speaker = Speaker(lasts=3)
    assert not await play(silence(48_000), speaker, lambda: None)
    assert len(speaker.heard) == 3
