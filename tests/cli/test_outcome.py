"""Whatever a command meets, it says one sentence and has an exit status."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click import Context
from click.testing import CliRunner

from tui_call.cli import _COMMANDS, cli
from tui_call.cli.outcome import DEFECTS_FILE, FAILED, UNFORESEEN, end_with
from tui_call.config.paths import NoHome, ProfilePaths

SECONDS = 60
PROGRAM = (sys.executable, "-m", "tui_call")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TUI_CALL_HOME", str(tmp_path))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    return tmp_path


def without(*descriptors: int) -> Callable[[], None]:
    def close() -> None:
        for descriptor in descriptors:
            os.close(descriptor)

    return close


@pytest.mark.e2e
@pytest.mark.parametrize("command", [("doctor", "--json"), ("--help",), ("--version",)])
def test_an_output_that_takes_nothing_is_said(command: tuple[str, ...]) -> None:
    with Path("/dev/full").open("w") as full:
        said = subprocess.run(
            [*PROGRAM, *command],
            stdout=full, stderr=subprocess.PIPE, text=True, timeout=SECONDS, check=False,
        )  # fmt: skip
    assert said.returncode == FAILED
    assert said.stderr == "tui-call: Not everything could be written: No space left on device.\n"


@pytest.mark.e2e
def test_an_output_that_is_closed_is_said() -> None:
    said = subprocess.run(
        [*PROGRAM, "doctor"], preexec_fn=without(1),
        stderr=subprocess.PIPE, text=True, timeout=SECONDS, check=False,
    )  # fmt: skip
    assert said.returncode == FAILED
    assert said.stderr == "tui-call: Not everything could be written: Bad file descriptor.\n"


@pytest.mark.e2e
def test_a_reader_that_went_away_ends_a_command_without_a_word() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as pipe:
        said = subprocess.run(
            [*PROGRAM, "doctor"],
            stdout=pipe, stderr=subprocess.PIPE, text=True, timeout=SECONDS, check=False,
        )  # fmt: skip
    assert (said.returncode, said.stderr) == (FAILED, "")


@pytest.mark.e2e
def test_a_fault_has_its_exit_status_where_nothing_can_be_said() -> None:
    said = subprocess.run(
        [*PROGRAM, "status"], preexec_fn=without(0, 1, 2), timeout=SECONDS, check=False
    )
    assert said.returncode == FAILED


@pytest.mark.e2e
@pytest.mark.parametrize("command", [(), ("call", "echo"), ("answer",)])
def test_the_app_is_not_drawn_into_a_pipe(command: tuple[str, ...]) -> None:
    said = subprocess.run(
        [*PROGRAM, *command], env={**os.environ, "TERM": "xterm"},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS, check=False,
    )  # fmt: skip
    assert (said.returncode, said.stdout) == (FAILED, "")
    assert said.stderr.startswith("tui-call: The app needs a terminal.")


@pytest.mark.parametrize("command", ["", *_COMMANDS])
def test_every_command_tells_what_it_takes(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if command:  # click keeps how another test asked
        monkeypatch.setattr(cli.get_command(Context(cli), command), "_help_option", None)
    short, long = (
        CliRunner().invoke(cli, [*command.split(), option]) for option in ("-h", "--help")
    )
    assert (short.exit_code, short.output) == (0, long.output)
    assert "-h, --help" in short.output


@pytest.mark.e2e
def test_what_a_terminal_cannot_show_is_replaced() -> None:
    said = subprocess.run(
        [sys.executable, "-c", "from tui_call.cli.outcome import *; take_over_output();"
         "sys.exit(end_with(lambda: click.echo('Zoë 🐬')))"],
        env={**os.environ, "PYTHONIOENCODING": "latin-1", "PYTHONPATH": str(Path.cwd())},
        capture_output=True, encoding="latin-1", timeout=SECONDS, check=False,
    )  # fmt: skip
    assert (said.returncode, said.stdout, said.stderr) == (0, "Zoë ?\n", "")


@pytest.mark.e2e
def test_what_is_typed_and_is_no_text_is_replaced() -> None:
    said = subprocess.run(
        [sys.executable, "-c", "from tui_call.cli.outcome import *; take_over_output();"
         "print(ascii(sys.stdin.read()))"],
        env={**os.environ, "PYTHONIOENCODING": "utf-8", "PYTHONPATH": str(Path.cwd())},
        input=b"caf\xe9\nquit\n", capture_output=True, timeout=SECONDS, check=False,
    )  # fmt: skip
    assert (said.returncode, said.stdout) == (0, b"'caf\\ufffd\\nquit\\n'\n")


def test_what_nobody_foresaw_is_a_sentence_and_its_place_is_written_down(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = "ada@home.example"

    def command() -> None:
        raise KeyError(name)

    assert end_with(command) == UNFORESEEN
    said = capsys.readouterr().err
    assert said.startswith("tui-call: Something went wrong that nobody foresaw: KeyError. ")
    assert said.count("\n") == 1
    notes = (ProfilePaths().state_directory / DEFECTS_FILE).read_text()
    assert "in command" in notes
    assert name not in said + notes


def test_a_user_without_a_home_is_told_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(_: int) -> None:
        raise KeyError

    for name in ("TUI_CALL_HOME", "HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("pwd.getpwuid", unknown)
    for place in ("config_directory", "data_directory", "state_directory", "runtime_directories"):
        with pytest.raises(NoHome, match="Set HOME"):
            getattr(ProfilePaths(), place)
