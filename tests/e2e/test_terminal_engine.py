"""A screen whose engine stands still, is ended, or is started again from another terminal."""

import signal

import pytest

from tests.support.household import Household

pytestmark = pytest.mark.e2e

FILES = {"TUI_CALL_AUDIO__PORT": "files"}


def test_a_screen_comes_back_by_itself() -> None:
    with Household(FILES) as home, home.app() as app:
        app.wait_for("What is your name")
        home.signal_engine(signal.SIGSTOP)
        app.wait_for("NO ENGINE")
        app.wait_for("This screen lost the engine")
        home.signal_engine(signal.SIGCONT)
        app.wait_for("What is your name")
        assert home.command("stop") == "The engine has ended.\n"
        app.wait_for("The engine was told to end")
        with home.app() as other:
            other.wait_for("What is your name")
            app.wait_for("What is your name")
