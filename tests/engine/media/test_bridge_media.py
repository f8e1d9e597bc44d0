"""What one device says to a bridge and hears from it, in virtual time."""

from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui_call.bridge_packet import (
    HEAD_BYTES,
    HOP,
    MOST_PACKET,
    MUTED,
    TONES,
    BridgePacket,
    encode_packet,
    parse_packet,
)
from tui_call.calls.path_monitor import PathEvent, PathMonitor, PathRecovered, PathSuspect
from tui_call.e2ee.media import SizeProfile
from tui_call.engine.media.bridge_media import BEAT_SECONDS, FEEDBACK_SECONDS, BridgeMedia
from tui_call.payload import (
    NUMBER_BYTES,
    Audio,
    Block,
    Copy,
    Feedback,
    Report,
    block_bytes,
    encode_payload,
    parse_payload,
)
from tui_call.voice.coding import Coding
from tui_call.voice.opus import silent_packet
from tui_call.voice.redundancy import PLAIN

FRAME = 0.02
OPUS = silent_packet(PLAIN.coding)


@dataclass
class Device:
    """A device, what its path monitor said, and how it was told to encode."""

    events: list[PathEvent] = field(default_factory=list)
    codings: list[Coding] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.media = BridgeMedia(PathMonitor(0.0), self.events.append, self.codings.append)

    def open(self, packet: bytes, now: float, path: int = 1) -> None:
        self.media.open(packet, path, now, now)


def frame_of(number: int, *blocks: Block) -> bytes:
    return encode_payload(number, blocks, NUMBER_BYTES + block_bytes(blocks) + 1)


def packet_of(
    hop: int, source: int, number: int, *blocks: Block, again: int = 0, level: int = 30
) -> bytes:
    frame = frame_of(number, *(blocks or (Audio(OPUS),)))
    return encode_packet(BridgePacket(hop, source, level, again, frame))


def blocks_of(packet: bytes | None) -> tuple[Block, ...]:
    assert packet is not None
    return parse_payload(parse_packet(packet).frame)[1]


def test_a_frame_says_what_is_said_and_how_loud() -> None:
    media = Device().media
    sent = [parse_packet(media.seal(OPUS, -31.4, number * FRAME)) for number in range(3)]
    assert [packet.hop for packet in sent] == [0, 1, 2]
    assert [parse_payload(packet.frame) for packet in sent] == [
        (number, (Audio(OPUS),)) for number in range(3)
    ]
    assert {packet.level for packet in sent} == {31}
    assert {packet.again for packet in sent} == {0}
    assert all(1 <= packet.source < HOP for packet in sent)


@pytest.mark.parametrize(
    ("opus", "level", "said"),
    [(OPUS, None, MUTED), (None, -20.0, MUTED), (OPUS, -400.0, MUTED - 1), (OPUS, 3.0, 0)],
)
def test_who_is_muted_says_so_and_sends_on_at_the_same_size(
    opus: bytes | None, level: float | None, said: int
) -> None:
    media = Device().media
    usual = media.seal(OPUS, -20.0, 0.0)
    packet = media.seal(opus, level, FRAME)
    assert parse_packet(packet).level == said
    assert len(packet) == len(usual)


def test_what_the_bridge_is_told_stays_on_the_hop_and_a_beat_fills_a_silence() -> None:
    media = Device().media
    sent = []
    for tick in range(100):
        now = tick * FRAME
        if tick < 50:
            media.seal(OPUS, -20.0, now)
        beat = media.beat(now)
        if beat is not None:
            sent.append((now, parse_packet(beat), blocks_of(beat)))
    assert {packet.source for _, packet, _ in sent} == {HOP}
    told = [now for now, _, blocks in sent if blocks]
    assert told == pytest.approx([0.0, FEEDBACK_SECONDS, 1.0, 1.5], abs=FRAME)
    beats = [now for now, _, blocks in sent if not blocks]
    assert min(beats) >= 50 * FRAME, "none is sent beside sound"
    assert 7 <= len(beats) <= 0.9 / BEAT_SECONDS


