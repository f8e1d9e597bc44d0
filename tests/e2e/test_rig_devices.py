"""Other devices in a running call, chosen by keys; the sound is checked at the other end."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.support.household import DEADLINE, App
from tests.support.rig_pair import (
    Pair,
    a_pair,
    samples_of,
    spoken,
    wait_for_samples,
    with_pauses,
    write_wav,
)
from tests.support.tmux import POLL
from tui_call.sentences import sentence
from tui_call.voice.alignment import align
from tui_call.voice.samples import Samples
from tui_call.voice.sound import SAMPLE_RATE

pytestmark = [pytest.mark.e2e, pytest.mark.sound]

MOST_GAP_SECONDS = 0.100
WINDOW = SAMPLE_RATE // 200
SILENT_BELOW = 100.0
HEADINGS = ("Microphone", "Speaker", "Incoming calls ring at", "Your sound")


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    # Steady noise is what shows a gap, so nothing must take it out.
    switches = {"headphones": "true", "noise_suppression": "false"}
    names = ("left", "right", "spare", "late")
    with a_pair(names, not_yet=("late",), by_file=True, **switches) as two:
        yield two


@pytest.fixture(scope="module")
def speech(tmp_path_factory: pytest.TempPathFactory) -> Samples:
    return with_pauses(spoken(tmp_path_factory.mktemp("speech"))[:2])


def choose(pair: Pair, heading: str, name: str) -> None:
    """Choose a device of Ada's by keys, on the screen that is open."""
    pair.left.press("Home")
    pair.left.wait_for("> .*The system's default")
    while (place := cursor(pair.left)) != (heading, name):
        pair.left.press("Down")
        deadline = time.monotonic() + DEADLINE
        while cursor(pair.left) == place:
            assert time.monotonic() < deadline, pair.left.screen()
            time.sleep(POLL)
    pair.left.use("enter", "Choose")
    pair.left.wait_for(f"> ● in use +{name}")


def cursor(app: App) -> tuple[str, str]:
    """Return the heading above the chosen row, and its device."""
    heading = ""
    for row in app.screen().splitlines():
        if row.strip(" ─") in HEADINGS:
            heading = row.strip(" ─")
        if row.lstrip().startswith("> "):
            return heading, row.split()[-1]
    return heading, ""


def longest_gap(heard: Samples) -> float:
    """Return the seconds of the longest silence between the first and the last sound."""
    windows = heard[: len(heard) // WINDOW * WINDOW].reshape(-1, WINDOW).astype(float)
    loud = np.flatnonzero(np.sqrt(np.mean(windows**2, axis=1)) > SILENT_BELOW)
    assert len(loud)
    return float(np.max(np.diff(loud)) - 1) * WINDOW / SAMPLE_RATE


def test_another_microphone_and_speaker_leave_hardly_a_gap(pair: Pair, tmp_path: Path) -> None:
    pair.talk()
    random = np.random.default_rng(1)
    noise = (random.standard_normal(60 * SAMPLE_RATE) * 3000).astype(np.int16)
    write_wav(tmp_path / "noise.wav", noise)
    speakers = [pair.rig.begin_to_say(name, tmp_path / "noise.wav") for name in ("left", "spare")]
    try:
        heard = tmp_path / "heard.wav"
        listener = pair.rig.listen("right", heard)
        wait_for_samples(heard, SAMPLE_RATE)
        pair.left.use("d", "Devices")
        choose(pair, "Microphone", "spare")
        wait_for_samples(heard, len(samples_of(heard)) + SAMPLE_RATE)
        choose(pair, "Microphone", "left")
        wait_for_samples(heard, len(samples_of(heard)) + SAMPLE_RATE)
        listener.stop()
    finally:
        for speaker in speakers:
            speaker.terminate()
            speaker.wait()
    pair.left.use("esc", "Cancel")
    gap = longest_gap(samples_of(heard))
    print(f"longest gap {gap * 1000:.0f} ms")
    assert gap <= MOST_GAP_SECONDS


def test_a_device_is_pulled_and_another_one_chosen(
    pair: Pair, speech: Samples, tmp_path: Path
) -> None:
    pair.talk()
    assert align(speech, pair.say(speech, tmp_path)).heard
    pair.rig.unplug("left")
    pair.left.wait_for(re.escape(sentence("G_MIC_LOST", dev="left", peer="Grace").text))
    pair.left.use("d", "Devices")
    choose(pair, "Microphone", "spare")
    choose(pair, "Speaker", "spare")
    pair.left.use("esc", "Cancel")
    pair.left.wait_for("^ ⛨ E2EE .*MIC ON")
    assert align(speech, pair.say(speech, tmp_path, "spare", "right")).heard
    assert align(speech, pair.say(speech, tmp_path, "right", "spare")).heard


@pytest.mark.parametrize("name", ["left", "late"])
def test_a_device_that_is_plugged_in_during_the_call_can_be_chosen(
    pair: Pair, speech: Samples, tmp_path: Path, name: str
) -> None:
    """One that was pulled before, and one that was never there: the list is that of now."""
    pair.talk()
    pair.rig.plug(name)
    pair.left.use("d", "Devices")
    pair.left.wait_for(f"  {name}")
    choose(pair, "Microphone", name)
    choose(pair, "Speaker", name)
    pair.left.use("esc", "Cancel")
    assert align(speech, pair.say(speech, tmp_path, name, "right")).heard
    assert align(speech, pair.say(speech, tmp_path, "right", name)).heard


def test_one_hears_oneself_before_a_call(pair: Pair, speech: Samples, tmp_path: Path) -> None:
    pair.end()
    pair.right.use("3", "Settings")
    pair.right.use("d", "Devices")
    pair.right.wait_for("in use +right")
    pair.right.press("End")
    pair.right.wait_for("> .*off +Hear yourself")
    pair.right.use("enter", "Choose")
    pair.right.wait_for("> ● on +Hear yourself")
    heard = align(speech, pair.say(speech, tmp_path, "right", "right"))
    assert heard.heard
    pair.right.use("esc", "Cancel")
    pair.right.use("d", "Devices")
    pair.right.press("End")
    pair.right.wait_for("> .*off +Hear yourself")
    pair.right.use("esc", "Cancel")
