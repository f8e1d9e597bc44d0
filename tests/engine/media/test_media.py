"""What one side of a call seals and opens, and what of it proves a path."""

from dataclasses import dataclass
from types import SimpleNamespace

import pytest

from tests.e2ee.machines import sessions
from tui_call.calls.path_monitor import PathMonitor
from tui_call.e2ee.handshake import Session
from tui_call.e2ee.media import MediaFrame
from tui_call.engine.calls.leg_figures import LegCounts
from tui_call.engine.media.media import FRAMES_PER_FEEDBACK, Media
from tui_call.engine.views.statistics import statistics_of
from tui_call.payload import Audio, Feedback

OPUS = bytes(80)
FRESH_KEY = b"\x07" * 32


@dataclass
class Side:
    """A side, and the path of each frame that was reported."""

    media: Media
    proven: list[int]


def two_sides() -> tuple[Side, Side]:
    sides = [_side(session) for session in sessions()]
    return sides[0], sides[1]


def _side(session: Session) -> Side:
    proven: list[int] = []

    def on_frame(path: int, _: MediaFrame | None) -> None:
        proven.append(path)

    return Side(Media(session, PathMonitor(0.0), on_frame, lambda _: None, lambda _: None), proven)


def test_only_an_authentic_packet_proves_the_path_on_which_it_came() -> None:
    caller, callee = two_sides()
    packet = caller.media.seal(OPUS, 0.0, 0.0)
    assert packet is not None
    callee.media.open(packet[:-1] + bytes([packet[-1] ^ 1]), 1, 0.02, 0.02)
    callee.media.open(bytes(160), 1, 0.02, 0.02)
    assert callee.proven == []
    callee.media.open(packet, 1, 0.02, 0.02)
    assert callee.proven == [1]
    callee.media.open(packet, 0, 0.02, 0.02)
    assert callee.proven == [1, 0], "a copy is as authentic, and played once"
    assert callee.media.foreign_dropped == 2


def test_what_was_sent_on_the_path_before_does_not_measure_this_one() -> None:
    caller, callee = two_sides()
    hear(callee, caller, at=0.0, after=0.02)
    hear(caller, callee, at=0.5, after=0.02)
    assert caller.media.round_trip == pytest.approx(0.04, abs=0.001)

    hear(callee, caller, at=1.0, after=0.02)
    caller.media.path_changed()
    hear(caller, callee, at=1.02, after=0.3)
    assert caller.media.round_trip == pytest.approx(0.04, abs=0.001)

    hear(callee, caller, at=2.0, after=0.3)
    hear(caller, callee, at=2.5, after=0.3)
    assert caller.media.round_trip == pytest.approx(0.6, abs=0.001)


def hear(listener: Side, speaker: Side, at: float, after: float) -> None:
    """Let frames until one with feedback arrive."""
    for _ in range(FRAMES_PER_FEEDBACK):
        packet = speaker.media.seal(OPUS, at, at)
        assert packet is not None
        listener.media.open(packet, 0, at + after, at + after)


def test_numbers_go_on_under_fresh_keys() -> None:
    caller, callee = two_sides()
    numbers: list[int] = []
    for generation in (0, 1):
        if generation:
            caller.media.send_under(generation, FRESH_KEY)
            callee.media.receive_under(generation, FRESH_KEY)
        for _ in range(3):
            packet = caller.media.seal(OPUS, 0.0, 0.0)
            assert packet is not None
            frame = callee.media._opener.open(packet, 0.0)
            assert frame is not None
            numbers.append(frame.number)
    assert numbers == list(range(6))


def test_a_peer_of_an_earlier_version_that_says_nothing_but_the_loss_is_sent_copies() -> None:
    caller, callee = two_sides()
    said = [Audio(OPUS), Feedback(loss_permille=200, jitter_ms=0, round_trip_ms=0, control_ack=0)]
    caller.media.open(callee.media._sealer.seal(0, said), 0, 0.5, 0.5)
    assert caller.media.sending.copies
    assert caller.media.round_trip is None


def test_sound_that_cannot_be_decoded_counts_as_concealed() -> None:
    caller, callee = two_sides()
    for number in range(50):
        packet = caller.media.seal(b"\xff" * 80, number * 0.02, 0.0)
        assert packet is not None
        callee.media.open(packet, 0, number * 0.02, number * 0.02)
        callee.media.playout.pull(number * 0.02)
    leg = SimpleNamespace(
        media=callee.media,
        counts=LegCounts(bytes(16), 0, 0, 0, 0.0),
    )
    sound = SimpleNamespace(started=(0.0, 0.0), latency_ms=0.0)
    figures = statistics_of(leg, sound, 1.0)  # type: ignore[arg-type]
    assert figures is not None
    assert figures.concealed > 0.9
