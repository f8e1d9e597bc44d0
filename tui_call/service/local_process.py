"""A process beside the service, as the bridge worker is one, and where it listens to it."""

import asyncio
import os
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from tui_call.config.paths import APPLICATION, fits_a_socket
from tui_call.control import launch, platform
from tui_call.control.private_files import write_private
from tui_call.control.processes import Process
from tui_call.service.process_link import Streams

SOCKET_PLACE = "bridge.directory"
"""Names the directory of the sockets, where the path of the state directory is too long for one."""
ENDS_WITHIN = 3.0


def socket_in(state_directory: Path, name: str) -> Path:
    """Return where a process listens, the same for the service that comes after this one.

    Args:
        state_directory: of the service.
        name: of the process, which names its socket.

    Raises:
        OSError: there is no place for it.
    """
    socket = f"{name}.sock"
    if fits_a_socket(state_directory):
        return state_directory / socket
    place = state_directory / SOCKET_PLACE
    try:
        remembered = Path(os.fsdecode(place.read_bytes()))
        platform.expect_private(remembered)
    except OSError:
        remembered = Path(tempfile.mkdtemp(prefix=f"{APPLICATION}-"))
        write_private(place, os.fsencode(remembered))
    return remembered / socket


class LocalProcess:
    """Finds the process of a state directory, starts it, ends it."""

    def __init__(
        self, name: str, state_directory: Path, arguments: Callable[[], tuple[str, ...]]
    ) -> None:
        """Prepare.

        Args:
            name: of its package in `tui_call`, its socket and its log.
            state_directory: of the service.
            arguments: tells those of the one that is started next, beside socket and log.
        """
        self._name = name
        self._directory = state_directory
        self._arguments = arguments
        self._process: Process | None = None
        self._connected = 0

    async def connect(self) -> Streams:
        """Connect to the one that runs; raises `OSError` or `ValueError` where none does."""
        reader, writer = await platform.connect(socket_in(self._directory, self._name))
        self._connected, _ = platform.peer(writer)
        return reader, writer

    def start(self) -> None:
        """Start one, unless one that was started here is still alive.

        Raises:
            ProcessFailed: it cannot be started.
            OSError: there is no place for its socket.
        """
        if self._process is not None and self._process.poll() is None:
            return
        arguments = (
            "--socket", str(socket_in(self._directory, self._name)),
            "--log", str(self._directory / f"{self._name}.log"), *self._arguments(),
        )  # fmt: skip
        errors = self._directory / f"{self._name}.err"
        self._process = launch.start_beside(f"tui_call.{self._name}", arguments, errors)

    async def end(self) -> None:
        """End the one that was started here, and wait until it has."""
        process = self._process
        if process is None or process.poll() is not None:
            return
        process.terminate()
        try:
            await asyncio.to_thread(process.wait, ENDS_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
            await asyncio.to_thread(process.wait)

    def kill(self) -> None:
        """End the one that was connected to last at once, whichever service started it."""
        if self._connected:
            platform.end_at_once(self._connected)
        elif self._process is not None and self._process.poll() is None:
            self._process.kill()
