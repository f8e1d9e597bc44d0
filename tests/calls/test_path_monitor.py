"""What frames that arrive, or do not, tell about a path. Time is virtual."""

import random
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_call.calls.path_monitor import (
    FRAME_SECONDS,
    LOST_AFTER,
    QUALITY_SECONDS,
    SUSPECT_AFTER,
    PathDead,
    PathEvent,
    PathMonitor,
    PathRecovered,
    PathSuspect,
    Quality,
    QualityChanged,
)
from tui_call.loss_window import UNSETTLED_FRAMES, WINDOW_FRAMES

START = 1000.0


def sent_at(number: int) -> float:
    return START + number * FRAME_SECONDS


def feed(monitor: PathMonitor, numbers: Iterable[int], late: float = 0.03) -> list[PathEvent]:
    """Let frames arrive, each `late` seconds after it was sent."""
    return [event for number in numbers for event in monitor.frame(number, sent_at(number) + late)]


def run_to(monitor: PathMonitor, end: float) -> list[PathEvent]:
    """Let time pass to `end`, waking the monitor when it asks for it."""
    events: list[PathEvent] = []
    while (deadline := monitor.next_deadline()) is not None and deadline <= end:
        events += monitor.time_passed(deadline)
    return events


@pytest.fixture
def monitor() -> PathMonitor:
    return PathMonitor(START)


def test_a_clean_path_is_good_and_says_nothing(monitor: PathMonitor) -> None:
    assert feed(monitor, range(500)) == []
    assert monitor.quality is Quality.GOOD
    assert monitor.figures.loss == 0.0
    assert monitor.figures.jitter_ms == pytest.approx(0.0, abs=1e-6)


def test_before_the_first_frame_nothing_is_lost(monitor: PathMonitor) -> None:
    assert monitor.figures.loss == 0.0
    assert monitor.silence(START + 0.25) == 0.25


def test_silence_makes_a_path_suspect_and_a_frame_makes_it_well(monitor: PathMonitor) -> None:
    feed(monitor, range(10))
    last = sent_at(9) + 0.03

    assert run_to(monitor, last + SUSPECT_AFTER - 0.001) == []
    assert run_to(monitor, last + SUSPECT_AFTER) == [PathSuspect()]
    assert run_to(monitor, last + SUSPECT_AFTER) == []
    [recovered] = monitor.frame(40, last + 0.6)
    assert isinstance(recovered, PathRecovered)
    assert recovered.silence == pytest.approx(0.6)
    assert run_to(monitor, last + 0.6 + SUSPECT_AFTER)[-1] == PathSuspect()


def test_for_how_long_a_peer_is_heard_without_a_silence(monitor: PathMonitor) -> None:
    arrivals = [START + number * FRAME_SECONDS for number in range(100)]
    for number, now in enumerate(arrivals):
        monitor.frame(number, now)
        monitor.time_passed(now)
    last = arrivals[-1]
    assert monitor.heard_for(last) == pytest.approx(last - START)
    monitor.time_passed(last + SUSPECT_AFTER)
    assert monitor.heard_for(last + SUSPECT_AFTER) == 0
    monitor.frame(100, last + 5)
    assert monitor.heard_for(last + 5.1) == pytest.approx(0.1)


def test_a_path_that_never_carried_a_frame_dies_too(monitor: PathMonitor) -> None:
    events = run_to(monitor, START + LOST_AFTER)

    assert events == [PathSuspect(), QualityChanged(Quality.LOST), PathDead()]
    assert monitor.lost(START + LOST_AFTER)
    assert not monitor.lost(START + LOST_AFTER - 0.001)


def test_after_the_end_nothing_more_is_said(monitor: PathMonitor) -> None:
    run_to(monitor, START + LOST_AFTER)

    assert monitor.next_deadline() is None
    assert monitor.frame(1, START + LOST_AFTER + 1) == []
    assert monitor.time_passed(START + LOST_AFTER + 60) == []


def test_a_monitor_that_is_asked_late_says_all_at_once(monitor: PathMonitor) -> None:
    assert monitor.time_passed(START + 60) == [
        PathSuspect(),
        QualityChanged(Quality.LOST),
        PathDead(),
    ]


def test_loss_is_counted_over_the_newest_frames(monitor: PathMonitor) -> None:
    feed(monitor, range(0, WINDOW_FRAMES, 2))
    assert monitor.figures.loss == pytest.approx(0.5, abs=0.01)

    feed(monitor, range(WINDOW_FRAMES, 2 * WINDOW_FRAMES))
    assert monitor.figures.loss == 0.0


def test_late_frames_count_as_arrived_and_double_ones_once(monitor: PathMonitor) -> None:
    for number in (6, 5, 8, 8, 7, 5):
        monitor.frame(number, sent_at(number))
    assert monitor.figures.loss == 0.0

    monitor.frame(10, sent_at(10))
    assert monitor.figures.loss == 0.0, "frame 9 may still come"
    feed(monitor, range(11, 15))
    assert monitor.figures.loss == pytest.approx(1 / 5)


def test_how_losses_cluster(monitor: PathMonitor) -> None:
    assert monitor.figures.burst == 0.0
    feed(monitor, (number for number in range(240) if number % 10 < 7))
    assert monitor.figures.burst == pytest.approx(3.0, abs=0.1)
    feed(monitor, (number for number in range(240, 600) if number % 10))
    assert monitor.figures.burst == 1.0


def test_a_frame_from_before_the_window_shows_life_only(monitor: PathMonitor) -> None:
    feed(monitor, range(400, 410))
    figures = monitor.figures
    monitor.frame(3, sent_at(410))

    assert monitor.figures == figures
    assert monitor.silence(sent_at(410)) == 0.0


