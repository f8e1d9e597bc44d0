"""A loudspeaker in the room: the far end must not hear itself, and the near one as well as before.

The speaker "left" is heard in the microphone "left", 12 dB softer and 80 ms later.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.support.rig_pair import Pair, a_pair, spoken, undisturbed, with_pauses
from tui_call.voice.samples import Samples

pytestmark = [pytest.mark.e2e, pytest.mark.sound]

LEAST_LOSS_DB = 30
MOST_PESQ_LOST = 0.4
GOOD_PESQ = 3.3


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    with a_pair(by_file=True) as two:
        yield two


def decibels(samples: Samples) -> float:
    return float(10 * np.log10(np.mean(samples.astype(float) ** 2) + 1e-3))


def wear_headphones(pair: Pair, on: bool) -> None:
    """Turn the switch by keys, in the call."""
    pair.left.use("d", "Devices")
    pair.left.wait_for("Headphones: no echo to cancel")
    pair.left.press("End", "Up", "Up", "Up", "Up")
    pair.left.wait_for("> .*Headphones")
    pair.left.use("enter", "Choose")
    pair.left.wait_for(f"> . {'on' if on else 'off'} +Headphones")
    pair.left.use("esc", "Cancel")
    pair.left.wait_for("Off in an E2EE call")


def test_the_far_end_does_not_hear_itself_and_hears_the_near_one_as_well(
    pair: Pair, tmp_path: Path
) -> None:
    near, far = spoken(tmp_path), spoken(tmp_path, "en+f3")
    pair.talk()
    before = pair.quality(near, tmp_path, enough=GOOD_PESQ)

    pair.rig.let_speaker_be_heard("left", -12, 80)
    wear_headphones(pair, on=True)
    echo = decibels(pair.say(with_pauses(far), tmp_path, "right", "right"))
    wear_headphones(pair, on=False)
    pair.say(with_pauses(far[:1]), tmp_path, "right", "right")  # two seconds to learn the room
    left_over = min(
        undisturbed(
            lambda: decibels(pair.say(with_pauses(far), tmp_path, "right", "right")),
            lambda level: echo - level >= LEAST_LOSS_DB,
        )
    )
    print(f"echo {echo:.1f} dB, with the canceller {left_over:.1f} dB")
    assert echo - left_over >= LEAST_LOSS_DB

    after = pair.quality(near, tmp_path, enough=before - MOST_PESQ_LOST)
    assert after >= before - MOST_PESQ_LOST
    assert not re.search("MUTED", pair.left.screen())