def test_who_comes_back_from_hold_is_heard_at_once_and_lost_nothing() -> None:
    """The frames of the time between were never said; the way is the one that is known."""
    speaker, listener = Device(), Device()
    for tick in range(600):
        now = tick * FRAME
        if not 100 <= tick < 500:
            sent = parse_packet(speaker.media.seal(OPUS, -20.0, now))
            listener.open(encode_packet(replace(sent, hop=speaker.media.frames_sent)), now + 0.04)
        listener.media.playout.pull(now + 0.04)
    figures = listener.media.playout.statistics()
    assert (figures.received, figures.lost, figures.skipped) == (200, 0, 0)
    assert figures.buffer_ms < 25
    assert listener.media.monitor.figures.loss == 0.0


def test_after_a_pause_nothing_of_before_is_said_again() -> None:
    device = Device()
    for count in range(6):
        device.open(packet_of(count, HOP, 0, Feedback(200, 0, 0, 0), Report(0, 0, 10)), count)
    for tick in range(9):
        device.media.seal(None, None, 6.0 + tick * FRAME)
    assert len(blocks_of(device.media.seal(None, None, 9.0))) == 1


def test_the_bridge_s_report_of_loss_brings_copies_and_its_time_the_round_trip() -> None:
    device = Device()
    device.open(packet_of(0, HOP, 0), 0.0)
    for number in range(100):
        device.media.seal(OPUS, -20.0, number * FRAME)
    told = packet_of(1, HOP, 0, Feedback(200, 0, 0, 0), Report(98, 30, 10))
    device.open(told, 98 * FRAME + 0.1)
    assert device.media.round_trip == pytest.approx(0.07)
    for count in range(2, 6):
        device.open(packet_of(count, HOP, 0, Feedback(200, 0, 0, 0), Report(99, 0, 10)), count)
    assert device.media.sending.copies
    assert device.codings == [device.media.coding]
    sent = [device.media.seal(None, None, 6.0 + count * FRAME) for count in range(9)]
    assert any(isinstance(block, Copy) for block in blocks_of(sent[-1]))


def test_an_older_report_that_comes_late_says_nothing() -> None:
    device = Device()
    device.open(packet_of(5, HOP, 5, Feedback(0, 0, 0, 0)), 1.0)
    device.open(packet_of(4, HOP, 4, Feedback(300, 0, 0, 0)), 2.0)
    assert device.media.sending == PLAIN


def test_loss_is_that_of_the_hop_whoever_is_forwarded() -> None:
    """Source 1 is left out for six seconds, in which every tenth packet of source 2 is lost."""
    device, hop = Device(), 0
    for number in range(600):
        now = number * FRAME
        for source in (1, 2):
            if source == 1 and 100 <= number < 400:
                continue
            if not (source == 2 and 100 <= number < 400 and number % 10 == 0):
                device.open(packet_of(hop, source, number), now)
            hop += 1
        if number == 399:
            told = next(b for b in blocks_of(device.media.beat(now)) if isinstance(b, Feedback))
            assert told.loss_permille == pytest.approx(100, abs=10)
        device.media.playout.pull(now)
    figures = device.media.playout.statistics()
    assert figures.lost == 30, "those of source 2"
    assert device.media.monitor.figures.loss == 0.0
    assert device.media.monitor.figures.jitter_ms < 1


def test_who_was_not_forwarded_for_a_while_lost_nothing_of_it() -> None:
    device, hop = Device(), 0
    for number in range(500):
        for source in (1, 2):
            if source == 2 or not 100 <= number < 400:
                device.open(packet_of(hop, source, number), number * FRAME)
                hop += 1
        device.media.playout.pull(number * FRAME)
    assert device.media.playout.statistics().lost == 0
    assert set(device.media.voices()) == {1, 2}


def test_of_an_outage_of_the_leg_every_frame_is_lost() -> None:
    device, hop = Device(), 0
    for number in range(300):
        for source in (1, 2):
            if not 100 <= number < 120:
                device.open(packet_of(hop, source, number), number * FRAME)
            hop += 1
        device.media.playout.pull(number * FRAME)
    assert device.media.playout.statistics().lost == 40


