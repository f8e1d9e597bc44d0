"""A program in a real terminal: keys in, screen text out, by way of tmux.

Every `Terminal` has a tmux server of its own, on a socket in a directory of its own, without the
user's configuration; closing it ends that server, and no other.
"""

import os
import re
import shlex
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

POLL = 0.02


class NeverShown(AssertionError):
    """The screen did not show what was waited for; the message holds what it showed."""


class Terminal:
    """A command in a terminal of a fixed size.

    Args:
        command: the program and its arguments.
        columns: width in cells.
        rows: height in cells.
        environment: added to the environment of the program.
        directory: where the program starts.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        columns: int = 80,
        rows: int = 24,
        environment: Mapping[str, str] | None = None,
        directory: Path | None = None,
    ) -> None:
        self._home = tempfile.TemporaryDirectory(prefix="tmux-")
        self._socket = str(Path(self._home.name) / "socket")
        self._exit_code = Path(self._home.name) / "exit-code"
        # The pane stays after the program has ended, so that its last words can be read; tmux's
        # own way to do that loses exit codes (3.3a). A trap keeps ctrl+c from ending the shell.
        script = (
            f"trap : INT; {shlex.join(command)}; "
            f"echo $? >{shlex.quote(str(self._exit_code))}; exec cat >/dev/null"
        )
        settings = [f"-e{name}={value}" for name, value in (environment or {}).items()]
        self._tmux(
            *("set-option", "-g", "default-shell", "/bin/sh", ";"),
            *("set-option", "-g", "default-size", f"{columns}x{rows}", ";"),
            *("set-option", "-g", "default-terminal", "tmux-256color", ";"),
            *("set-option", "-g", "escape-time", "0", ";"),
            *("set-option", "-g", "status", "off", ";"),
            *("new-session", "-d", "-x", str(columns), "-y", str(rows)),
            *("-c", str(directory or Path.cwd()), *settings, script),
        )

    def __enter__(self) -> Self:
        """Return the terminal."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the terminal."""
        self.close()

    def press(self, *keys: str) -> None:
        """Press keys by their tmux names: "a", "Enter", "Escape", "C-x", "F1", "Up"."""
        self._tmux("send-keys", *keys)

    def type(self, text: str) -> None:
        """Type text as it stands."""
        self._tmux("send-keys", "-l", "--", text)

    def resize(self, columns: int, rows: int) -> None:
        """Give the terminal another size."""
        self._tmux("resize-window", "-x", str(columns), "-y", str(rows))

    def screen(self, *, colours: bool = False) -> str:
        """Return what the screen shows, a line a row; with escape sequences if asked for."""
        return self._tmux("capture-pane", "-p", *(["-e"] if colours else []))

    def wait_for(self, pattern: str, within: float = 10.0) -> str:
        """Wait until the screen matches a regular expression, and return the screen.

        Raises:
            NeverShown: it did not within so many seconds, or the program ended before it did.
        """
        deadline = time.monotonic() + within
        while True:
            ended = self.exit_code() is not None
            shown = self.screen()
            if re.search(pattern, shown, re.MULTILINE):
                return shown
            if ended or time.monotonic() > deadline:
                how = "the program ended" if ended else f"{within} s passed"
                raise NeverShown(f"{how} without {pattern!r} on the screen:\n{shown}")
            time.sleep(POLL)

    def exit_code(self) -> int | None:
        """Return the exit code of the program (128 + n for signal n), None while it runs."""
        written = self._exit_code.read_text() if self._exit_code.exists() else ""
        return int(written) if written else None

    def wait_for_exit(self, within: float = 10.0) -> int:
        """Wait until the program has ended, and return its exit code.

        Raises:
            NeverShown: it still runs after so many seconds.
        """
        deadline = time.monotonic() + within
        while (code := self.exit_code()) is None:
            if time.monotonic() > deadline:
                raise NeverShown(f"the program still runs after {within} s:\n{self.screen()}")
            time.sleep(POLL)
        return code

    def close(self) -> None:
        """End the program and the tmux server that it ran in; twice does no harm."""
        if Path(self._home.name).exists():
            self._tmux("kill-server")
            self._home.cleanup()

    def _tmux(self, *arguments: str) -> str:
        command = ["tmux", "-u", "-f", "/dev/null", "-S", self._socket, *arguments]
        # A program believes COLUMNS and LINES more than its terminal.
        environment = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES", "TMUX")}
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=10, check=False
        )
        if done.returncode:
            raise RuntimeError(f"tmux {arguments[0]}: {done.stderr.strip()}")
        return done.stdout
