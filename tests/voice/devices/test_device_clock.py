"""The even clock of a device that asks for sound in steps."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_call.voice.devices.device_clock import DeviceClock


def line(
    step: float, seconds: float, speed: float = 1.0, look: float = 0.005
) -> tuple[list[float], list[float]]:
    """Return what was asked and the line over it, at each look."""
    clock, asked, even = DeviceClock(), [], []
    for number in range(round(seconds / look)):
        now = number * look
        asked.append((int(now * speed / step + 1e-9) + 1) * step)
        even.append(asked[-1] + clock.ahead(asked[-1], 100 + now, 100 + now))
    return asked, even


@given(
    step=st.sampled_from([0.01, 0.02, 0.1, 0.2, 0.25]),
    speed=st.floats(0.999, 1.001),
)
def test_the_line_lies_on_the_corners_of_the_stairs(step: float, speed: float) -> None:
    asked, even = line(step, 6.0, speed)
    above = np.array(even) - np.array(asked)
    assert above.min() >= 0
    assert above.max() <= step + 0.011  # looked at every 5 ms, over two seconds of drift


@pytest.mark.parametrize("step", [0.01, 0.2])
def test_its_steps_are_those_of_looking(step: float) -> None:
    _, even = line(step, 10.0, 1 + 100e-6)
    assert np.allclose(np.diff(even)[1000:], 0.005, atol=0.0006)


def test_what_a_device_takes_at_its_beginning_is_forgotten() -> None:
    clock = DeviceClock()
    for number in range(1000):
        now = number * 0.005
        asked = 0.25 + max(0.0, int((now - 0.1) * 100) / 100)  # its whole buffer, and a pause
        ahead = clock.ahead(asked, now, now)
        assert ahead <= (0.111 if now < 2.1 else 0.011)


def test_a_device_that_stands_still_asks_for_little_more() -> None:
    clock = DeviceClock()
    assert clock.ahead(0.0, 0.0, 1.0) == 0.0, "it has not begun"
    assert clock.ahead(0.01, 2.0, 2.0) == 0.0
    assert clock.ahead(0.01, 2.0, 60.0) == 0.3


def test_a_late_look_sees_the_corner_where_it_was() -> None:
    clock = DeviceClock()
    for number in range(50):
        clock.ahead(0.2 * (number + 1), 0.2 * number, 0.2 * number + 0.02 * (number % 5))
    assert clock.ahead(10.0, 9.8, 9.9) == pytest.approx(0.1)
