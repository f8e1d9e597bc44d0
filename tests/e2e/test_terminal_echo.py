"""The application as a newcomer meets it: in a terminal, by the keys that the screen names."""

import re
import subprocess
from pathlib import Path

import numpy as np
import pytest

from tests.support.household import App, Household
from tui_call.sentences import sentence
from tui_call.voice.alignment import align
from tui_call.voice.devices.sound_file import read_sound_file

pytestmark = pytest.mark.e2e

TEXT = "It is easy to tell the depth of a well. These days a chicken leg is a rare dish. " * 3
ECHO_SECONDS = 1.0


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    wav = tmp_path_factory.mktemp("speech") / "spoken.wav"
    subprocess.run(["espeak-ng", "-w", str(wav), TEXT], check=True, timeout=20)
    return wav


def speaking(spoken: Path, heard: Path | str = "") -> Household:
    """Return a household whose microphone is a file, and whose speaker may be one."""
    return Household(
        {
            "TUI_CALL_AUDIO__PORT": "files",
            "TUI_CALL_AUDIO__INPUT_FILE": str(spoken),
            "TUI_CALL_AUDIO__OUTPUT_FILE": str(heard),
        }
    )


def call_echo(app: App) -> None:
    app.wait_for("> Echo")
    app.use("enter", "Call")
    app.wait_for("^ ⛨ E2EE new +Echo .*MIC ON")


def digits_on(screen: str) -> str:
    """Return the code that a keys panel shows."""
    halves = re.findall(r" reads? +(\d{4}(?: +\d{4})*)", screen)
    return " ".join(" ".join(halves).split())


def test_a_newcomer_calls_echo(spoken: Path, tmp_path: Path) -> None:
    heard = tmp_path / "heard.wav"
    with speaking(spoken, heard) as home, home.app() as app:
        app.set_up("Ada")
        call_echo(app)
        app.wait_for("Echo .* speaking")
        app.use("v", "Keys")
        shown = digits_on(app.wait_for("Both screens must show the same"))
        assert len(shown) == len("0000 0000 0000 0000 0000")
        assert home.json("keys")["digits"] == shown
        assert home.json("keys", profile="echo")["digits"] == shown
        app.use("esc", "Later")
        app.use("enter", "says why")
        app.wait_for("r +Record +off")
        app.use("r", "Record")
        app.wait_for(re.escape(sentence("E_RECORD").text))
        app.wait_for("00:00:(0[6-9]|[1-9])")  # so long that enough came back
        app.use("ctrl+x", "End")
        app.wait_for("Call ended after .* You hung up")
        app.use("esc", "Back")
        app.wait_for("> Echo")
        app.use("q", "Leave")
        assert app.wait_for_exit() == 0
    delays = align(read_sound_file(spoken), read_sound_file(heard)).delays
    assert len(delays) > 5
    assert ECHO_SECONDS < np.median(delays) < ECHO_SECONDS + 0.5


@pytest.mark.parametrize(
    ("columns", "rows", "place_of_record", "echo_speaks"),
    [
        (120, 40, "Off in an E2EE call: record", r"│ +│ +\S+ +speaking"),
        (60, 15, "Off in E2EE", "Echo .* speaking"),
    ],
)
def test_other_sizes_lead_to_the_same_call(
    spoken: Path, columns: int, rows: int, place_of_record: str, echo_speaks: str
) -> None:
    with speaking(spoken) as home, home.app(columns=columns, rows=rows) as app:
        app.set_up("Ada")
        call_echo(app)
        app.wait_for(place_of_record)
        app.wait_for(echo_speaks)
        app.use("v", "Keys")
        assert digits_on(app.wait_for("must show the same")) == home.json("keys")["digits"]
        app.use("ctrl+x", "End")
        app.wait_for("You hung up")


def test_a_call_outlives_its_screen_and_a_screen_its_engine(spoken: Path) -> None:
    with speaking(spoken) as home:
        with home.app() as first:
            first.set_up("Ada")
            call_echo(first)
        call = home.json("status")["calls"][0]
        assert (call["phase"], call["microphone"]) == ("active", "on")
        with home.app() as second:
            second.wait_for("^ ⛨ E2EE new +Echo .*MIC ON")
            home.kill_engine()
            lost = second.wait_for(r"^ \? NO ENGINE")
            assert sentence("G_ENGINE_LOST").text in lost
            assert "MIC" not in lost
            assert "E2EE" not in lost
            second.use("enter", "Start it")
            second.wait_for("> Echo")
