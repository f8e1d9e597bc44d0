"""What counts as slow."""

from tests.support.witness import MOST_SLOW, Witness, share


def test_an_episode_of_ten_milliseconds_in_ten_seconds_is_seen_and_wear_is_not() -> None:
    usual = [0.03 + n % 7 * 0.01 for n in range(1_000)]
    assert share(usual) == 0
    assert share([*usual, *[0.4] * 4]) > MOST_SLOW


def test_a_witness_sees_a_share_of_the_time() -> None:
    with Witness() as witness:
        pass
    assert 0 <= witness.slow <= 1
