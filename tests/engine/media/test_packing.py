"""What a frame carries, and the round trip that the reports tell."""

import pytest

from tui_call.e2ee.media import SizeProfile
from tui_call.engine.media.packing import Packing, RoundTrip
from tui_call.payload import Audio, Block, Copy, Feedback, Hold, Report, block_bytes
from tui_call.voice.coding import Bandwidth, Coding
from tui_call.voice.redundancy import PLAIN, RedundancyControl, Sending

SAID: list[Block] = [Feedback(1000, 65535, 65535, 2**32 - 1), Report(2**32 - 1, 65535, 255)]
ONE_COPY = Sending(Coding(32_000, Bandwidth.WIDE), (2,))
LEAN = Sending(Coding(16_000, Bandwidth.WIDE))


def opus(sending: Sending, number: int = 0) -> bytes:
    return bytes([number]) * sending.coding.packet_bytes


def way_at(loss: float, burst: float) -> Sending:
    """Return how is sent after five seconds of reports of a loss."""
    control = RedundancyControl()
    for report in range(11):
        control.report(loss if report else 0.0, burst, 0.03, report / 2)
    return control.sending


def test_every_way_of_sending_has_one_size_whatever_else_is_said() -> None:
    ways = [way_at(loss, burst) for loss in (0.0, 0.05, 0.2, 0.3) for burst in (1.0, 4.0)]
    assert {len(way.copies) for way in ways} == {0, 1, 2, 3}
    for sending in (*ways, LEAN):
        packing, profiles = Packing(), set()
        for number in range(60):
            said = SAID if number % 25 == 0 else [Hold(True)] if number % 7 == 0 else []
            blocks, profile = packing.pack(opus(sending, number), said, sending)
            assert block_bytes(blocks) <= profile.capacity
            copies = [block for block in blocks if isinstance(block, Copy)]
            if number >= 8:
                assert [copy.offset for copy in copies] == list(sending.copies)
            assert all(copy.packet == opus(sending, number - copy.offset) for copy in copies)
            profiles.add(profile)
        assert len(profiles) == 1
    assert Packing().pack(opus(PLAIN), SAID, PLAIN)[1] is SizeProfile.SPEECH
    assert Packing().pack(opus(LEAN), SAID, LEAN)[1] is SizeProfile.LEAN


def test_until_the_encoder_has_followed_large_frames_still_travel() -> None:
    packing = Packing()
    for number in range(8):
        packing.pack(opus(PLAIN, number), [], PLAIN)
    blocks, profile = packing.pack(opus(PLAIN, 8), SAID, LEAN)
    assert profile is SizeProfile.SPEECH
    blocks, profile = packing.pack(opus(ONE_COPY, 9), SAID, ONE_COPY)
    assert profile is SizeProfile.SPEECH_AND_COPIES
    assert Audio(opus(ONE_COPY, 9)) in blocks
    assert block_bytes(blocks) <= profile.capacity


def test_what_was_said_before_a_pause_is_not_said_again() -> None:
    packing = Packing()
    for number in range(8):
        packing.pack(opus(ONE_COPY, number), [], ONE_COPY)
    packing.forget()
    blocks, _ = packing.pack(opus(ONE_COPY, 8), [], ONE_COPY)
    assert len(blocks) == 1


def test_the_round_trip_is_that_of_the_path_alone() -> None:
    mine, theirs = RoundTrip(), RoundTrip()
    assert theirs.report(0, 0.0) is None
    for number in range(10):
        mine.sent(number, number * 0.02)
    theirs.arrived(9, 0.18 + 0.040)
    theirs.arrived(7, 0.18 + 0.045)
    report = theirs.report(12, 0.18 + 0.040 + 0.333)
    assert report == Report(9, 333, 12)
    trip = mine.measured(report, 0.18 + 0.040 + 0.333 + 0.060)
    assert trip == pytest.approx(0.100)


@pytest.mark.parametrize("report", [Report(10, 0, 0), Report(2**32 - 1, 0, 0), Report(9, 5000, 0)])
def test_a_report_that_cannot_be_true_measures_nothing(report: Report) -> None:
    mine = RoundTrip()
    for number in range(10):
        mine.sent(number, number * 0.02)
    assert mine.measured(report, 1.0) is None
