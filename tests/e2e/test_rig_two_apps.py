"""Two people on one computer with real sound devices: what one says the other one hears."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.rig_pair import Pair, a_pair, spoken, with_pauses
from tui_call.sentences import sentence
from tui_call.voice.alignment import align
from tui_call.voice.samples import Samples

pytestmark = [pytest.mark.e2e, pytest.mark.sound]

LEAST_PESQ = 3.3

CAPABILITIES = {
    "r": "E_RECORD",
    "t": "E_CAPTIONS",
    "T": "E_TRANSCRIPT",
    "x": "E_TRANSFER",
    "p": "E_PARK",
    "g": "E_MERGE",
    "+": "E_ADD",
}


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    with a_pair() as two:
        yield two


@pytest.fixture(scope="module")
def speech(tmp_path_factory: pytest.TempPathFactory) -> list[Samples]:
    return spoken(tmp_path_factory.mktemp("speech"))


def test_speech_is_heard_as_it_was_said(pair: Pair, speech: list[Samples], tmp_path: Path) -> None:
    pair.talk()
    assert pair.quality(speech, tmp_path, enough=LEAST_PESQ) >= LEAST_PESQ


def test_both_screens_show_the_same_code(pair: Pair) -> None:
    pair.talk()
    codes = []
    for app in (pair.left, pair.right):
        app.use("v", "Keys")
        halves = re.findall(r" reads? +(\d{4}(?: +\d{4})*)", app.wait_for("must show the same"))
        codes.append(" ".join(" ".join(halves).split()))
        app.use("esc", "Later")
        app.wait_for("Off in an E2EE call")
    assert re.fullmatch(r"(\d{4} ){4}\d{4}", codes[0])
    assert codes[0] == codes[1]


def test_what_e2ee_closes_answers_with_its_own_sentence(pair: Pair) -> None:
    pair.talk()
    pair.left.wait_for("Off in an E2EE call: record, captions, transcript and 6 more")
    for key, code in CAPABILITIES.items():
        pair.left.press(key)
        pair.left.wait_for(re.escape(sentence(code).text))
    assert len({sentence(code).text for code in CAPABILITIES.values()}) == len(CAPABILITIES)


def test_devices_may_go_and_come_back_in_a_call(
    pair: Pair, speech: list[Samples], tmp_path: Path
) -> None:
    pair.talk()
    pair.rig.stop()
    pair.left.wait_for(re.escape(sentence("G_MIC_LOST", dev="left", peer="Grace").text))
    pair.right.wait_for(re.escape(sentence("G_MIC_LOST", dev="right", peer="Ada").text))
    for profile in ("default", "second"):
        assert pair.home.json("status", profile=profile)["calls"][0]["phase"] == "active"
    pair.rig.start()
    for app, name in ((pair.left, "left"), (pair.right, "right")):
        app.wait_for(f"Microphone {name} is back")
        app.wait_for("^ ⛨ E2EE .*MIC ON")
    said = with_pauses(speech[:2])
    assert align(said, pair.say(said, tmp_path)).heard


def test_e2ee_turned_off_beside_the_app_is_asked_about_at_the_next_call(pair: Pair) -> None:
    pair.end()
    settings = pair.home.client_toml("second")
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text('[e2ee]\ncalls = "off"\n')
    pair.right.wait_for("E2EE calls: off")
    pair.call()
    pair.left.wait_for("Not E2EE: the E2EE setting of Grace is off")
    pair.left.use("n", "No")
    pair.left.wait_for("No call with Grace came about")
    settings.unlink()
    pair.right.wait_for("E2EE calls: on")
