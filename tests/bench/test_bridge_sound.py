"""A voice through the bridge in virtual time, for as long as some changes in the room need."""

import pytest

from bench.bridge_hour import bridged_hour
from bench.bridge_sound import bridge_sound

pytestmark = pytest.mark.slow


def test_a_bridge_takes_nothing_from_a_voice_and_makes_up_for_one_listener_s_loss() -> None:
    sound = bridge_sound(seeds=(1,))
    assert sound.direct > 3.5
    assert sound.lossy < sound.bridged, "the loss is heard, and little of it"
    assert all(row.met for row in sound.rows)


def test_people_come_and_go_for_minutes_without_a_click_or_delay() -> None:
    call = bridged_hour(seed=2, seconds=150, every=30, measured=48, settled=30)
    assert call.playout.recovered_by_copies > 200
    assert call.playout.received > 3 * 50 * 110
    assert all(row.met for row in call.rows)
