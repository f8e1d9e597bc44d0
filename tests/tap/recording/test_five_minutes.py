"""Five minutes in which people mute, lose frames, leave and return. Time is virtual."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from tests.support.kept_sound import decoded, encoded, length, part
from tests.support.placed_frames import placed
from tui_call.signaling.tap_messages import TapMember
from tui_call.tap.interfaces import MemberFrame
from tui_call.tap.recording.part_writer import TICK_SECONDS
from tui_call.tap.recording.recording_files import RecordingFiles
from tui_call.voice.samples import Samples
from tui_call.voice.sound import FRAME_SECONDS, FRAMES_PER_SECOND, SAMPLE_RATE
from tui_call.voice.speech_like import speech_like

BEGUN = 1000.0
SECONDS = 300.0
CLAP = 298.0
WITHIN = 0.040
_LOSS = 0.05
_JITTER = 0.060
_COPY = 2


@dataclass(frozen=True)
class Stay:
    """How long somebody is in the call.

    Attributes:
        source: its number.
        begin, end: seconds of the call.
        muted: seconds in which it is.
        first: number of its first frame.
    """

    source: int
    begin: float
    end: float
    muted: tuple[float, float] = (0.0, 0.0)
    first: int = 0


@dataclass(frozen=True)
class Somebody:
    """Who speaks, by a clock that is so many parts in a million too fast."""

    person: int
    drift: float
    stays: tuple[Stay, ...]

    def frames(self, chance: random.Random) -> Iterator[MemberFrame]:
        packets = encoded(clapping(self.person))
        pace = FRAME_SECONDS * (1 - self.drift / 1e6)
        for stay in self.stays:
            member = TapMember(stay.source, self.person, kept=True)
            lost_before = False
            for count in range(round((stay.end - stay.begin) / pace)):
                spoken = stay.begin + count * pace

                def packet(spoken: float, stay: Stay = stay) -> bytes:
                    muted = stay.muted[0] <= spoken < stay.muted[1]
                    return b"" if muted else packets[min(round(spoken / FRAME_SECONDS), LAST)]

                lost = chance.random() < (0.4 if lost_before else _LOSS * 0.65)
                lost_before = lost
                if lost:
                    continue
                arrival = BEGUN + spoken + FRAME_SECONDS + 0.010 + chance.random() * _JITTER
                copy = packet(spoken - _COPY * pace) if count >= _COPY else b""
                copies = ((_COPY, copy),) if copy else ()
                yield MemberFrame(member, stay.first + count, arrival, 0, packet(spoken), copies)


LAST = round(SECONDS * FRAMES_PER_SECOND) - 1

PEOPLE = (
    Somebody(1, 0.0, (Stay(1, 0.0, SECONDS, muted=(60.0, 95.0)),)),
    Somebody(2, 80.0, (Stay(2, 5.0, 110.0), Stay(4, 171.3, SECONDS, first=90_000))),
    Somebody(3, -80.0, (Stay(3, 40.0, SECONDS, muted=(250.0, 280.0), first=7),)),
)


def clapping(person: int) -> Samples:
    """Return somebody's speech, low before the end, and a clap."""
    said = np.tile(speech_like(20.0 + person), 15)[: round(SECONDS * SAMPLE_RATE)].copy()
    quiet = round((CLAP - 2) * SAMPLE_RATE)
    said[quiet:] = 0
    at = round(CLAP * SAMPLE_RATE)
    said[at : at + 480] = np.random.default_rng(person).integers(-20_000, 20_000, 480)
    return said


def clap_in(sound: Samples) -> float:
    """Return when the clap is loudest, in seconds."""
    begin = round((CLAP - 1.5) * SAMPLE_RATE)
    return (begin + int(np.argmax(np.abs(sound[begin:].astype(int))))) / SAMPLE_RATE


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_files_are_in_step_at_the_end_of_a_bad_call(tmp_path: Path) -> None:
    chance = random.Random(15)
    frames = [frame for somebody in PEOPLE for frame in somebody.frames(chance)]
    files, now = RecordingFiles(tmp_path, part(), BEGUN), BEGUN
    for frame in placed(frames):
        while now + TICK_SECONDS <= frame.arrival:
            now += TICK_SECONDS
            files.advance(now)
        files.take(frame)
    files.finish(BEGUN + SECONDS)
    sounds = [decoded(path) for path in files.paths]
    lengths = [length(path) for path in files.paths]
    assert len(files.paths) == 1 + len(PEOPLE)
    assert max(lengths) - min(lengths) <= WITHIN
    assert lengths[0] == pytest.approx(SECONDS, abs=WITHIN)
    claps = [clap_in(sound) for sound in sounds]
    assert max(claps) - min(claps) <= WITHIN, claps
    assert claps[0] == pytest.approx(CLAP, abs=2 * WITHIN)
    muted, away = sounds[1], sounds[2]
    assert np.abs(muted[62 * SAMPLE_RATE : 94 * SAMPLE_RATE].astype(int)).max() <= 2
    assert np.abs(away[112 * SAMPLE_RATE : 170 * SAMPLE_RATE].astype(int)).max() <= 2
