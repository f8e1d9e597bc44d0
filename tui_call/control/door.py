"""Where a profile's engine listens, and how whoever wants to attach finds it.

The directory for sockets differs from one terminal to the next (`XDG_RUNTIME_DIR` is not set by ssh
or cron) and may go with the last login. So the engine writes where it listens into a file beside
the profile's data, which lie at one place for as long as the profile exists; clients look there and
nowhere else.
"""

import asyncio
import contextlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tui_call.config.paths import APPLICATION, ProfilePaths
from tui_call.control import platform
from tui_call.control.platform import Accept, SocketUnavailable
from tui_call.control.private_files import write_private

ADDRESS_FILE = "engine.address"
SOCKET_NAME = "engine.sock"

_Identity = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Door:
    """A profile's control socket, wherever it is.

    Attributes:
        address: the file that names the socket; only this user may read or write it.
        directories: where the socket may be, the best first. Where none of them can be used it is
            in a fresh directory among the temporary files.
    """

    address: Path
    directories: tuple[Path, ...]

    @classmethod
    def of(cls, paths: ProfilePaths) -> "Door":
        """Return the door of a profile's engine."""
        return cls(paths.data_directory / ADDRESS_FILE, paths.runtime_directories)

    def find(self) -> Path:
        """Return the socket at which the engine said that it listens.

        Raises:
            OSError: no engine ever said so.
            ForeignOwner: somebody else could have written it.
        """
        platform.expect_private(self.address)
        socket = Path(os.fsdecode(self.address.read_bytes()))
        if not socket.is_absolute():
            raise FileNotFoundError(self.address)
        return socket

    async def open(self, accept: Accept) -> "OpenDoor":
        """Listen at the first place where that can be, and write down where.

        Raises:
            SocketUnavailable: nowhere, or it cannot be written down.
        """
        last = SocketUnavailable()
        for directory in self._places():
            socket = directory / SOCKET_NAME
            try:
                platform.make_private_directory(directory)
                if await answers(socket):  # the engine of another home, with a profile of one name
                    continue
                server = await platform.listen(socket, accept)
            except SocketUnavailable as fault:
                last = fault
                continue
            self._write_down(socket)
            return OpenDoor(self, server, socket, _identity(socket), _identity(self.address))
        raise last

    def clear(self) -> None:
        """Remove the socket that an engine left behind, and its directory where that was fresh."""
        with contextlib.suppress(OSError):
            self.remove(self.find())

    def remove(self, socket: Path) -> None:
        """Remove a socket, and its directory where that was fresh."""
        with contextlib.suppress(OSError):
            socket.unlink(missing_ok=True)
            if socket.parent not in self.directories:
                socket.parent.rmdir()

    def _places(self) -> Iterator[Path]:
        yield from self.directories
        try:
            yield Path(tempfile.mkdtemp(prefix=f"{APPLICATION}-"))
        except OSError as error:
            raise SocketUnavailable("directory", reason=error.strerror) from error

    def _write_down(self, socket: Path) -> None:
        with contextlib.suppress(OSError):
            if self.find() == socket:
                return  # a full disk keeps no engine from starting where it was
        try:
            write_private(self.address, os.fsencode(socket))
        except OSError as error:
            reason = error.strerror or error
            raise SocketUnavailable("path", path=self.address, reason=reason) from error


@dataclass(frozen=True, slots=True)
class OpenDoor:
    """A socket at which an engine listens, and the files by which clients find it."""

    door: Door
    server: asyncio.Server
    socket: Path
    _socket: _Identity | None
    _address: _Identity | None

    @property
    def lost(self) -> bool:
        """Whether no new client can find it: a file is gone, or another one is in its place."""
        return self._socket is None or (
            _identity(self.socket) != self._socket or _identity(self.door.address) != self._address
        )

    def close(self) -> None:
        """Listen no more, and remove the socket unless another engine has its place."""
        is_ours = _identity(self.socket) == self._socket  # Python 3.13 removes it as it closes
        self.server.close()
        if is_ours:
            self.door.remove(self.socket)


async def answers(socket: Path) -> bool:
    """Tell whether a process of this user listens at a socket."""
    try:
        _, writer = await platform.connect(socket)
    except (OSError, ValueError):
        return False
    writer.close()
    return True


def _identity(path: Path) -> _Identity | None:
    try:
        status = path.lstat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
