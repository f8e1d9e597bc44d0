"""`tui-call config`: over the engine where one runs, else over the files."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.fake_engine import FakeEngine, ready
from tui_call.cli import cli
from tui_call.cli import config as commands
from tui_call.cli.outcome import FAILED, REFUSED_INPUT, end_with
from tui_call.config.paths import ProfilePaths
from tui_call.control.actions import ChangeSetting
from tui_call.control.client import EngineUnreachable

Type = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TUI_CALL_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def file() -> Path:
    return ProfilePaths().client_files.user


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Type:
    """Type a command; return its exit status, and what it says on both outputs."""

    def typed(*words: str) -> tuple[int, str, str]:
        status = end_with(lambda: cli(["config", *words], prog_name="tui-call"))
        said = capsys.readouterr()
        return status, said.out.strip(), said.err.strip()

    return typed


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> FakeEngine:
    """Have an engine run."""
    fake = FakeEngine(ready())

    def run(_profile: str, work: Callable[[Any], Awaitable[Any]], **_: bool) -> Any:
        return asyncio.run(work(fake))  # type: ignore[arg-type]

    monkeypatch.setattr(commands, "run", run)
    return fake


def test_a_setting_is_written_and_read_without_an_engine(command: Type, file: Path) -> None:
    file.parent.mkdir(parents=True)
    file.write_text("# mine\n[ui]\ncalm = true  # quiet\n")
    assert command("set", "e2ee.calls", "require") == (0, "e2ee.calls = require", "")
    assert command("get", "e2ee.calls")[1] == "require"
    assert file.read_text().startswith("# mine\n[ui]\ncalm = true  # quiet\n")
    assert command("set", "e2ee.calls", "--default") == (0, "e2ee.calls = follow", "")
    assert command("get", "e2ee.calls")[1] == "follow"


def test_while_an_engine_runs_it_alone_writes(
    command: Type, engine: FakeEngine, file: Path
) -> None:
    assert command("set", "ui.calm", "on")[0] == 0
    assert command("set", "ui.calm", "--default")[0] == 0
    assert engine.actions == [ChangeSetting("ui.calm", "on"), ChangeSetting("ui.calm", None)]
    assert not file.exists()


def test_what_the_engine_uses_is_shown_with_who_set_it_and_what_limits_it(
    command: Type, engine: FakeEngine
) -> None:
    assert command("get", "audio.microphone")[1] == "Blue Yeti"
    shown = command("show", "--origin")[1].splitlines()
    assert "audio.microphone = Blue Yeti (client.toml)" in shown
    limited = next(line for line in shown if line.startswith("network.relay_only"))
    assert limited.startswith("network.relay_only = true (environment) E2EE is required by policy")
    rows = json.loads(command("show", "--json")[1])["settings"]
    assert {row["key"]: row["limited_by"] for row in rows}["ui.calm"] == ""


def test_without_an_engine_it_is_said_that_limits_are_not_known(
    command: Type, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TUI_CALL_UI__CALM", "yes")
    status, shown, beside = command("show", "--origin")
    assert status == 0
    assert "ui.calm = true (environment)" in shown.splitlines()
    assert 'audio.speaker = "" (default)' in shown.splitlines()
    assert beside.startswith("No engine is running")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("get", "e2e.calls"), "e2e.calls is not known. Did you mean e2ee.calls?"),
        (("set", "ui.thme", "light"), "ui.thme is not known. Did you mean ui.theme?"),
        (("set", "ui.theme", "drak"), "ui.theme: allowed: dark, light, mono, ansi"),
        (("set", "keys.call.keys", "ctrl+m"), "keys.call.keys: ctrl+m cannot be bound"),
        (("set", "service.port", "no", "--service"), "service.port: allowed: a whole number"),
        (("get", "ui.theme", "--service"), "ui.theme is not known."),
    ],
)
def test_input_that_is_refused_has_its_exit_status_and_says_what_is_taken(
    command: Type, home: Path, words: tuple[str, ...], said: str
) -> None:
    status, out, err = command(*words)
    assert (status, out) == (REFUSED_INPUT, "")
    assert err.startswith(f"tui-call: {said}")
    assert list(home.rglob("*.toml")) == []


def test_what_the_environment_sets_is_not_written_in_vain(
    command: Type, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TUI_CALL_UI__CALM", "yes")
    status, _, said = command("set", "ui.calm", "off")
    assert status == FAILED
    assert "TUI_CALL_UI__CALM" in said
    assert not file.exists()


def test_the_services_file_is_another_one(command: Type, home: Path, engine: FakeEngine) -> None:
    status, out, beside = command("set", "service.port", "25111", "--service")
    assert (status, out) == (0, "service.port = 25111")
    assert "when it starts" in beside
    assert command("get", "service.port", "--service")[1] == "25111"
    assert command("path", "--service")[1] == str(home / "config" / "service.toml")
    assert engine.actions == []


def test_a_key_of_the_screen_has_its_default(command: Type) -> None:
    assert command("get", "keys.call.hold")[1] == "h"
    assert command("set", "keys.call.hold", "ctrl+h")[0] == REFUSED_INPUT
    assert command("set", "keys.call.hold", "H")[0] == 0
    assert "keys.call.hold = H" in command("show")[1].splitlines()


def test_after_editing_it_is_said_what_is_wrong(
    command: Type, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\nprintf \'[ui]\\nthem = "light"\\n\' > "$1"\n')
    editor.chmod(0o700)
    monkeypatch.setenv("VISUAL", str(editor))
    status, _, said = command("edit")
    assert status == REFUSED_INPUT
    assert f"{file}:2: ui.them: not known; did you mean ui.theme?" in said


def test_a_file_that_is_not_there_is_edited_with_every_key_in_it(
    command: Type, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VISUAL", "true")
    assert command("edit") == (0, "", "")
    assert '#calls = "follow"' in file.read_text()


def test_no_engine_is_started_for_a_setting(command: Type, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []

    def run(*_: object, start: bool = True, **__: object) -> None:
        asked.append(start)
        raise EngineUnreachable

    monkeypatch.setattr(commands, "run", run)
    command("get", "ui.theme")
    command("set", "ui.theme", "light")
    assert asked == [False, False]
