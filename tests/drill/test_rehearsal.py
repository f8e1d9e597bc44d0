"""What a demonstration starts lives in a directory of its own, and none of it is left."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from tui_call.config.paths import ProfilePaths
from tui_call.control import launch, platform
from tui_call.control.actions import Action, Stop
from tui_call.control.door import Door
from tui_call.control.launch import ProcessFailed
from tui_call.control.lines import Result
from tui_call.control.private_files import write_private
from tui_call.drill.rehearsal import engines, temporary_home

# Ends when it is told to at its standard input, as an engine does by a command.
ENGINE = "import sys; sys.stdin.read()"


class Client:
    """Attached to an engine of this test."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process
        self.closed = False

    async def command(self, action: Action) -> Result:
        assert action == Stop()
        assert self._process.stdin is not None
        self._process.stdin.close()
        return {}

    async def close(self) -> None:
        self.closed = True


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> "list[subprocess.Popen[bytes]]":
    """Processes in place of engines; nobody can attach to the one of "silent"."""
    processes: list[subprocess.Popen[bytes]] = []

    def start_engine(profile: str, arguments: tuple[str, ...]) -> "subprocess.Popen[bytes]":
        paths = ProfilePaths(profile)
        platform.make_private_directory(paths.data_directory)
        left = Path(tempfile.mkdtemp()) / "engine.sock"  # as of one whose home has a long path
        write_private(Door.of(paths).address, bytes(left))
        process = subprocess.Popen([sys.executable, "-c", ENGINE], stdin=subprocess.PIPE)
        processes.append(process)
        return process

    async def attach_to(profile: str, process: Any, client: str) -> Client:
        if profile == "silent":
            raise ProcessFailed
        return Client(process)

    monkeypatch.setattr(launch, "start_engine", start_engine)
    monkeypatch.setattr(launch, "attach_to", attach_to)
    return processes


def test_the_environment_is_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUI_CALL_HOME", "/somewhere")
    monkeypatch.setenv("TUI_CALL_E2EE__CALLS", "off")
    monkeypatch.setenv("TUI_CALL_AUDIO__PORT", "silent")
    before = dict(os.environ)
    with temporary_home() as home:
        assert ProfilePaths("ada").data_directory.is_relative_to(home)
        assert "TUI_CALL_E2EE__CALLS" not in os.environ
        assert os.environ["TUI_CALL_AUDIO__PORT"] == "silent"
    assert dict(os.environ) == before
    assert not home.exists()


async def test_engines_are_told_to_stop(started: "list[subprocess.Popen[bytes]]") -> None:
    with temporary_home():
        async with engines("ada", "ben") as attached:
            assert len(attached) == len(started) == 2
            left = Door.of(ProfilePaths("ada")).find().parent
            assert left.exists()
        assert [process.returncode for process in started] == [0, 0]
        assert all(client.closed for client in attached)
        assert not left.exists()


async def test_an_engine_to_which_nobody_can_attach_is_ended(
    started: "list[subprocess.Popen[bytes]]",
) -> None:
    with temporary_home():
        with pytest.raises(ProcessFailed):
            async with engines("ada", "silent"):
                raise AssertionError("nothing is to be shown")
        assert started[0].returncode == 0
        assert started[1].returncode not in (None, 0)
    for process in started:
        assert process.stdin is not None
        process.stdin.close()
