"""Processes take nothing from where the person stands."""

import os
from pathlib import Path

import pytest

from tui_call.control import processes


@pytest.mark.e2e
@pytest.mark.parametrize("module", ["tui_call.profile.derive", "tui_call.voice.devices.listing"])
def test_no_module_runs_from_where_the_person_stands(
    module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = tmp_path / "ran"
    for name in ("json", "struct", "cryptography", "sounddevice"):
        (tmp_path / f"{name}.py").write_text(f"open({str(mark)!r}, 'w')\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(["", "."]))
    processes.run_module(module, within=60)
    assert not mark.exists()


def test_what_is_said_relative_to_here_is_said_absolutely(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TUI_CALL_HOME", "files")
    monkeypatch.setenv("TUI_CALL_AUDIO__OUTPUT_FILE", "~/heard.wav")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(["", "lib", "/usr/lib/mine"]))
    told = processes.environment({"TUI_CALL_AUDIO__INPUT_FILE": "spoken.wav"})
    assert told["TUI_CALL_HOME"] == str(tmp_path / "files")
    assert told["TUI_CALL_AUDIO__INPUT_FILE"] == str(tmp_path / "spoken.wav")
    assert told["TUI_CALL_AUDIO__OUTPUT_FILE"] == str(Path("~/heard.wav").expanduser())
    assert told["PYTHONPATH"] == "/usr/lib/mine"
