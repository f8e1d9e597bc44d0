"""The process of the bridge worker, and where it listens to the service."""

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
from tui_call.service.standard_calls.worker_link import Streams

SOCKET = "bridge.sock"
SOCKET_PLACE = "bridge.directory"
"""Names the directory of the socket, where the path of the state directory is too long for one."""
LOG = "bridge.log"
ERRORS = "bridge.err"
ENDS_WITHIN = 3.0


class BridgeProcess:
    """Finds the worker of a state directory, starts it, ends it."""

    def __init__(
        self, state_directory: Path, port: int, public_address: str, listens_at: Callable[[], str]
    ) -> None:
        """Prepare.

        Args:
            state_directory: of the service.
            port: UDP.
            public_address: at which others reach it, "" for its own.
            listens_at: tells the address at which the service listens now.
        """
        self._directory = state_directory
        self._port = port
        self._public_address = public_address
        self._listens_at = listens_at
        self._process: Process | None = None

    async def connect(self) -> Streams:
        """Connect to the one that runs; raises `OSError` or `ValueError` where none does."""
        return await platform.connect(self._socket())

    def start(self) -> None:
        """Start one, unless one that was started here is still alive.

        Raises:
            ProcessFailed: it cannot be started.
            OSError: there is no place for its socket.
        """
        if self._process is not None and self._process.poll() is None:
            return
        arguments = (
            "--socket", str(self._socket()), "--port", str(self._port),
            "--address", self._listens_at(), "--log", str(self._directory / LOG),
        )  # fmt: skip
        if self._public_address:
            arguments += ("--public-address", self._public_address)
        self._process = launch.start_bridge(arguments, self._directory / ERRORS)

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

    def _socket(self) -> Path:
        """Return where it listens, the same for the service that comes after this one."""
        if fits_a_socket(self._directory):
            return self._directory / SOCKET
        place = self._directory / SOCKET_PLACE
        try:
            remembered = Path(os.fsdecode(place.read_bytes()))
            platform.expect_private(remembered)
        except OSError:
            remembered = Path(tempfile.mkdtemp(prefix=f"{APPLICATION}-"))
            write_private(place, os.fsencode(remembered))
        return remembered / SOCKET
