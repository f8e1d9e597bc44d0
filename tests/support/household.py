"""The whole application as one user of a computer has it: apps in terminals, engines, a service.

Everything keeps its files below one directory and is started as a person would start it. Closing
the household ends the processes that keep files there, and no other; so they can be ended at any
moment of a test, in whatever state it left them. It fails where one of them used a nonce again.
"""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.support.sealing_spy import WATCHED_PROCESS, expect_no_nonce_twice
from tests.support.tmux import POLL, Terminal

DEADLINE = 40.0
"""For everything that has to happen: far more than it takes, even on a busy computer."""

PROGRAM = str(Path(sys.executable).with_name("tui-call"))

_END_SECONDS = 10.0
_TMUX_NAMES = {"enter": "Enter", "esc": "Escape", "ctrl+x": "C-x", "down": "Down"}


class App(Terminal):
    """`tui-call` in a terminal, used by what its screen says."""

    def wait_for(self, pattern: str, within: float = DEADLINE) -> str:
        """Wait as `Terminal` does, but longer."""
        return super().wait_for(pattern, within)

    def use(self, key: str, label: str) -> None:
        """Press a key as soon as the screen names it, as "key label".

        Raises:
            NeverShown: it does not name it.
        """
        self.wait_for(rf"(^|[ │]){re.escape(key)} +{re.escape(label)}( |$)")
        self.press(_TMUX_NAMES.get(key, key))

    def set_up(self, name: str) -> None:
        """Go through Welcome to People: E2EE on, and a key without protection."""
        self.wait_for("your name")
        self.type(name)
        self.use("enter", "Next")
        self.wait_for("2 of 3")
        self.use("enter", "Next")
        self.wait_for("3 of 3")
        self.use("enter", "Start")
        self.wait_for("> A passphrase")
        self.use("down", "Next row")
        self.wait_for("> Nothing")
        self.use("enter", "Start")
        self.wait_for("People +E2EE calls: on")


class Household:
    """A directory with the files of a user, and the processes that belong to it."""

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        """Make the directory; starts nothing.

        Args:
            environment: added to the own environment, for every process.
        """
        self._directory = tempfile.TemporaryDirectory(prefix="tui-call-")
        self.home = Path(self._directory.name)
        self.environment = {
            "TUI_CALL_HOME": str(self.home),
            "TUI_CALL_SERVICE__LISTEN": "127.0.0.1",
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
            **WATCHED_PROCESS,
            **(environment or {}),
        }

    def __enter__(self) -> Self:
        """Return the household."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the household."""
        self.close()

    def app(
        self,
        profile: str = "default",
        *,
        columns: int = 80,
        rows: int = 24,
        environment: Mapping[str, str] | None = None,
    ) -> App:
        """Open the application in a new terminal."""
        return App(
            [PROGRAM, "--profile", profile],
            columns=columns,
            rows=rows,
            environment={**self.environment, **(environment or {})},
        )

    def command(self, *arguments: str, profile: str = "default") -> str:
        """Run `tui-call` with arguments as from another terminal, and return what it says."""
        done = subprocess.run(
            [PROGRAM, "--profile", profile, *arguments],
            env={**os.environ, **self.environment},
            capture_output=True, text=True, timeout=DEADLINE, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def json(self, *arguments: str, profile: str = "default") -> Any:
        """Return what a command says with `--json`."""
        return json.loads(self.command(*arguments, "--json", profile=profile))

    def kill_engine(self, profile: str = "default") -> None:
        """End a profile's engine without a word."""
        self.signal_engine(signal.SIGKILL, profile)

    def signal_engine(self, sign: signal.Signals, profile: str = "default") -> None:
        """Send a signal to a profile's engine."""
        os.kill(self._pid("engine", "--profile", profile), sign)

    def client_toml(self, profile: str = "default") -> Path:
        """Return where a profile's configuration is."""
        folder = self.home / "config"
        return (folder if profile == "default" else folder / "profiles" / profile) / "client.toml"

    def close(self) -> None:
        """End what is left and remove the files."""
        told: set[int] = set()
        patience = time.monotonic() + _END_SECONDS
        while left := set(self._processes()):
            late = time.monotonic() > patience
            # An engine that loses its service may just have started another one.
            for pid in left if late else left - told:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL if late else signal.SIGTERM)
            told |= left
            time.sleep(POLL)
        with self._directory:
            expect_no_nonce_twice(self.home)

    def _pid(self, *words: str) -> int:
        return next(
            pid
            for pid, command in self._processes().items()
            if all(word in command for word in words)
        )

    def _processes(self) -> dict[int, list[str]]:
        """Return number and command line of each process with this home in its environment."""
        mark = f"TUI_CALL_HOME={self.home}".encode()
        found: dict[int, list[str]] = {}
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit() or int(entry.name) == os.getpid():
                continue
            try:
                if mark in (entry / "environ").read_bytes().split(b"\0"):
                    found[int(entry.name)] = (entry / "cmdline").read_text().split("\0")
            except OSError:
                continue  # ended just now, or somebody else's
        return found
