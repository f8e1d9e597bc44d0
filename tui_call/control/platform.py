"""What differs between POSIX and Windows, and only here.

POSIX: the control socket is a Unix socket in a 0700 directory, and both ends check the user id of
the other. Windows: it is a loopback TCP port and a token in a file in its place, which is the
user's alone by the permissions of the profile's directory; both ends prove that they know it.
"""

import asyncio
import contextlib
import os
import signal
import socket
import stat
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from pathlib import Path
from typing import IO, BinaryIO, Literal

from tui_call.control import loopback
from tui_call.control.loopback import Accept
from tui_call.errors import LocalFault

if sys.platform != "win32":
    import resource

SOCKETS_NAME_USERS = sys.platform != "win32"
"""Whether a local socket tells who is at its other end; where not, loopback and a token do."""

SERVER_STREAM_LIMIT = 2 * 1_048_576
CLIENT_STREAM_LIMIT = 32 * 1_048_576
"""Buffers of twice the longest line that comes in, in bytes."""
REAL_TIME_PRIORITY = 5
_FAVOURED, _LEAST_FAVOURED = -11, 10
_OUT_OF_MEMORY, _ENDED_FIRST = Path("/proc/self/oom_score_adj"), "1000"
_ADDRESSES_AND_ROUTES = 0x1 | 0x10 | 0x40 | 0x100 | 0x400
"""RTMGRP_LINK, RTMGRP_IPV4_IFADDR, _IPV4_ROUTE, _IPV6_IFADDR and _IPV6_ROUTE: rtnetlink(7)."""
_LONGEST_NEWS = 65_536
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_SOL_LOCAL, _LOCAL_PEERCRED, _LOCAL_PEERPID, _XUCRED_BYTES = 0, 1, 2, 76
"""Of macOS: sys/un.h and sys/ucred.h."""
_ENOUGH_FILES = 65_536


class SocketUnavailable(LocalFault):
    """The control socket cannot be opened in the runtime directory."""


class ForeignOwner(OSError):
    """What should be this user's alone is a link, somebody else's, or open to others."""


def seconds_since_boot() -> float:
    """Return seconds that never fall, and go on while the computer sleeps where a clock tells."""
    for name in ("CLOCK_BOOTTIME", "CLOCK_MONOTONIC"):  # of Linux; of macOS
        if sys.platform != "win32" and hasattr(time, name):
            return time.clock_gettime(getattr(time, name))
    return time.monotonic()


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
                raise SocketUnavailable("owner", path=directory)
            directory.chmod(0o700)
    except OSError as error:
        raise SocketUnavailable("path", path=directory, reason=error.strerror) from error


def expect_private(path: Path) -> None:
    """Check that a file or directory is this user's alone; a link is not.

    Raises:
        OSError: it is not there.
        ForeignOwner: it is not this user's alone.
    """
    if sys.platform == "win32":
        return  # what lies in a user's profile is that user's
    status = path.lstat()
    link = stat.S_ISLNK(status.st_mode)
    if link or status.st_uid != _own_user() or status.st_mode & _OTHERS:
        raise ForeignOwner(path)


def open_without_links(path: Path) -> BinaryIO:
    """Open a regular file for reading, where neither it nor the directory it is in is a link.

    Raises:
        OSError: it is not there, cannot be read, is a link, or is no regular file.
    """
    if path.parent.is_symlink() or path.is_symlink():
        raise ForeignOwner(path)
    if sys.platform == "win32":
        file = os.open(path, os.O_RDONLY | os.O_BINARY)
    else:
        where = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            # Without waiting for who may write into what is none of our files.
            how = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
            file = os.open(path.name, how, dir_fd=where)
        finally:
            os.close(where)
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        raise ForeignOwner(path)
    return os.fdopen(file, "rb")


