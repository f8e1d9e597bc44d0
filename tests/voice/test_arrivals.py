import random

import pytest

from tui_call.voice.arrivals import Arrivals

FRAME = 0.02
PATH = 0.05


def follow(arrivals: Arrivals, numbers: range, late: float = 0.0, jitter: float = 0.0) -> None:
    chance = random.Random(2)
    for number in numbers:
        arrivals.note(number, number * FRAME + PATH + late + chance.uniform(0, jitter))


def test_an_even_path_has_no_spread() -> None:
    arrivals = Arrivals()
    assert not arrivals.known
    follow(arrivals, range(100))
    assert arrivals.known
    assert arrivals.high == pytest.approx(PATH)
    assert arrivals.quickest == pytest.approx(PATH)
    assert arrivals.jitter == pytest.approx(0, abs=1e-9)


def test_jitter_is_covered_but_for_outliers() -> None:
    arrivals = Arrivals()
    follow(arrivals, range(600), jitter=0.06)
    assert 0.055 < arrivals.high - PATH <= 0.06


def test_a_worse_path_is_followed_in_a_moment_and_a_better_one_after_ten_seconds() -> None:
    arrivals = Arrivals()
    follow(arrivals, range(500))
    follow(arrivals, range(500, 505), late=0.1)
    assert arrivals.high == pytest.approx(PATH + 0.1)
    follow(arrivals, range(505, 600), late=0.1)
    follow(arrivals, range(600, 1000))
    assert arrivals.high == pytest.approx(PATH + 0.1)
    follow(arrivals, range(1000, 1100))
    assert arrivals.high == pytest.approx(PATH)


@pytest.mark.parametrize("shuffled", [False, True])
def test_one_outage_is_one_event_and_changes_nothing(shuffled: bool) -> None:
    arrivals = Arrivals()
    follow(arrivals, range(300))
    held = list(range(300, 311))  # they come out at once
    if shuffled:
        random.Random(5).shuffle(held)
    for number in held:
        arrivals.note(number, 310 * FRAME + PATH)
    follow(arrivals, range(311, 330))
    assert arrivals.high == pytest.approx(PATH)
    assert arrivals.quickest == pytest.approx(PATH)


def test_a_habit_of_the_path_shows_also_where_frames_overtake_others() -> None:
    arrivals = Arrivals()
    for number in range(0, 300, 2):
        arrivals.note(number + 1, (number + 1) * FRAME + PATH)
        arrivals.note(number, (number + 1) * FRAME + PATH + 0.001)
    assert arrivals.high == pytest.approx(PATH + FRAME + 0.001)


def test_outages_that_come_again_and_again_count() -> None:
    arrivals = Arrivals()
    for second in range(12):
        begin = second * 50
        follow(arrivals, range(begin, begin + 45))
        for number in range(begin + 45, begin + 50):
            arrivals.note(number, (begin + 49) * FRAME + PATH)
    assert arrivals.high == pytest.approx(PATH + 0.08)


def test_a_clock_that_jumped_is_another_clock() -> None:
    arrivals = Arrivals()
    follow(arrivals, range(500))
    follow(arrivals, range(500, 502), late=-8.0)
    assert arrivals.quickest == arrivals.high == pytest.approx(PATH - 8.0)
