"""How speech is sent, as the reports ask for; time is virtual."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_call.voice.redundancy import FARTHEST_COPY, PLAIN, PacketSize, RedundancyControl, Sending

REPORT_SECONDS = 0.5
TRIP = 0.03


class Call:
    """A control that is told the same until something else is said."""

    def __init__(self) -> None:
        self.control = RedundancyControl()
        self.now = 100.0
        self.control.report(0.0, 0.0, None, self.now)  # a call's first frame says so

    def tell(self, seconds: float, loss: float, burst: float = 1.0, trip: float = TRIP) -> Sending:
        for _ in range(round(seconds / REPORT_SECONDS)):
            self.now += REPORT_SECONDS
            self.control.report(loss, burst if loss else 0.0, trip, self.now)
        return self.control.sending


def test_a_clean_path_carries_no_copies() -> None:
    assert Call().tell(60, 0.0) == PLAIN


@pytest.mark.parametrize(
    ("loss", "copies"), [(0.01, ()), (0.05, (2,)), (0.1, (2,)), (0.2, (1, 3)), (0.3, (1, 3, 5))]
)
def test_copies_follow_the_loss(loss: float, copies: tuple[int, ...]) -> None:
    sending = Call().tell(2, loss)
    assert sending.copies == copies
    bits = sending.coding.bitrate * (1 + len(copies))
    assert bits <= 64_000


def test_the_first_copy_comes_at_once_and_further_ones_not_by_chance() -> None:
    """Of 25 frames five are easily lost where one in ten is, and eight where one in five is."""
    assert Call().tell(REPORT_SECONDS, 4 / 25).copies == (2,)
    assert Call().tell(REPORT_SECONDS, 8 / 25).copies == (1, 3)


@pytest.mark.parametrize(("loss", "copies"), [(0.1, 1), (0.2, 2), (0.32, 3)])
def test_a_steady_loss_finds_its_copies_however_it_looked_at_first(
    loss: float, copies: int
) -> None:
    """Reports of random loss, each about the frames of the last five seconds."""
    right = reports = 0
    for seed in range(20):
        call, chance = Call(), random.Random(seed)
        fates: list[bool] = []
        for report in range(240):
            fates += [chance.random() < loss for _ in range(25)]
            lately = fates[-245:]
            sending = call.tell(REPORT_SECONDS, sum(lately) / len(lately))
            if report >= 10:  # the bars are about what is sent after five seconds
                reports += 1
                right += len(sending.copies) == copies
    assert right / reports >= 0.8


def test_copies_go_one_by_one_after_the_loss_stayed_low() -> None:
    call = Call()
    call.tell(10, 0.3)
    assert len(call.tell(1, 0.0).copies) == 3
    assert len(call.tell(2, 0.0).copies) == 2
    assert len(call.tell(4, 0.0).copies) == 2
    assert len(call.tell(8, 0.0).copies) == 1
    assert call.tell(8, 0.0) == PLAIN


def test_loss_around_a_threshold_does_not_flap() -> None:
    call = Call()
    call.tell(5, 0.16)
    chosen = {call.tell(REPORT_SECONDS, loss).copies for loss in (0.12, 0.135, 0.11) * 20}
    assert chosen == {(1, 3)}


def test_copies_are_farther_apart_where_losses_come_in_a_row() -> None:
    assert Call().tell(5, 0.1, burst=3.0).copies == (3,)
    assert Call().tell(1, 0.2, burst=3.2).copies == (3, 6)
    assert Call().tell(3, 0.3, burst=4.0).copies == (2, 4, 6)
    assert Call().tell(5, 0.32, burst=25.0).copies == (2, 4, 6)
    assert Call().tell(5, 0.1, burst=8.0).copies == (FARTHEST_COPY,)


@pytest.mark.parametrize("lost", [5, 10, 30, 76, 77, 100, 150, 245])
def test_an_outage_brings_neither_copies_nor_fec(lost: int) -> None:
    """They would come too late for it, and make the peer wait for copies of what is not lost."""
    call = Call()
    call.tell(10, 0.0)
    assert call.tell(5, lost / 245, burst=min(lost, 25.5)) == PLAIN


def test_one_lost_frame_at_the_beginning_is_no_loss_that_goes_on() -> None:
    assert Call().tell(REPORT_SECONDS, 1 / 20) == PLAIN


def test_outages_that_come_again_and_again_are_loss() -> None:
    assert Call().tell(5, 15 / 245, burst=5.0).copies == (5,)


def test_a_queue_on_the_path_makes_packets_smaller_step_by_step() -> None:
    call = Call()
    call.tell(5, 0.0)
    call.tell(2, 0.3, trip=0.4)
    assert call.control.packet_size is PacketSize.MEDIUM
    assert call.tell(3, 0.3, trip=0.4).copies == ()
    assert call.control.packet_size is PacketSize.SMALL
    call.tell(30, 0.3, trip=0.4)
    assert call.control.packet_size is PacketSize.SMALL
    assert call.control.sending.coding.bitrate == 16_000


def test_a_peer_that_reports_without_end_has_a_bounded_number_of_them_kept() -> None:
    control = RedundancyControl()
    for report in range(20_000):
        control.report(0.1, 1.0, TRIP, 100.0 + report / 1000)
    assert len(control._path._queue._trips) <= 200


def test_a_single_slow_report_is_no_queue() -> None:
    call = Call()
    for trip in (0.03, 0.4, 0.03, 0.3) * 20:
        call.tell(REPORT_SECONDS, 0.0, trip=trip)
    assert call.control.packet_size is PacketSize.LARGE


def test_room_is_tried_again_slowly() -> None:
    call = Call()
    call.tell(5, 0.0)
    call.tell(2, 0.0, trip=0.4)
    assert call.control.packet_size is PacketSize.MEDIUM
    call.tell(15, 0.0)
    assert call.control.packet_size is PacketSize.MEDIUM
    call.tell(10, 0.0)
    assert call.control.packet_size is PacketSize.LARGE
    call.tell(2, 0.0, trip=0.4)
    call.tell(25, 0.0)
    assert call.control.packet_size is PacketSize.MEDIUM, "the second time it takes twice as long"
    call.tell(20, 0.0)
    assert call.control.packet_size is PacketSize.LARGE


def test_a_slower_path_is_no_queue() -> None:
    call = Call()
    call.tell(20, 0.05)
    call.control.path_changed()
    assert call.tell(60, 0.05, trip=TRIP + 0.3).copies == (2,)
    assert call.control.packet_size is PacketSize.LARGE


def test_another_path_does_not_pay_for_the_queue_of_the_last_one() -> None:
    call = Call()
    call.tell(5, 0.05)
    call.tell(6, 0.05, trip=0.4)
    assert call.control.packet_size is PacketSize.SMALL
    call.control.path_changed()
    call.tell(REPORT_SECONDS, 0.05, trip=0.4)
    assert call.control.packet_size is PacketSize.LARGE
    call.tell(6, 0.05, trip=0.8)
    assert call.control.packet_size is PacketSize.SMALL, "a queue there is one"


def test_loss_that_larger_packets_make_takes_them_back() -> None:
    call = Call()
    call.tell(5, 0.0)
    call.tell(3, 0.04)
    assert call.control.sending.copies
    call.tell(6, 0.25)  # the path takes no more
    assert call.control.packet_size is PacketSize.MEDIUM
    call.tell(7, 0.03)
    assert call.control.packet_size is PacketSize.MEDIUM


@pytest.mark.parametrize("few", [0.04, 0.1])
def test_what_the_first_frames_lose_is_no_measure_for_the_loss_that_is_seen_later(
    few: float,
) -> None:
    call = Call()
    call.control.report(0.0, 0.0, TRIP, call.now)
    call.tell(REPORT_SECONDS, few)
    call.tell(13, 0.3)
    assert call.control.packet_size is PacketSize.LARGE
    assert len(call.control.sending.copies) == 3


def test_loss_that_does_not_care_for_size_gives_the_room_back() -> None:
    call = Call()
    call.tell(5, 0.0)
    call.tell(1, 0.04)
    call.tell(7, 0.3)
    assert call.control.packet_size is PacketSize.MEDIUM
    assert len(call.tell(7, 0.3).copies) == 3


@given(
    st.lists(
        st.tuples(st.floats(0, 1), st.floats(0, 25.5), st.none() | st.floats(0, 60)), max_size=60
    )
)
def test_whatever_is_reported_something_can_be_sent(
    reports: list[tuple[float, float, float | None]],
) -> None:
    control = RedundancyControl()
    for place, (loss, burst, trip) in enumerate(reports):
        sending = control.report(loss, burst, trip, place * REPORT_SECONDS)
        assert list(sending.copies) == sorted(set(sending.copies))
        assert all(1 <= copy <= FARTHEST_COPY for copy in sending.copies)
        assert 16_000 <= sending.coding.bitrate <= 64_000 // (1 + len(sending.copies))
        assert 0 <= sending.coding.expected_loss <= 100