def test_a_repetition_stands_in_for_what_was_lost_and_is_no_jitter() -> None:
    """The bridge repeats each packet two frames later; every fourth is lost the first time."""
    device, hop = Device(), 0
    for number in range(400):
        now = number * FRAME
        if number % 4:
            device.open(packet_of(hop, 7, number), now)
        hop += 1
        if number >= 2:
            device.open(packet_of(hop, 7, number - 2, again=2), now)
            hop += 1
        for _ in range(4):
            device.media.playout.pull(now, 240)
            now += FRAME / 4
    figures = device.media.playout.statistics()
    assert figures.lost <= 1
    assert figures.recovered_by_copies >= 95
    assert figures.concealed <= 3
    assert device.media.monitor.figures.jitter_ms < 1


def test_another_leg_counts_from_its_own_beginning() -> None:
    device, hop = Device(), 50_000
    for number in range(200):
        device.open(packet_of(hop + number, 3, number), number * FRAME, path=1)
        device.media.playout.pull(number * FRAME)
    for number in range(200, 300):
        device.open(packet_of(hop + number, 3, number), number * FRAME, path=1)
        device.open(packet_of(number - 200, 3, number), number * FRAME, path=2)
        device.media.playout.pull(number * FRAME)
    for number in range(300, 600):
        if number % 5:
            device.open(packet_of(number - 200, 3, number), number * FRAME, path=2)
        device.media.playout.pull(number * FRAME)
    assert device.media.monitor.figures.loss == pytest.approx(0.2, abs=0.02)
    figures = device.media.playout.statistics()
    assert figures.duplicates == 100
    assert figures.lost == pytest.approx(60, abs=1)
    assert not any(isinstance(event, PathSuspect) for event in device.events)


def test_any_packet_shows_that_the_bridge_lives() -> None:
    device = Device()
    device.open(packet_of(0, HOP, 0, level=MUTED), 1.0)
    assert device.media.monitor.time_passed(1.5)[0] == PathSuspect()
    device.open(encode_packet(BridgePacket(1, HOP, MUTED, 0, frame_of(1))), 1.6)
    assert [event for event in device.events if isinstance(event, PathRecovered)]


def test_tones_are_heard_and_are_nobody_s_voice() -> None:
    device = Device()
    for number in range(20):
        device.open(packet_of(number, TONES, number), number * FRAME)
        device.media.playout.pull(number * FRAME)
    assert device.media.playout.statistics().played > 15
    assert device.media.voices() == {}


@pytest.mark.parametrize("size", SizeProfile)
def test_whatever_a_device_packs_the_bridge_takes_it(size: SizeProfile) -> None:
    assert HEAD_BYTES + NUMBER_BYTES + size.capacity + 1 <= MOST_PACKET


def test_what_cannot_be_read_is_counted_and_heard_by_nobody() -> None:
    device = Device()
    good = packet_of(0, 1, 0)
    rubbish = [
        b"", good[:6], good[:9], good + b"\1", bytes(MOST_PACKET + 1),
        good[:5] + bytes([200]) + good[6:],
    ]  # fmt: skip
    for packet in rubbish:
        device.open(packet, 0.0)
    assert device.media.foreign_dropped == len(rubbish)
    assert device.media.playout.statistics().received == 0
    assert device.media.monitor.silence(1.0) == 1.0


def test_a_frame_full_of_copies_costs_no_more_than_one_may_hold() -> None:
    device = Device()
    many = [Copy(1 + place % 8, b"xx") for place in range(20)]
    device.open(packet_of(0, 1, 100, Audio(OPUS), *many), 0.0)
    assert len(device.media.playout._sources[0].playout._arrivals) == 9


@given(st.lists(st.binary(max_size=60), max_size=30))
@settings(deadline=None)
def test_nothing_that_arrives_breaks_it(packets: list[bytes]) -> None:
    device = Device()
    for count, data in enumerate(packets):
        head = replace(parse_packet(packet_of(count, 1, 0)), source=len(data), frame=data)
        device.open(data, count * FRAME)
        device.open(encode_packet(head), count * FRAME)
        device.media.playout.pull(count * FRAME)
        device.media.beat(count * FRAME)
