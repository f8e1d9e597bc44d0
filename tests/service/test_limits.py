"""Token buckets, on a clock that passes when told."""

from hypothesis import given
from hypothesis import strategies as st

from tests.support.members import Clock
from tui_call.service import limits
from tui_call.service.limits import Rate, Replies, TokenBuckets

steps = st.lists(
    st.tuples(st.floats(0, 10), st.floats(0.1, 5), st.booleans()), min_size=1, max_size=60
)


@given(rate=st.builds(Rate, st.floats(1, 20), st.floats(0.1, 10)), steps=steps)
def test_nobody_gets_more_than_burst_and_rate_allow(
    rate: Rate, steps: list[tuple[float, float, bool]]
) -> None:
    clock = Clock(0)
    buckets = TokenBuckets(rate, clock)
    taken = 0.0
    for passing, cost, failure in steps:
        clock.now += passing
        if failure:
            buckets.punish("key", cost)
        elif buckets.take("key", cost):
            taken += cost
        assert taken <= rate.burst + rate.per_second * clock.now + 1e-6


def test_a_rested_bucket_is_full_again() -> None:
    clock = Clock(0)
    buckets = TokenBuckets(Rate(burst=3, per_second=1), clock)
    assert [buckets.take("key") for _ in range(4)] == [True, True, True, False]
    clock.now += 2
    assert [buckets.take("key") for _ in range(3)] == [True, True, False]
    clock.now += 1_000
    assert [buckets.take("key") for _ in range(4)] == [True, True, True, False]


def test_buckets_do_not_mix() -> None:
    buckets = TokenBuckets(Rate(burst=1, per_second=1), Clock(0))
    assert buckets.take("one")
    assert buckets.take("other")
    assert not buckets.take("one")


def test_punishment_takes_what_there_is() -> None:
    clock = Clock(0)
    buckets = TokenBuckets(Rate(burst=3, per_second=1), clock)
    buckets.punish("key", 20)
    assert not buckets.take("key")
    clock.now += 1
    assert buckets.take("key")


def test_many_keys_take_bounded_room_and_the_busy_ones_are_kept() -> None:
    clock = Clock(0)
    buckets = TokenBuckets(Rate(burst=1, per_second=1), clock, most=10)
    for number in range(9):
        buckets.take(f"rested {number}")
    clock.now += 1
    buckets.take("busy")
    for number in range(100):
        buckets.take(f"more {number}") if number < 9 else None
    assert len(buckets) <= 10
    assert not buckets.take("busy")
    for number in range(100):
        buckets.take(f"flood {number}")
        assert len(buckets) <= 10


def test_what_is_given_back_is_there_again_and_no_more_than_the_burst() -> None:
    buckets = TokenBuckets(Rate(burst=2, per_second=1), Clock(0))
    buckets.give_back("key", 5)
    assert [buckets.take("key") for _ in range(3)] == [True, True, False]
    buckets.give_back("key", 1)
    assert [buckets.take("key") for _ in range(2)] == [True, False]
    buckets.give_back("key", 5)
    assert [buckets.take("key") for _ in range(3)] == [True, True, False]


def test_replies_are_those_that_the_other_device_paid_for_within_bounds() -> None:
    replies = Replies()
    assert not replies.spend("ada")
    replies.grant("ada")
    assert [replies.spend("ada") for _ in range(3)] == [True, True, False]
    for _ in range(limits.MOST_REPLIES):
        replies.grant("ada")
    assert [replies.spend("ada") for _ in range(limits.MOST_REPLIES + 1)].count(False) == 1
    for number in range(limits.MOST_CORRESPONDENTS + 1):
        replies.grant(str(number))
    assert not replies.spend("0")
    assert replies.spend("1")
