from hypothesis import given
from hypothesis import strategies as st

from tui_call.tui.talk import LateKeys, PushToTalk


def test_holding_opens_and_releasing_closes_a_quarter_second_later() -> None:
    talk = PushToTalk()
    assert talk.press(0.0, muted=True) == "open"
    assert talk.press(0.5, muted=False) is None
    for repeat in range(1, 20):
        assert talk.press(0.5 + repeat * 0.03, muted=False) is None
        assert talk.tick(0.5 + repeat * 0.03 + 0.02) is None
    last = 0.5 + 19 * 0.03
    assert talk.tick(last + 0.24) is None
    assert talk.tick(last + 0.26) == "close"
    assert not talk.busy


def test_a_tap_latches_until_the_next_press_whose_repeats_do_not_open_again() -> None:
    talk = PushToTalk()
    assert talk.press(0.0, muted=True) == "open"
    assert talk.tick(0.71) is None
    assert talk.latched
    assert talk.tick(60.0) is None
    assert talk.press(60.0, muted=False) == "close"
    assert [talk.press(60.0 + at / 100, muted=True) for at in range(30, 200, 3)] == [None] * 57
    assert talk.tick(62.5) is None
    assert talk.press(63.0, muted=True) == "open"


def test_an_open_microphone_is_left_alone() -> None:
    talk = PushToTalk()
    assert talk.press(0.0, muted=False) is None
    assert not talk.busy


def test_muting_otherwise_takes_the_latch_away() -> None:
    talk = PushToTalk()
    talk.press(0.0, muted=True)
    talk.tick(1.0)
    assert talk.press(5.0, muted=True) == "open"
    talk.reset()
    assert not talk.busy
    assert not talk.latched


@given(st.lists(st.tuples(st.floats(0.001, 2.0), st.booleans()), max_size=60))
def test_opens_and_closes_alternate(steps: list[tuple[float, bool]]) -> None:
    talk = PushToTalk()
    now, is_open = 0.0, False
    for wait, pressed in steps:
        now += wait
        move = talk.tick(now)
        if move is not None:
            assert (move == "open") != is_open
            is_open = move == "open"
        if pressed and (move := talk.press(now, muted=not is_open)) is not None:
            assert (move == "open") != is_open
            is_open = move == "open"


def test_late_keys_wake_after_quiet_and_sleep_again_when_disturbed() -> None:
    keys = LateKeys(10.0)
    assert not keys.armed(10.7)
    keys.disturb(10.7)
    assert not keys.armed(11.4)
    assert keys.armed(11.5)
