"""What differs between POSIX and Windows, and only here.

POSIX: the control socket is a Unix socket in a 0700 directory and the peer's user id is checked.
Windows: it is a loopback TCP port, and a token in a file beside it, readable by the user alone
through the profile directory's permissions, is the first line that a client sends.
"""

import asyncio
import contextlib
import hmac
import os
import secrets
import signal
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from pathlib import Path
from typing import IO, Literal

from tui_call.errors import LocalFault

Accept = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
SERVER_STREAM_LIMIT = 2 * 1_048_576
CLIENT_STREAM_LIMIT = 32 * 1_048_576
"""Buffers of twice the longest line that comes in, in bytes."""
_TOKEN_BYTES = 32
_FAVOURED = -11
_ADDRESSES_AND_ROUTES = 0x1 | 0x10 | 0x40 | 0x100 | 0x400
"""RTMGRP_LINK, RTMGRP_IPV4_IFADDR, _IPV4_ROUTE, _IPV6_IFADDR and _IPV6_ROUTE: rtnetlink(7)."""
_LONGEST_NEWS = 65_536


class SocketUnavailable(LocalFault):
    """The control socket cannot be opened in the runtime directory."""


def make_private_directory(directory: Path) -> None:
    """Create a directory that only this user can enter.

    Raises:
        SocketUnavailable: it cannot be made, is a link, or belongs to somebody else.
    """
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if sys.platform != "win32":
            status = directory.lstat()
            if directory.is_symlink() or status.st_uid != os.getuid():
                raise SocketUnavailable(f"{directory} belongs to another user.")
            directory.chmod(0o700)
    except OSError as error:
        raise SocketUnavailable(f"{directory} cannot be used: {error.strerror}.") from error


async def listen(path: Path, accept: Accept) -> asyncio.Server:
    """Listen at a control socket; a stale socket file is replaced.

    Args:
        path: the socket file, in a directory from `make_private_directory`.
        accept: called for each connection of this user.

    Raises:
        SocketUnavailable: the socket cannot be opened.
    """
    try:
        if sys.platform == "win32":
            return await _listen_with_token(path, accept)
        path.unlink(missing_ok=True)
        server = await asyncio.start_unix_server(
            _only_this_user(accept), str(path), limit=SERVER_STREAM_LIMIT
        )
        path.chmod(0o600)
    except OSError as error:
        raise SocketUnavailable(f"{path}: {error.strerror or error}.") from error
    return server


