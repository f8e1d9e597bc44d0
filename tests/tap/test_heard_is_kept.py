"""What a listener hears of somebody who lies is in the recording: bridge, listener and mix.

Time is virtual. Whoever lies says something aloud in a way in which it is heard, and puts silence
in its place where a recorder could look first.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.support.kept_sound import decoded, encoded, part, tone
from tui_call.bridge.rooms import Rooms
from tui_call.bridge.tones import NO_TONES
from tui_call.bridge_packet import BridgePacket, encode_packet
from tui_call.calls.path_monitor import PathMonitor
from tui_call.engine.media.bridge_media import BridgeMedia
from tui_call.payload import NUMBER_BYTES, Audio, Block, Copy, block_bytes, encode_payload
from tui_call.signaling.bridge_messages import RoomMember, SetRoom
from tui_call.signaling.tap_messages import TapMember
from tui_call.tap.intake import Intake, Wanted
from tui_call.tap.recording.recording_files import RecordingFiles
from tui_call.tap_frame import TapFrame
from tui_call.voice.coding import Bandwidth, Coding
from tui_call.voice.opus import Decoder, Encoder
from tui_call.voice.samples import Samples
from tui_call.voice.sound import FRAME_SAMPLES, FRAME_SECONDS, SAMPLE_RATE

SECONDS = 6.0
FRAMES = round(SECONDS / FRAME_SECONDS)
LIAR, LISTENER = 1, 2
PATH = 0.005
LEVEL = 20
HERTZ = 500
STEP = FRAME_SECONDS / 4
HEARD = 300.0
SETTLED = 1.0
"""Seconds after which the listener knows how late frames come."""

Sent = tuple[float, int, tuple[Block, ...]]
"""When a packet is sent, its number and blocks."""

SYLLABLE, PAUSE = 12, 6
"""Frames; an encoder takes what does not change for no voice."""


def syllables() -> Samples:
    """Return a tone that comes and goes like speech."""
    frames = tone(HERTZ, SECONDS)[: FRAMES * FRAME_SAMPLES].reshape(FRAMES, FRAME_SAMPLES)
    frames[np.arange(FRAMES) % (SYLLABLE + PAUSE) >= SYLLABLE] = 0
    return frames


LITTLE = Coding(8_000, Bandwidth.WIDE)
"""So that nine of them are in a packet."""
ALOUD = encoded(syllables().reshape(-1), LITTLE)
SILENCE = encoded(np.zeros(FRAMES * FRAME_SAMPLES, np.int16), LITTLE)


def spoken(number: int) -> float:
    """Return when a frame is whole."""
    return (number + 1) * FRAME_SECONDS


def copies_before_the_own_frames() -> Iterator[Sent]:
    """Say it in copies, eight in a packet; the frames themselves come when they were played."""
    for last in range(8, FRAMES, 9):
        copies = (Copy(back, ALOUD[last - back]) for back in range(1, 9))
        yield spoken(last), last, (Audio(SILENCE[last]), *copies)
        for number in range(last - 8, last):
            yield spoken(number) + 0.4, number, (Audio(SILENCE[number]),)


def own_frames_after_the_copies() -> Iterator[Sent]:
    """Say it in the frames, of which silent copies come first."""
    for number in range(FRAMES - 1):
        yield spoken(number + 1), number + 1, (Copy(1, SILENCE[number]),)
        yield spoken(number + 1) + 0.01, number, (Audio(ALOUD[number]),)


def _with_fec() -> list[bytes]:
    """Return silent packets, every other of which tells of the frame before what was said in it."""
    encoder = Encoder(Coding(24_000, Bandwidth.WIDE, expected_loss=60))
    silent = np.zeros(FRAME_SAMPLES, np.int16)
    return [encoder.encode(silent if n % 2 else frame) for n, frame in enumerate(syllables())]


def what_the_packet_behind_says_of_it() -> Iterator[Sent]:
    """Say it in no packet but in what the next one says of one that does not come."""
    packets = _with_fec()
    for number in range(1, FRAMES, 2):
        yield spoken(number), number, (Audio(packets[number]),)


def the_same_and_the_silent_frame_later() -> Iterator[Sent]:
    """And let the one that did not come be there in the end."""
    yield from what_the_packet_behind_says_of_it()
    for number in range(0, FRAMES, 2):
        yield spoken(number) + 0.4, number, (Audio(SILENCE[number]),)


class Call:
    """A room of a bridge that passes on what its tap takes, a listener, and a recording."""

    def __init__(self, directory: Path) -> None:
        self._rooms = Rooms(NO_TONES, 0.0, self._tap)
        legs = {LIAR: "liar", LISTENER: "ear"}
        members = tuple(RoomMember(source, (leg,), True, "room") for source, leg in legs.items())
        self._rooms.order(SetRoom("room", 1, members, tapped=True, only_tapped=True), 0.0)
        for leg in legs.values():
            self._rooms.connected(leg, 0.0)
        self._ear = BridgeMedia(PathMonitor(0.0), lambda _: None, lambda _: None)
        self._intake = Intake()
        self._files = RecordingFiles(directory, part(tracks=False, by_rule=True), begun=0.0)
        kept = Wanted(TapMember(LIAR, 1, kept=True), 0.0, self._files.take)
        self._intake.want("room", {LIAR: kept}, 0.0)

    def run(self, sent: list[Sent]) -> tuple[Samples, Samples]:
        """Return what the listener hears, and what is recorded."""
        waiting = sorted(sent, key=lambda one: one[0])
        sounds: list[Samples] = []
        for step in range(round(SECONDS / STEP)):
            now = step * STEP
            while waiting and waiting[0][0] + PATH <= now:
                self._say(len(sent) - len(waiting), *waiting.pop(0)[1:], now)
            if step % 4 == 0:
                sounds.append(self._ear.playout.pull(now))
            if step % 20 == 0:
                self._files.advance(now)
        self._files.finish(SECONDS)
        (mix,) = self._files.paths
        return np.concatenate(sounds), decoded(mix)

    def _say(self, hop: int, number: int, blocks: tuple[Block, ...], now: float) -> None:
        frame = encode_payload(number, blocks, NUMBER_BYTES + block_bytes(blocks) + 1)
        packet = encode_packet(BridgePacket(hop, LIAR, LEVEL, 0, frame))
        for leg, passed_on in self._rooms.packet("liar", packet, now):
            assert leg == "ear"
            self._ear.open(passed_on, 1, now, now)

    def _tap(self, frame: TapFrame) -> bool:
        self._intake.take(frame)
        return True


def test_what_is_encoded_for_it_has_fec() -> None:
    telling = sum(map(Decoder().carries_fec, _with_fec()[1::2]))
    assert telling > FRAMES / 2 * SYLLABLE / (SYLLABLE + PAUSE) * 0.9


@pytest.mark.parametrize(
    ("lie", "heard"),
    [
        (copies_before_the_own_frames, True),
        (own_frames_after_the_copies, False),
        (what_the_packet_behind_says_of_it, True),
        (the_same_and_the_silent_frame_later, True),
    ],
)
def test_whoever_is_heard_is_recorded(
    lie: Callable[[], Iterator[Sent]], heard: bool, tmp_path: Path
) -> None:
    ear, recorded = (energy(sound) for sound in Call(tmp_path).run(list(lie())))
    assert (ear > HEARD) is heard
    assert recorded > ear / 2 or not heard


def energy(sound: Samples) -> float:
    """Return how loud the tone is."""
    begin, end = round(SETTLED * SAMPLE_RATE), round((SECONDS - SETTLED) * SAMPLE_RATE)
    turning = np.exp(-2j * np.pi * HERTZ * np.arange(begin, end) / SAMPLE_RATE)
    return float(abs(np.mean(sound[begin:end] * turning))) * 2