def test_a_long_outage_counts_as_lost_in_full(monitor: PathMonitor) -> None:
    feed(monitor, range(100))
    monitor.frame(100_000, sent_at(100_000))

    assert monitor.figures.loss == 1.0


def test_jitter_spread_evenly_is_estimated_at_a_third_of_its_range(monitor: PathMonitor) -> None:
    chance = random.Random(4)
    estimates: list[float] = []
    for number in range(2000):
        monitor.frame(number, sent_at(number) + chance.uniform(0, 0.060))
        estimates.append(monitor.figures.jitter_ms)

    assert sum(estimates[500:]) / 1500 == pytest.approx(20, rel=0.05)


@pytest.mark.parametrize(
    ("lost_of_100", "jitter", "quality"),
    [
        (0, 0.0, Quality.GOOD),
        (2, 0.010, Quality.GOOD),
        (6, 0.0, Quality.FAIR),
        (0, 0.060, Quality.FAIR),
        (20, 0.0, Quality.POOR),
        (0, 0.180, Quality.POOR),
    ],
)
def test_quality_is_one_word(lost_of_100: int, jitter: float, quality: Quality) -> None:
    monitor = PathMonitor(START)
    chance = random.Random(9)
    lost = {number for number in range(1000) if number % 100 < lost_of_100}
    arrivals = sorted(
        (sent_at(number) + chance.uniform(0, jitter), number) for number in set(range(1000)) - lost
    )
    for now, number in arrivals:
        monitor.frame(number, now)

    assert monitor.quality is quality


def test_quality_is_judged_once_a_second_and_comes_back(monitor: PathMonitor) -> None:
    feed(monitor, range(40))
    outage = run_to(monitor, sent_at(40) + 2)
    back = feed(monitor, range(140, 800))
    words = [event.quality for event in back if isinstance(event, QualityChanged)]

    assert outage == [PathSuspect(), QualityChanged(Quality.LOST)]
    assert words == [Quality.POOR, Quality.GOOD]


numbers_and_gaps = st.lists(
    st.tuples(st.integers(0, (1 << 32) - 1) | st.integers(0, 600), st.floats(0, 40)), max_size=60
)


@given(numbers_and_gaps)
def test_whatever_arrives_the_figures_stay_in_range(
    arrivals: list[tuple[int, float]],
) -> None:
    monitor = PathMonitor(START)
    now = START
    for number, gap in arrivals:
        now += gap
        monitor.time_passed(now)
        monitor.frame(number, now)
        deadline = monitor.next_deadline()

        assert 0.0 <= monitor.figures.loss <= 1.0
        assert monitor.figures.jitter_ms >= 0.0
        assert deadline is None or now < deadline <= now + QUALITY_SECONDS


@given(st.sets(st.integers(0, 2000), min_size=1), st.randoms(use_true_random=False))
def test_loss_is_what_counting_gives(numbers: set[int], chance: random.Random) -> None:
    """Compare with a count over a set, frames arriving a little out of order."""
    order = sorted(numbers, key=lambda number: number + chance.uniform(0, 8))
    monitor = PathMonitor(START)
    for number in order:
        monitor.frame(number, START)
    newest = max(numbers)
    first = max(min(numbers), newest - WINDOW_FRAMES + 1)
    counted = range(first, newest - UNSETTLED_FRAMES + 1)
    lost = [number not in numbers for number in counted]

    assert monitor.figures.loss == pytest.approx(sum(lost) / max(1, len(lost)))


def test_what_a_silent_path_should_have_brought_counts_as_lost_for_those_who_look(
    monitor: PathMonitor,
) -> None:
    feed(monitor, range(500))
    last = sent_at(499)
    assert monitor.figures_at(last + 0.1).loss == 0.0, "a frame may be late"
    assert monitor.figures_at(last + 1.0).loss == pytest.approx(50 / 245, abs=0.03)
    assert monitor.figures_at(last + 20.0).loss == 1.0
    assert monitor.figures.loss == 0.0, "the peer is told of what arrived"


def test_of_several_sources_each_is_measured_by_its_own_clock(monitor: PathMonitor) -> None:
    begun = {1: 0, 2: 70_000, 3: 12}
    for count in range(500):
        for place, (source, first) in enumerate(begun.items()):
            at = sent_at(count) + 0.001 * place
            monitor.packet(3 * count + place, (source, first + count), at)
    assert monitor.figures.jitter_ms == pytest.approx(0.0, abs=1e-3)
    assert monitor.figures.loss == 0.0


def test_what_waited_on_purpose_is_no_jitter_and_a_missing_number_is_loss(
    monitor: PathMonitor,
) -> None:
    for count in range(300):
        monitor.packet(count, (1, count) if count % 2 else None, sent_at(count))
    assert monitor.figures.jitter_ms == pytest.approx(0.0, abs=1e-6)
    monitor.packet(360, None, sent_at(301))
    monitor.packet(370, None, sent_at(301))
    assert monitor.figures.loss == pytest.approx(59 / 245 + 5 / 245, abs=0.01)


def test_numbers_of_another_path_are_counted_from_their_own_beginning(
    monitor: PathMonitor,
) -> None:
    feed(monitor, range(400, 600))
    monitor.count_anew()
    assert monitor.packet(None, (0, 600), sent_at(600)) == []
    assert monitor.silence(sent_at(600)) == 0.0
    for number in range(0, 100, 2):
        monitor.packet(number, None, sent_at(601))
    assert monitor.figures.loss == pytest.approx(0.5, abs=0.02)
