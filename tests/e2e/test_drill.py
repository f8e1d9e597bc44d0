"""`tui-call drill mitm` as a person runs it: real processes, a real attack, a real refusal."""

import contextlib
import json
import os
import re
import signal
import subprocess
import tempfile
import time
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.audio_rig import AudioRig
from tests.support.household import DEADLINE, PROGRAM, App
from tests.support.tmux import POLL
from tui_call.sentences import sentence
from tui_call.voice.alignment import align
from tui_call.voice.devices.sound_file import read_sound_file
from tui_call.voice.sound import SAMPLE_RATE

pytestmark = pytest.mark.e2e

CODE = r"\d{4}(?: \d{4}){4}"
QUIET = 100


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    """A user without files, sound devices and keyring, whose temporary files are in one place.

    Its path is short, because the engines' sockets are in it.
    """
    with tempfile.TemporaryDirectory(prefix="drill-") as temporary:
        yield {
            "HOME": str(tmp_path / "home"),
            "TMPDIR": temporary,
            "TUI_CALL_AUDIO__PORT": "files",
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        }


def left_of(environment: dict[str, str]) -> list[str]:
    """Return what a drill has left: files, and processes that it started."""
    temporary = environment["TMPDIR"]
    left = [str(path) for path in Path(temporary).iterdir()]
    left += [str(path) for path in Path(environment["HOME"]).glob("**/*")]
    mark = f"TUI_CALL_HOME={temporary}/".encode()
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and mark in (entry / "environ").read_bytes():
                left.append((entry / "cmdline").read_text())
    return left


def assert_refused_and_heard(shown: dict[str, Any]) -> None:
    caller, callee = shown["strangers"]["caller"], shown["strangers"]["callee"]
    for form in ("digits", "words", "emoji"):
        assert caller["code"][form] != callee["code"][form]
    for side in (caller, callee):
        assert side["shield"]["code"] == "SH_NEW"
        assert side["heard"]["said_is_on_tape"]
        assert side["heard"]["windows"] > 10
        assert side["end"]["code"] == "SH_DIFFER"
    pinned = shown["acquaintances"]
    assert pinned["caller"]["honest_code"] == pinned["callee"]["honest_code"]
    assert not pinned["rang"]
    assert pinned["caller"]["end"]["text"] == sentence("R_KEY_CHANGED", "caller", peer="Ben").text
    assert pinned["callee"]["end"]["text"] == sentence("R_KEY_CHANGED", "callee", peer="Ada").text


def test_strangers_get_two_codes_and_known_keys_refuse_the_call(
    environment: dict[str, str], tmp_path: Path
) -> None:
    heard = tmp_path / "tape"
    done = subprocess.run(
        [PROGRAM, "drill", "mitm", "--json", "--seconds", "3", "--output", str(heard)],
        env={**os.environ, **environment},
        capture_output=True, text=True, timeout=3 * DEADLINE, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    shown = json.loads(done.stdout)
    assert shown["defended"]
    assert_refused_and_heard(shown)
    with wave.open(str(heard / "heard.wav")) as file:
        assert (file.getnchannels(), file.getframerate()) == (2, 48_000)
        assert file.getnframes() >= 3 * 48_000
    assert left_of(environment) == []


def test_a_person_learns_from_a_wrong_answer_and_hears_what_he_heard(
    environment: dict[str, str], tmp_path: Path
) -> None:
    played = tmp_path / "played.wav"
    command = [PROGRAM, "drill", "mitm", "--seconds", "3", "--output", str(tmp_path / "tape")]
    with AudioRig(("left",)) as rig:
        devices = {"TUI_CALL_AUDIO__PORT": "devices", "TUI_CALL_AUDIO__SPEAKER": "left"}
        listener = rig.listen("left", played)
        with App(command, environment={**rig.environment, **environment, **devices}) as screen:
            two_codes_and_a_wrong_answer(screen)
            screen.use("enter", "Go on")
            screen.wait_for(re.escape(sentence("D_PLAYS").text))
            screen.wait_for(re.escape(sentence("D_THEN_KNOWN").text))
            listener.stop()
            screen.use("enter", "Go on")
            screen.wait_for(re.escape(sentence("D_ONCE_MORE").text))
            screen.use("enter", "Go on")
            shown = screen.wait_for(re.escape(sentence("D_OVER").text))
            assert "✖ KEY CHANGED" in shown
            assert sentence("D_STOPPED").text in shown
            screen.use("q", "Leave")
            assert screen.wait_for_exit(DEADLINE) == 0
    assert is_heard_in(played, tmp_path / "tape" / "heard.wav")
    assert left_of(environment) == []


def two_codes_and_a_wrong_answer(screen: App) -> None:
    shown = screen.wait_for(re.escape(sentence("D_ASK").text), 2 * DEADLINE)
    assert shown.lstrip().startswith("✖ DRILL")
    assert "✖ INTRUDER" in shown
    assert shown.count("⛨ E2EE new") == 2
    codes = re.search(rf"({CODE}) +({CODE})", shown)
    assert codes is not None
    ada, ben = codes.groups()
    assert ada != ben
    screen.use("y", "They match")
    shown = screen.wait_for("enter Go on")
    assert f"No: {ada[:4]} is not {ben[:4]}" in shown
    assert sentence("D_WRONG_LATER").text in shown
    assert shown.count("✖ CODES DIFFER") == 2


def is_heard_in(played: Path, tape: Path) -> bool:
    """Tell whether the loudspeaker gave the tape; it was silent before."""
    sound = read_sound_file(played)
    begins = int(np.flatnonzero(np.abs(sound) > QUIET)[0])
    return align(read_sound_file(tape), sound[max(0, begins - SAMPLE_RATE) :]).heard


def test_ctrl_c_leaves_nothing_behind(environment: dict[str, str]) -> None:
    drill = subprocess.Popen(
        [PROGRAM, "drill", "mitm"],
        env={**os.environ, **environment, "PYTHONUNBUFFERED": "1"},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert drill.stdout is not None
    for line in drill.stdout:
        if sentence("D_TAKEN").text in line:
            break
    drill.send_signal(signal.SIGINT)
    _, errors = drill.communicate(timeout=DEADLINE)
    assert drill.returncode == 1
    assert errors.strip() == "Aborted!"
    assert left_of(environment) == []


@pytest.mark.parametrize("arguments", [(), ("--linear",)], ids=["screen", "lines"])
def test_closing_the_terminal_leaves_nothing_behind(
    environment: dict[str, str], arguments: tuple[str, ...]
) -> None:
    with App([PROGRAM, *arguments, "drill", "mitm"], environment=environment) as screen:
        screen.wait_for(re.escape(sentence("D_TAKEN").text))
        assert left_of(environment)
    deadline = time.monotonic() + DEADLINE
    while left_of(environment):
        assert time.monotonic() < deadline, left_of(environment)
        time.sleep(POLL)
