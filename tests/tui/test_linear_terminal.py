"""`tui-call` where the terminal can only append lines: from the first start to a call and back."""

import subprocess
import time
from pathlib import Path

import pytest

from tests.support.household import DEADLINE, PROGRAM
from tests.support.tmux import Terminal

pytestmark = pytest.mark.e2e


def environment(home: Path) -> dict[str, str]:
    return {
        "TERM": "dumb",
        "TUI_CALL_HOME": str(home),
        "TUI_CALL_AUDIO__PORT": "silent",
        "TUI_CALL_SERVICE__LISTEN": "127.0.0.1",
        "TUI_CALL_SERVICE__IDLE_END_S": "1",
        "TUI_CALL_ENGINE__END_WHEN_IDLE_S": "1",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
    }


def tell(terminal: Terminal, line: str) -> None:
    terminal.type(line)
    terminal.press("Enter")


def wait_for_people(terminal: Terminal) -> None:
    deadline = time.monotonic() + DEADLINE
    while "echo@" not in terminal.screen() and time.monotonic() < deadline:
        tell(terminal, "people")
        terminal.wait_for(r"people\n(.+@|Nobody)")


def test_a_dumb_terminal_gets_lines(tmp_path: Path) -> None:
    variables = [f"{name}={value}" for name, value in environment(tmp_path).items()]
    with Terminal(["env", *variables, PROGRAM], rows=100) as terminal:
        terminal.wait_for("What is your name", within=DEADLINE)
        tell(terminal, "Ada Lovelace")
        terminal.wait_for("on or off")
        tell(terminal, "on")
        terminal.wait_for("plain: your key in a file")
        tell(terminal, "plain")
        terminal.wait_for("There is no call now. E2EE calls are on.", within=DEADLINE)
        wait_for_people(terminal)
        tell(terminal, "call echo")
        terminal.wait_for(r"^⛨ E2EE new\. ", within=DEADLINE)
        tell(terminal, "keys")
        terminal.wait_for(r"digits: you read \d{4}, \d{4}, \d{4}\. They read \d{4}, \d{4}\.")
        tell(terminal, "end")
        terminal.wait_for("Call ended after")
        tell(terminal, "quit")
        assert terminal.wait_for_exit() == 0
        shown = terminal.screen(colours=True)
        assert "What is your name" in shown
        assert "\x1b" not in shown


def test_the_end_of_input_is_an_end(tmp_path: Path) -> None:
    ended = subprocess.run(
        ["env", *(f"{name}={value}" for name, value in environment(tmp_path).items()), PROGRAM],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=DEADLINE, check=False,
    )  # fmt: skip
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "What is your name" in ended.stdout
