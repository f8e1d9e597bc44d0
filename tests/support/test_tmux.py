"""The helper for real terminals: what a program writes is seen, what is pressed arrives."""

import sys

import pytest

from tests.support.tmux import NeverShown, Terminal

pytestmark = pytest.mark.e2e

ECHO = """
import shutil
print("size", *shutil.get_terminal_size())
name = input("Who? ")
print(f"Hello, {name} ⛨")
raise SystemExit(3)
"""


def test_a_program_is_driven_and_read() -> None:
    with Terminal([sys.executable, "-c", ECHO], columns=100, rows=30) as terminal:
        assert "size 100 30" in terminal.wait_for(r"^Who\?")
        terminal.type("Ada; Lovelace")
        terminal.press("Enter")
        terminal.wait_for(r"Hello, Ada; Lovelace ⛨")
        assert terminal.wait_for_exit() == 3


def test_what_never_shows_is_told_with_the_screen() -> None:
    with Terminal([sys.executable, "-c", ECHO], environment={"NO_COLOR": "1"}) as terminal:
        terminal.wait_for(r"Who\?")
        with pytest.raises(NeverShown, match=r"0\.2 s passed(.|\n)*Who\?"):
            terminal.wait_for("Goodbye", within=0.2)


def test_a_program_that_ends_is_not_waited_for() -> None:
    with (
        Terminal([sys.executable, "-c", "print('last words')"]) as terminal,
        pytest.raises(NeverShown, match=r"ended(.|\n)*last words"),
    ):
        terminal.wait_for("Goodbye", within=30)


def test_terminals_do_not_see_each_other() -> None:
    with Terminal(["cat"]) as one, Terminal(["cat"]) as two:
        one.type("first")
        one.wait_for("first")
        one.close()
        two.type("second")
        assert "first" not in two.wait_for("second")
