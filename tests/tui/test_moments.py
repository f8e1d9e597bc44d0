from datetime import UTC

import pytest

from tests.support.fake_engine import DAY, NOW
from tui_call.tui import moments


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (0, "never"),
        (NOW - 60, "today 14:00"),
        (NOW - DAY, "yesterday 14:01"),
        (NOW - 3 * DAY, "Mon 14:01"),
        (NOW - 17 * DAY, "3 Aug"),
        (NOW - 400 * DAY, "16 Jul 2025"),
        (NOW + DAY, "21 Aug"),
    ],
)
def test_moments_are_short_and_clear(at: float, words: str) -> None:
    assert moments.when(at, NOW, UTC) == words


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (-1, "today"), (0, "today"), (1, "yesterday"), (2, "2 days ago"), (59, "59 days ago"),
        (60, "2 months ago"), (729, "24 months ago"), (730, "2 years ago"),
    ],
)  # fmt: skip
def test_the_age_of_something(days: int, words: str) -> None:
    assert moments.age(NOW - days * DAY, NOW, UTC) == words


def test_lengths_of_time() -> None:
    assert moments.duration(761) == "00:12:41"
    assert moments.short_duration(761) == "12:41"
    assert moments.short_duration(3700) == "01:01:40"
    assert moments.duration(-5) == "00:00:00"
    assert moments.clock(NOW, UTC) == "14:01:01"


def test_a_time_beyond_every_calendar_is_shown_all_the_same() -> None:
    assert moments.clock(1e17)
    assert moments.when(1e30, now=0)
    assert moments.clock(-1e17)


def test_what_may_be_read_much_later_says_its_year() -> None:
    assert moments.date(NOW, UTC) == "20 Aug 2026"
    assert moments.date_and_time(NOW, UTC) == "20 Aug 2026 14:01:01"
