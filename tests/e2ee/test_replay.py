"""The replay window against a set that forgets nothing."""

from hypothesis import given
from hypothesis import strategies as st

from tui_call.e2ee.replay import WINDOW_FRAMES, ReplayWindow

steps = st.lists(st.integers(-1100, 1100) | st.sampled_from([4000, -4000]), max_size=60)


@given(steps)
def test_a_counter_is_accepted_once_and_only_inside_the_window(moves: list[int]) -> None:
    window, used, highest, position = ReplayWindow(), set(), -1, 0
    for move in moves:
        position = max(0, position + move)
        fresh = position not in used and position > highest - WINDOW_FRAMES
        assert window.accept(position) is fresh
        used.add(position)
        highest = max(highest, position)


def test_the_edges_of_the_window() -> None:
    window = ReplayWindow()
    assert window.accept(1023)
    assert window.accept(0)
    assert not window.accept(0)
    assert window.accept(1024)
    assert not window.accept(0)
    assert window.accept(1)
    assert not window.accept(1)
    assert window.accept(1024 + WINDOW_FRAMES)
    assert not window.accept(1024)
    assert window.accept(1025)