async def connect(path: Path) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect to a control socket.

    Raises:
        OSError: nobody listens there.
    """
    if sys.platform == "win32":
        return await _connect_with_token(path)
    return await asyncio.open_unix_connection(str(path), limit=CLIENT_STREAM_LIMIT)


def _only_this_user(accept: Accept) -> Accept:
    async def checked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if _peer_user(writer.get_extra_info("socket")) in (None, _own_user()):
            await accept(reader, writer)
        else:
            writer.close()

    return checked


def _own_user() -> int | None:
    return os.getuid() if sys.platform != "win32" else None


def _peer_user(connection: socket.socket) -> int | None:
    """Return the user id at the other end, None where the system does not tell."""
    if sys.platform == "linux":
        credentials = connection.getsockopt(
            socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i")
        )
        return struct.unpack("3i", credentials)[1]
    return None


async def _listen_with_token(path: Path, accept: Accept) -> asyncio.Server:
    token = secrets.token_hex(_TOKEN_BYTES)

    async def checked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ValueError, OSError):
            if hmac.compare_digest((await reader.readline()).strip(), token.encode()):
                await accept(reader, writer)
        writer.close()

    server = await asyncio.start_server(checked, "127.0.0.1", 0, limit=SERVER_STREAM_LIMIT)
    port = server.sockets[0].getsockname()[1]
    path.write_text(f"{port} {token}\n", encoding="ascii")
    return server


async def _connect_with_token(
    path: Path,
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    port, token = path.read_text(encoding="ascii").split()
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", int(port), limit=CLIENT_STREAM_LIMIT
    )
    writer.write(token.encode() + b"\n")
    return reader, writer


def start_detached(
    arguments: Sequence[str], errors: IO[bytes], environment: Mapping[str, str]
) -> "subprocess.Popen[bytes]":
    """Start a process that outlives its terminal, without standard input and output.

    On POSIX it gets a session of its own, so that neither a hang-up nor ctrl+c reaches it.
    """
    flags, session = 0, True
    if sys.platform == "win32":
        flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.DETACHED_PROCESS
        session = False
    return subprocess.Popen(  # noqa: S603 - tui-call's own program with its own arguments
        arguments,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=errors,
        env=environment,
        creationflags=flags,
        start_new_session=session,
    )


def stop_on_signals(
    loop: asyncio.AbstractEventLoop,
    stop: Callable[[], None],
    *,
    hang_up: Literal["ignored", "stops", "ends"] = "ignored",
) -> None:
    """Call `stop` on SIGTERM and SIGINT.

    Args:
        loop: the running loop.
        stop: called in it.
        hang_up: what it does that the terminal is gone: nothing, the same, or what it does
            already, which usually ends the process at once.
    """
    if sys.platform == "win32":

        def stop_soon(_number: int, _frame: object) -> None:
            loop.call_soon_threadsafe(stop)

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, stop_soon)
        return
    match hang_up:
        case "ignored":
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
        case "stops":
            loop.add_signal_handler(signal.SIGHUP, stop)
        case "ends":
            pass
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)


@contextlib.contextmanager
def putting_in_order_on_hang_up(put_in_order: Callable[[], None]) -> Generator[None]:
    """Call something before the process ends because its terminal is gone.

    It is called at once, wherever the main thread is: a screen may be waiting for that terminal.
    Where hang-ups are ignored or cannot happen, nothing is changed.
    """
    if sys.platform == "win32":
        yield
        return
    before = signal.getsignal(signal.SIGHUP)

    def hung_up(number: int, _frame: object) -> None:
        signal.signal(number, signal.SIG_IGN)
        put_in_order()
        signal.signal(number, signal.SIG_DFL)
        signal.raise_signal(number)

    if before is not signal.SIG_IGN:
        signal.signal(signal.SIGHUP, hung_up)
    try:
        yield
    finally:
        signal.signal(signal.SIGHUP, before)


def raise_thread_priority() -> bool:
    """Ask for real-time scheduling of the calling thread; tell whether the system agreed."""
    if sys.platform != "linux":
        return False
    try:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(5))
    except (OSError, PermissionError):
        return False
    return True


def favour_thread() -> bool:
    """Ask that the calling thread goes before ordinary ones; tell whether the system agreed.

    Threads and processes that it starts are ordinary again.
    """
    if sys.platform != "linux":
        return False
    try:
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _FAVOURED)
        policy = os.SCHED_OTHER | os.SCHED_RESET_ON_FORK
        os.sched_setscheduler(0, policy, os.sched_param(0))
    except OSError:
        return False
    return True


class NetworkNews:
    """Whether the system said that interfaces, addresses or routes changed.

    Where the system does not say it, they have to be looked at.
    """

    def __init__(self) -> None:
        self._socket: socket.socket | None = None
        if sys.platform == "linux":
            with contextlib.suppress(OSError):  # a sandbox may not allow it
                self._socket = _netlink()

    def arrived(self) -> bool:
        """Tell whether anything may have changed since the last time."""
        if self._socket is None:
            return True
        arrived = False
        try:
            while self._socket.recv(_LONGEST_NEWS):
                arrived = True
        except BlockingIOError:
            return arrived
        except OSError:  # there was more than the system keeps
            return True
        return True

    def close(self) -> None:
        """Hear no more."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None


if sys.platform == "linux":

    def _netlink() -> socket.socket:
        kind = socket.SOCK_RAW | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC
        news = socket.socket(socket.AF_NETLINK, kind, socket.NETLINK_ROUTE)
        try:
            news.bind((0, _ADDRESSES_AND_ROUTES))
        except OSError:
            news.close()
            raise
        return news
