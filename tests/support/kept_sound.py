"""What is in the files of a recording, read by a library that is not ours; and who says what."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from tui_call.signaling.tap_messages import KeptPart, TapMember
from tui_call.tap.interfaces import MemberFrame
from tui_call.voice.coding import Coding
from tui_call.voice.opus import Encoder
from tui_call.voice.redundancy import PLAIN
from tui_call.voice.samples import Samples
from tui_call.voice.sound import FRAME_SAMPLES, FRAME_SECONDS, SAMPLE_RATE

KEPT = "0123456789abcdef" * 2
TONES = {1: 500, 2: 900, 3: 1500, 4: 2100}
"""What each person says, in Hz."""

WINDOW = SAMPLE_RATE // 5
_AMPLITUDE = 6000
_LEAST = 600
_SILENT = 60
_SECOND = SAMPLE_RATE // FRAME_SAMPLES


def part(
    number: int = 1,
    *,
    mix: bool = True,
    tracks: bool = True,
    began: float = 0,
    by_rule: bool = False,
) -> KeptPart:
    """Return a part to be kept."""
    return KeptPart(KEPT, number, began, mix, tracks, by_rule)


def encoded(sound: Samples, coding: Coding = PLAIN.coding) -> list[bytes]:
    """Return the packets of a sound, as a device sends it."""
    encoder = Encoder(coding)
    whole = len(sound) // FRAME_SAMPLES * FRAME_SAMPLES
    return [encoder.encode(frame) for frame in sound[:whole].reshape(-1, FRAME_SAMPLES)]


def tone(frequency: float, seconds: float) -> Samples:
    """Return a tone."""
    time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return (_AMPLITUDE * np.sin(2 * np.pi * frequency * time)).astype(np.int16)


class Talker:
    """Somebody whose frames come 30 ms after they were spoken.

    Args:
        person: the number; it says this one's tone where no packets are given.
        packets: what it says, again and again.
        begun: when it says the first, monotonic seconds.
    """

    def __init__(self, person: int, packets: Sequence[bytes] = (), begun: float = 0.0) -> None:
        self.member = TapMember(source=person, person=person, kept=True)
        self.begun = begun
        self._packets = packets or encoded(tone(TONES.get(person, 300), 1.0))

    def frames(self, begin: float, end: float) -> Iterable[MemberFrame]:
        """Yield the frames of some time."""
        for number in range(round(begin / FRAME_SECONDS), round(end / FRAME_SECONDS)):
            yield self.frame(number)

    def frame(self, number: int, copies: tuple[int, ...] = ()) -> MemberFrame:
        """Return one of the frames, with earlier ones in it."""
        arrival = self.begun + (number + 1) * FRAME_SECONDS + 0.030
        again = tuple((earlier, self.packet(number - earlier)) for earlier in copies)
        slot = round(self.begun / FRAME_SECONDS) + number + 2
        return MemberFrame(self.member, number, arrival, slot, self.packet(number), again)

    def packet(self, number: int) -> bytes:
        """Return what is in a frame."""
        return self._packets[number % len(self._packets)]


def decoded(path: Path) -> Samples:
    """Return what a player makes of a file."""
    with av.open(str(path)) as container:
        resampler = av.AudioResampler("s16", "mono", SAMPLE_RATE)
        frames = [
            whole for frame in container.decode(audio=0) for whole in resampler.resample(frame)
        ]
    return np.concatenate([frame.to_ndarray().reshape(-1) for frame in frames])


def packets_of(path: Path) -> list[bytes]:
    """Return the packets of a file as they stand in it."""
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(audio=0) if packet.size]


def length(path: Path) -> float:
    """Return how long a file is, in seconds, by what it says of itself."""
    with av.open(str(path)) as container:
        duration = container.streams.audio[0].duration
        base = container.streams.audio[0].time_base
    return float((duration or 0) * (base or Fraction(0)))


def heard(sound: Samples) -> list[set[int]]:
    """Return whose tones are in each fifth of a second; 0 for anything else that is loud."""
    return [_heard_in(sound[at : at + WINDOW]) for at in range(0, len(sound) - WINDOW + 1, WINDOW)]


def _heard_in(sound: Samples) -> set[int]:
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound)))) * 4 / len(sound)
    step = SAMPLE_RATE / len(sound)
    found = {person for person, at in TONES.items() if spectrum[round(at / step)] > _LEAST}
    loud = float(np.sqrt(np.mean(np.square(sound.astype(float))))) > _SILENT
    return found or ({0} if loud else set())