async def listen(path: Path, accept: Accept) -> asyncio.Server:
    """Listen at a control socket; a stale socket file is replaced.

    Args:
        path: the socket file, in a directory from `make_private_directory`.
        accept: called for each connection of this user.

    Raises:
        SocketUnavailable: the socket cannot be opened.
    """
    try:
        if sys.platform == "win32" or not SOCKETS_NAME_USERS:
            return await loopback.listen(path, accept, SERVER_STREAM_LIMIT)
        path.unlink(missing_ok=True)
        server = await asyncio.start_unix_server(
            _only_this_user(accept), str(path), limit=SERVER_STREAM_LIMIT
        )
        path.chmod(0o600)
    except OSError as error:
        raise SocketUnavailable("path", path=path, reason=error.strerror or error) from error
    return server


async def connect(path: Path) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect to a control socket of this user.

    Raises:
        OSError: nobody listens there.
        ForeignOwner: somebody else does, or could; nothing was sent.
    """
    expect_private(path.parent)
    if sys.platform == "win32" or not SOCKETS_NAME_USERS:
        return await loopback.connect(path, CLIENT_STREAM_LIMIT)
    reader, writer = await asyncio.open_unix_connection(str(path), limit=CLIENT_STREAM_LIMIT)
    if not _is_this_user(writer):
        writer.transport.abort()
        raise ForeignOwner(path)
    return reader, writer


def _only_this_user(accept: Accept) -> Accept:
    async def checked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if _is_this_user(writer):
            await accept(reader, writer)
        else:
            writer.close()

    return checked


def _is_this_user(writer: asyncio.StreamWriter) -> bool:
    """Whether the other end is this user, or the system does not tell."""
    return peer(writer)[1] in (None, _own_user())


def _own_user() -> int | None:
    return os.getuid() if sys.platform != "win32" else None


def peer(writer: asyncio.StreamWriter) -> tuple[int, int | None]:
    """Return process and user at the other end, 0 and None where the system does not tell."""
    connection: socket.socket = writer.get_extra_info("socket")
    if sys.platform == "linux":
        told = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        process, user, _ = struct.unpack("3i", told)
        return process, user
    if sys.platform == "darwin":
        told = connection.getsockopt(_SOL_LOCAL, _LOCAL_PEERCRED, _XUCRED_BYTES)
        process = connection.getsockopt(_SOL_LOCAL, _LOCAL_PEERPID)
        return process, struct.unpack_from("2I", told)[1]
    return 0, None


def end_at_once(process: int) -> None:
    """End a process of this user, also one that listens to nothing any more."""
    if sys.platform != "win32":
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)


def start_detached(
    arguments: Sequence[str], errors: IO[bytes], environment: Mapping[str, str], directory: str
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
        cwd=directory,
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
    """Ask for real-time scheduling of the calling thread; tell whether the system agreed.

    Threads and processes that it starts are ordinary.
    """
    if sys.platform != "linux":
        return False
    try:
        policy = os.SCHED_RR | os.SCHED_RESET_ON_FORK
        os.sched_setscheduler(0, policy, os.sched_param(REAL_TIME_PRIORITY))
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


def give_way() -> None:
    """Let everything else on this computer go before this process, where the system can.

    Also where a real-time process started it, for which niceness says nothing. Where Linux runs out
    of memory this one is ended first (proc_pid_oom_score_adj(5)); a process that keeps its memory
    out of core dumps cannot say so any more.
    """
    if sys.platform != "win32":
        os.nice(_LEAST_FAVOURED)
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
            _OUT_OF_MEMORY.write_text(_ENDED_FIRST)


def raise_open_file_limit() -> int:
    """Let this process open as many files as it may, sockets included; return how many."""
    if sys.platform == "win32":
        return _ENOUGH_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _ENOUGH_FILES if hard == resource.RLIM_INFINITY else min(hard, _ENOUGH_FILES)
    if soft == resource.RLIM_INFINITY or soft >= most:
        return most
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    except (OSError, ValueError):  # macOS has a lower limit beside the one that it tells
        return soft
    return most


def keep_memory_out_of_core_dumps() -> None:
    """Let no crash of this process, and of those that it starts, write down keys or passphrases.

    A limit of zero bytes stops files, but not programs that take cores from a pipe: on Linux the
    dump has no memory in it either, which children keep too; core(5).
    """
    if sys.platform == "win32":
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        with contextlib.suppress(OSError):  # a kernel without core dumps
            Path("/proc/self/coredump_filter").write_text("0", encoding="ascii")


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
